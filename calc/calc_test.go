package calc_test

import (
	"bufio"
	"errors"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/calc"
)

// goldenVars are the variables of testdata/golden.py.
var goldenVars = [2][calc.MaxVars]float64{
	{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21},
	{
		0, -1, 0.5, -2.5, 1e10, -1e10, 3e9, math.NaN(), math.Inf(1), math.Inf(-1), 7, 255, 1e-3, -7,
		2147483647, -2147483648, 4294967295, 33, math.Copysign(0, -1), 1e300, 0.1,
	},
}

// TestGolden compares with what EPICS base compiled and computed.
func TestGolden(t *testing.T) {
	file, err := os.Open("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows := 0
	for lines := bufio.NewScanner(file); lines.Scan(); rows++ {
		tab := strings.LastIndexByte(lines.Text(), '\t')
		golden(t, lines.Text()[:tab], lines.Text()[tab+1:])
	}
	if rows < 1500 {
		t.Errorf("only %d rows read", rows)
	}
}

func golden(t *testing.T, expr, want string) {
	code, isError := strings.CutPrefix(want, "E")
	for i, text := range strings.Fields(want) {
		p, err := calc.Compile(expr, calc.Options{}) // afresh, for RNDM
		if isError {
			var e *calc.Error
			if !errors.As(err, &e) || strconv.Itoa(int(e.Code)) != code {
				t.Errorf("%q: %v; base has error %s, %v", expr, err, code, calc.Code(atoi(code)))
			} else if e.Column < 1 || e.Column > len(expr)+1 {
				t.Errorf("%q: column %d", expr, e.Column)
			}
			return
		}
		if err != nil {
			t.Errorf("%v; base has %s", err, want)
			return
		}
		vars := goldenVars[i]
		got, err := p.Eval(vars[:], 5.5)
		wanted, parseErr := strconv.ParseFloat(text, 64)
		if err != nil || parseErr != nil || !near(got, wanted) {
			t.Errorf("%q with set %d: %v, %v; base has %v", expr, i, got, err, wanted)
		}
	}
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n }

// near allows for the last digits of functions that C libraries compute
// differently.
func near(a, b float64) bool {
	return a == b || a != a && b != b || math.Abs(a-b) <= 1e-14*math.Abs(b)
}

func TestAssignment(t *testing.T) {
	p := calc.MustCompile("C:=A+1; B; D:=C*2", calc.Options{})
	vars := []float64{1, 5, 0, 0}
	if v, err := p.Eval(vars, 0); v != 5 || err != nil || !slices.Equal(vars, []float64{1, 5, 2, 4}) {
		t.Errorf("%v, %v, %v", v, err, vars)
	}
	if !slices.Equal(p.Reads(), []int{0, 1}) || !slices.Equal(p.Writes(), []int{2, 3}) || p.Vars() != 4 || p.Stateful() {
		t.Errorf("reads %v, writes %v, vars %d", p.Reads(), p.Writes(), p.Vars())
	}
	var short *calc.VarsError
	if _, err := p.Eval(vars[:3], 0); !errors.As(err, &short) || short.Want != 4 {
		t.Errorf("3 variables: %v", err)
	}
}

func TestRandom(t *testing.T) {
	p := calc.MustCompile("RNDM", calc.Options{})
	for i, want := range []float64{0.7500724803540093, 0.03596551461051346, 0.3266956588082704} { // base's first values
		if got, err := p.Eval(nil, 0); !near(got, want) || err != nil {
			t.Errorf("value %d is %v, %v; want %v", i, got, err, want)
		}
	}
	if !p.Stateful() {
		t.Error("RNDM keeps no state")
	}
	fixed := calc.MustCompile("RNDM*2", calc.Options{Random: func() float64 { return 0.25 }})
	if got, _ := fixed.Eval(nil, 0); got != 0.5 {
		t.Errorf("own generator: %v", got)
	}
}

// simulation is what a simulated signal may use.
func simulation() calc.Options {
	return calc.Options{
		Names: []string{"VOLT", "POS.RBV", "E", "FAN:RPM", "max"},
		Resolve: func(name string) (int, bool) {
			return 5, name == "OTHER"
		},
		Funcs: map[string]calc.Func{
			"sum": {Min: 1, Max: -1, New: func() func([]float64) float64 {
				return func(args []float64) (s float64) {
					for _, a := range args {
						s += a
					}
					return s
				}
			}},
			"count": {New: func() func([]float64) float64 {
				n := 0.0
				return func([]float64) float64 { n++; return n }
			}},
			"approach": {Min: 2, Max: 3, New: func() func([]float64) float64 {
				at := 0.0
				return func(args []float64) float64 { at += min(args[1], args[0]-at); return at }
			}},
		},
	}
}

func TestExtended(t *testing.T) {
	vars := []float64{12, 3, 5, 100, 7, 9}
	for expr, want := range map[string]float64{
		"VOLT / 12 + sum(0.5)":                  1.5,
		"VOLT+E*2":                              22,
		"POS.RBV**2":                            9,
		"{FAN:RPM} > 50 ? {POS.RBV} : 0":        3,
		"{ OTHER } + OTHER":                     18,
		"max":                                   7,
		"max(VOLT, 100, E)":                     100,
		"Sum(1, 2, 3) * -sum ( sum(4), 5 )":     -54,
		"60s + 200ms + 1m + 2h + 5us + 1ns":     7320.200005001,
		"0x10 + .5 + 1e-1s":                     16.6,
		"PI > 3 && NOT 0 = -1 and not(-1) == 0": 1,
		"sin(0) + cos 0 + VAL":                  2.5,
		"count()+count( \t)":                    2,
		"count() + count() * 10":                11,
		"E := 4; E + VOLT":                      16,
		"isinf(inf) + isnan(nan)":               2,
		"(VOLT)and(E)":                          4,
		"approach(POS.RBV, 2)":                  2,
	} {
		p, err := calc.Compile(expr, simulation())
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := p.Eval(slices.Clone(vars), 1.5)
		if !near(got, want) || err != nil {
			t.Errorf("%q = %v, %v; want %v", expr, got, err, want)
		}
	}
}

func TestExtendedState(t *testing.T) {
	opts := simulation()
	p, q := calc.MustCompile("approach(VOLT, 5) + 100*approach(E, 1)", opts), calc.MustCompile("approach(VOLT, 5)", opts)
	vars := []float64{12, 0, 2}
	for i, want := range []float64{105, 210, 212, 212} {
		if got, err := p.Eval(vars, 0); got != want || err != nil {
			t.Errorf("run %d: %v, %v; want %v", i, got, err, want)
		}
	}
	if got, _ := q.Eval(vars, 0); got != 5 {
		t.Errorf("the other program begins with %v, want 5", got)
	}
	if !p.Stateful() || !slices.Equal(p.Reads(), []int{0, 2}) {
		t.Errorf("stateful %v, reads %v", p.Stateful(), p.Reads())
	}
}

func TestExtendedErrors(t *testing.T) {
	for _, test := range []struct {
		expr       string
		column     int
		reason     string
		suggestion string
	}{
		{"1 + VOLTS", 5, "unknown name VOLTS", "VOLT"},
		{"volt", 1, "unknown name volt", "VOLT"},
		{"A", 1, "unknown name A", "E"},
		{"2*{FAN:RPN}", 3, "unknown variable FAN:RPN", "FAN:RPM"},
		{"{FAN", 1, "{ without }", ""},
		{"aproach(1,2)", 1, "unknown function aproach", "approach"},
		{"sine(1)", 1, "unknown function sine", "SIN"},
		{"zzzzzz(1)", 1, "unknown function zzzzzz", ""},
		{"1 + approach(1)", 5, "approach has 1 arguments, expected at least 2", ""},
		{"approach(1,2,3,4)", 1, "approach has 4 arguments, expected at most 3", ""},
		{"count(1)", 1, "count has 1 arguments, expected 0", ""},
		{"approach()", 1, "approach has 0 arguments, expected at least 2", ""},
		{"60sec", 3, "unknown unit sec", ""},
		{"VOLT E", 6, "expected an operator, found E", ""},
		{"VOLT ANDE", 6, "expected an operator, found ANDE", ""},
		{"VOLT + ß1", 8, "expected an operand, found ß", ""},
		{"sin()", 5, "expected an operand, found )", ""},
	} {
		_, err := calc.Compile(test.expr, simulation())
		var e *calc.Error
		if !errors.As(err, &e) || e.Column != test.column || !strings.Contains(e.Reason, test.reason) || e.Suggestion != test.suggestion {
			t.Errorf("%q: %v; want column %d: …%s…, suggestion %q", test.expr, err, test.column, test.reason, test.suggestion)
		}
	}
	far := calc.Options{Resolve: func(string) (int, bool) { return calc.MaxNames, true }}
	var e *calc.Error
	if _, err := calc.Compile("X", far); !errors.As(err, &e) || e.Code != calc.Overflow {
		t.Errorf("index out of range: %v", err)
	}
}

func TestErrorTexts(t *testing.T) {
	_, paren := calc.Compile("(A", calc.Options{})
	_, name := calc.Compile("VOLTS", simulation())
	p := calc.MustCompile("B", calc.Options{})
	_, vars := p.Eval(nil, 0)
	for want, err := range map[string]error{
		`expression "(A": column 1: ( without )`:                                paren,
		`expression "VOLTS": column 1: unknown name VOLTS (did you mean VOLT?)`: name,
		`expression uses 2 variables, 0 given`:                                  vars,
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if got := calc.Code(99).String(); got != "calc error 99" {
		t.Errorf("code 99 is %q", got)
	}
}

// TestUnbalanced holds expressions that base compiles and cannot run, or that
// overrun its stack: here they do not compile.
func TestUnbalanced(t *testing.T) {
	for expr, code := range map[string]calc.Code{
		"MAX(A?B,C:D)":            calc.BadConditional,
		strings.Repeat("(", 80):   calc.Overflow,
		strings.Repeat("1", 5000): calc.Overflow,
		strings.Repeat("A+(", 79): calc.Overflow,
		strings.Repeat("-", 80):   calc.Overflow,
	} {
		var e *calc.Error
		if _, err := calc.Compile(expr, calc.Options{}); !errors.As(err, &e) || e.Code != code {
			t.Errorf("%.20q: %v; want %v", expr, err, code)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	vars := []float64{12, 3, 5, 100, 7, 9}
	for _, test := range []struct {
		expr string
		opts calc.Options
	}{
		{"A*B + MAX(C, D, 0) ? SQRT(E)**2 : RNDM", calc.Options{}},
		{"C := A & 0xFF; C >>> 2", calc.Options{}},
		{"VOLT / 12 + sum(0.002, E) + approach(VOLT, 5)", simulation()},
	} {
		p := calc.MustCompile(test.expr, test.opts)
		last := 0.0
		if n := testing.AllocsPerRun(100, func() { last, _ = p.Eval(vars, last) }); n != 0 {
			t.Errorf("%q: %v allocations", test.expr, n)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		"A+B*C", "A?B:C", "MAX(A?B,C:D)", "A:=B;C", "sum(1,2)+count()", "{FAN:RPM}*60s", "-2**3", "0xor 1", "(1,2)+ATAN2(3)", "VOLT>E?1:2",
	} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, expr string, extended bool) {
		opts := calc.Options{}
		if extended {
			opts = simulation()
		}
		p, err := calc.Compile(expr, opts)
		if err != nil {
			var e *calc.Error
			if !errors.As(err, &e) || e.Column < 1 || e.Column > len(expr)+1 || e.Code < calc.TooMany || e.Code > calc.Empty {
				t.Errorf("%q: %T %v", expr, err, err)
			}
			return
		}
		for _, vars := range goldenVars {
			if _, err := p.Eval(vars[:], 1); err != nil {
				t.Errorf("%q: %v", expr, err)
			}
		}
	})
}

func BenchmarkEval(b *testing.B) {
	p := calc.MustCompile("A*B + MAX(C, D, 0)", calc.Options{})
	vars := []float64{1, 2, 3, 4}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Eval(vars, 0); err != nil {
			b.Fatal(err)
		}
	}
}
