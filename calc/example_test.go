package calc_test

import (
	"fmt"

	"github.com/ioclet/ioclet/calc"
)

// A calc record: VAL counts up to the value of A.
func Example() {
	p, err := calc.Compile("VAL < A ? VAL+1 : 0", calc.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	val := 0.0
	for range 5 {
		val, _ = p.Eval([]float64{3}, val)
		fmt.Print(val, " ")
	}
	// Output: 1 2 3 0 1
}

// A simulated current follows a voltage by name, with a function that keeps
// state where it is called.
func ExampleCompile_names() {
	ramp := calc.Func{Min: 1, Max: 1, New: func() func([]float64) float64 {
		at := 0.0
		return func(args []float64) float64 { at += args[0]; return at }
	}}
	opts := calc.Options{Names: []string{"VOLT"}, Funcs: map[string]calc.Func{"ramp": ramp}}

	p := calc.MustCompile("VOLT / 12 + ramp(500ms)", opts)
	for range 2 {
		v, _ := p.Eval([]float64{12}, 0)
		fmt.Println(v)
	}
	_, err := calc.Compile("VOLTS / 12", opts)
	fmt.Println(err)
	// Output:
	// 1.5
	// 2
	// expression "VOLTS / 12": column 1: unknown name VOLTS (did you mean VOLT?)
}
