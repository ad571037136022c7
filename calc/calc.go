package calc

import (
	"fmt"
	"slices"
	"strconv"
)

// Limits of an expression.
const (
	// MaxVars is the number of letters in EPICS mode: A to U.
	MaxVars = 21
	// MaxStack is the number of intermediate values (CALCPERFORM_STACK).
	MaxStack = 80
	// MaxLength is the number of bytes of an expression.
	MaxLength = 4096
	// MaxNames is the number of variables that Options may name.
	MaxNames = 1 << 16
)

// Func is a function that the caller provides.
type Func struct {
	// Min and Max are the number of arguments; Max < 0 is any number from Min up.
	Min, Max int
	// New is called by Compile once for each place where the function is called, in
	// the order of evaluation. What it returns is called by Eval at that place, with
	// arguments that are only valid during the call, and may keep state.
	New func() func(args []float64) float64
}

// Options extend the language. With neither Names nor Resolve nor Funcs it is
// that of EPICS.
type Options struct {
	// Names are the variables: the value of Names[i] is vars[i] of Eval. Case
	// matters.
	Names []string
	// Resolve finds variables that are not in Names; it returns their index in
	// vars, which must be below MaxNames.
	Resolve func(name string) (index int, ok bool)
	// Funcs are functions by name, without regard to case.
	Funcs map[string]Func
	// Random yields the values of RNDM, from 0 to 1. Without it each Program has
	// base's generator of 65536 values, which always begins with the same.
	Random func() float64
}

func (o *Options) extended() bool { return o.Names != nil || o.Resolve != nil || o.Funcs != nil }

// Program is a compiled expression. One that neither calls Funcs nor has RNDM in
// it is immutable and may be run by several goroutines at once; any other keeps
// state ([Program.Stateful]) and belongs to one goroutine at a time.
type Program struct {
	expr   string
	code   []instr
	vars   int // length of vars that Eval needs
	reads  []int
	writes []int

	// State of the functions.
	calls  []call
	args   []float64
	random func() float64
}

type call struct {
	f func([]float64) float64
	n int
}

// instr is an instruction; n is the index of a variable or call, the number of
// arguments or the target of a jump.
type instr struct {
	op op
	n  int
	v  float64
}

// Compile compiles an expression. An error is an [*Error].
func Compile(expr string, opts Options) (*Program, error) {
	c := compiler{src: expr, opts: &opts, extended: opts.extended()}
	if c.extended {
		c.funcs = lowerKeys(opts.Funcs)
	}
	if err := c.run(); err != nil {
		return nil, err
	}
	p := &Program{expr: expr, code: c.code, calls: c.calls, random: opts.Random}
	for _, in := range p.code {
		switch in.op {
		case opFetch:
			if !slices.Contains(p.writes, in.n) {
				p.reads = addSorted(p.reads, in.n)
			}
			p.vars = max(p.vars, in.n+1)
		case opStore:
			p.writes = addSorted(p.writes, in.n)
			p.vars = max(p.vars, in.n+1)
		case opRandom:
			if p.random == nil {
				p.random = generator()
			}
		}
	}
	args := 0
	for _, call := range p.calls {
		args = max(args, call.n)
	}
	p.args = make([]float64, args)
	return p, nil
}

// MustCompile is [Compile] for expressions in a program; it panics on an error.
func MustCompile(expr string, opts Options) *Program {
	p, err := Compile(expr, opts)
	if err != nil {
		panic(err)
	}
	return p
}

func addSorted(list []int, n int) []int {
	i, found := slices.BinarySearch(list, n)
	if found {
		return list
	}
	return slices.Insert(list, i, n)
}

// generator is base's random number generator (calcPerform.c, after Knuth).
func generator() func() float64 {
	seed := uint16(0xa3bf)
	return func() float64 {
		seed = seed*1533 + 0x3141
		return float64(seed) / 65535
	}
}

// String is the text p was compiled from.
func (p *Program) String() string { return p.expr }

// Vars is the number of variables Eval needs: one more than the highest index
// in the expression.
func (p *Program) Vars() int { return p.vars }

// Reads are the indices of the variables whose value matters, in ascending
// order: not of those that are assigned first. The caller must not change them.
func (p *Program) Reads() []int { return p.reads }

// Writes are the indices of the variables that are assigned, in ascending order.
// The caller must not change them.
func (p *Program) Writes() []int { return p.writes }

// Stateful reports whether p calls functions of the caller or RNDM, so that its
// value may change though its variables do not.
func (p *Program) Stateful() bool {
	return len(p.calls) > 0 || slices.ContainsFunc(p.code, func(in instr) bool { return in.op == opRandom })
}

// check is what is wrong with calling the function with n arguments, "" if
// nothing is.
func (f *Func) check(name string, n int) string {
	switch want := "at least " + strconv.Itoa(f.Min); {
	case n >= f.Min && (n <= f.Max || f.Max < 0):
		return ""
	case f.Min == f.Max:
		return fmt.Sprintf("%s has %d arguments, expected %d", name, n, f.Min)
	case n > f.Max && f.Max >= 0:
		want = "at most " + strconv.Itoa(f.Max)
		fallthrough
	default:
		return fmt.Sprintf("%s has %d arguments, expected %s", name, n, want)
	}
}
