package sim

import (
	"errors"
	"fmt"

	"github.com/ioclet/ioclet/calc"
)

// expression is how a value behaves, over other values of the same device.
type expression struct {
	program *calc.Program
	vars    []float64
	last    float64
}

// compile compiles an expression over names.
func compile(text string, names []string, c *clock) (*expression, error) {
	p, err := calc.Compile(text, calc.Options{Names: names, Funcs: functions(c), Random: c.random.Float64})
	if err != nil {
		return nil, err
	}
	if len(p.Writes()) > 0 {
		return nil, errors.New("an assignment, but the value follows from the expression alone")
	}
	return &expression{program: p, vars: make([]float64, p.Vars())}, nil
}

// eval evaluates e; value is asked for each variable.
func (e *expression) eval(value func(i int) float64) float64 {
	for _, i := range e.program.Reads() {
		e.vars[i] = value(i)
	}
	x, err := e.program.Eval(e.vars, e.last)
	if err != nil {
		panic("sim: " + err.Error()) // vars is as long as the program wants
	}
	e.last = x
	return x
}

// circle finds a value that follows from itself through others; a value's own name in its
// expression means what was written to it and is no circle. reads lists what each
// depends on.
func circle(names []string, reads [][]int) error {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(reads))
	var visit func(i int) error
	visit = func(i int) error {
		state[i] = open
		for _, j := range reads[i] {
			switch {
			case j == i || j >= len(reads):
			case state[j] == open:
				return fmt.Errorf("%s and %s follow from each other", names[i], names[j])
			case state[j] == unseen:
				if err := visit(j); err != nil {
					return err
				}
			}
		}
		state[i] = done
		return nil
	}
	for i := range reads {
		if state[i] == unseen {
			if err := visit(i); err != nil {
				return err
			}
		}
	}
	return nil
}
