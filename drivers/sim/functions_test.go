package sim

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestFunctions(t *testing.T) {
	for _, c := range []struct {
		expr  string
		every time.Duration
		x     func(i int) float64 // value of X
		want  []float64
	}{
		{"sine(4s)", time.Second, nil, []float64{0, 1, 0, -1}},
		{"square(4s)", time.Second, nil, []float64{1, 1, -1, -1}},
		{"square(4s, 0.25)", time.Second, nil, []float64{1, -1, -1, -1}},
		{"triangle(4s)", time.Second, nil, []float64{0, 1, 0, -1}},
		{"sawtooth(4s)", time.Second, nil, []float64{-1, -0.5, 0, 0.5}},
		{"sine(0)", time.Second, nil, []float64{0, 0}},
		{"ramp(5, 7, 2s)", time.Second, nil, []float64{5, 6, 7, 7}},
		{"log_ramp(1e-9, 1e3, 60s)", 10 * time.Second, nil, []float64{1e-9, 1e-7, 1e-5, 1e-3, 1e-1, 10, 1000, 1000}},
		{"step(2s)", time.Second, nil, []float64{0, 0, 1, 1}},
		{"elapsed()", 500 * time.Millisecond, nil, []float64{0, 0.5, 1}},
		{"approach(X, 2)", time.Second, func(i int) float64 { return float64([]int{0, 5, 5, 5, 5, -1}[i]) }, []float64{0, 2, 4, 5, 5, 3}},
		{"lag(X, 1s)", time.Second, func(i int) float64 { return float64(min(i, 1)) }, []float64{0, 0.6321205588, 0.8646647168}},
		{"lag(X, 0)", time.Second, func(i int) float64 { return float64(i) }, []float64{0, 1, 2}},
		{"noise(0) + uniform(2, 2) + random_walk(0)", time.Second, nil, []float64{2, 2}},
		{"random_walk(0, 2, 4)", time.Second, nil, []float64{3, 3}},
		{"X * 2 + (X > 1 ? 100 : 0)", time.Second, func(i int) float64 { return float64(i) }, []float64{0, 2, 104}},
	} {
		clk := &clock{now: time.Unix(0, 0), random: random(1)}
		e, err := compile(c.expr, []string{"X"}, clk)
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		var got []float64
		for i := range c.want {
			got = append(got, e.eval(func(int) float64 { return c.x(i) }))
			clk.now = clk.now.Add(c.every)
		}
		if d := cmp.Diff(c.want, got, cmpopts.EquateApprox(1e-6, 1e-12)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.expr, d)
		}
	}
}

// TestFunctionsListed: what is documented is what there is.
func TestFunctionsListed(t *testing.T) {
	have := slices.Sorted(maps.Keys(functions(&clock{})))
	if d := cmp.Diff(slices.Sorted(maps.Keys(Functions())), have); d != "" {
		t.Errorf("documented and real functions (-want +got):\n%s", d)
	}
	for name, text := range Functions() {
		if !strings.HasPrefix(text, name+"(") {
			t.Errorf("%s is described as %q", name, text)
		}
	}
}

func TestExpressionAllocations(t *testing.T) {
	clk := &clock{now: time.Unix(0, 0), random: random(1)}
	e, err := compile("X / 12 + noise(0.002) + approach(X, 3)", []string{"X"}, clk)
	if err != nil {
		t.Fatal(err)
	}
	value := func(int) float64 { return 5 }
	if n := testing.AllocsPerRun(100, func() { clk.now = clk.now.Add(time.Second); e.eval(value) }); n != 0 {
		t.Errorf("%g allocations an evaluation", n)
	}
}
