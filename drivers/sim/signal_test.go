package sim_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ioclet/ioclet/drivers/sim"
)

// samples are n values, a second apart, from Unix time 0.
func samples(t *testing.T, s sim.Signal, n int) []float64 {
	t.Helper()
	f, err := s.Func()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = f(time.Unix(int64(i), 0))
	}
	return out
}

func TestSignal(t *testing.T) {
	for _, c := range []struct {
		signal sim.Signal
		want   []float64
	}{
		{sim.Signal{Shape: sim.Constant, Offset: 3}, []float64{3, 3, 3}},
		{sim.Signal{Shape: sim.Sine, Period: 4 * time.Second, Amplitude: 2, Offset: 1}, []float64{1, 3, 1, -1, 1}},
		{sim.Signal{Shape: sim.Sine, Period: 4 * time.Second, Phase: 0.25}, []float64{1, 0, -1, 0, 1}},
		{sim.Signal{Shape: sim.Square, Period: 4 * time.Second}, []float64{1, 1, -1, -1, 1}},
		{sim.Signal{Shape: sim.Square, Period: 4 * time.Second, Duty: 0.25}, []float64{1, -1, -1, -1, 1}},
		{sim.Signal{Shape: sim.Triangle, Period: 8 * time.Second}, []float64{0, 0.5, 1, 0.5, 0, -0.5, -1, -0.5, 0}},
		{sim.Signal{Shape: sim.Sawtooth, Period: 4 * time.Second}, []float64{-1, -0.5, 0, 0.5, -1}},
		{sim.Signal{Shape: sim.Ramp, Period: 2 * time.Second, Low: 10, High: 20}, []float64{10, 15, 20, 20}},
		{sim.Signal{Shape: sim.Counter, Offset: 5, High: 7}, []float64{5, 6, 7, 5, 6}},
		{sim.Signal{Shape: sim.Counter, Step: -2}, []float64{0, -2, -4}},
	} {
		got := samples(t, c.signal, len(c.want))
		if d := cmp.Diff(c.want, got, cmpopts.EquateApprox(0, 1e-9)); d != "" {
			t.Errorf("%+v (-want +got):\n%s", c.signal, d)
		}
	}
}

func TestRandomSignals(t *testing.T) {
	noise := sim.Signal{Shape: sim.Noise, Offset: 10, Amplitude: 2, Seed: 7}
	values := samples(t, noise, 10000)
	sum, squares := 0.0, 0.0
	for _, x := range values {
		sum += x
		squares += (x - 10) * (x - 10)
	}
	if mean, sd := sum/1e4, math.Sqrt(squares/1e4); math.Abs(mean-10) > 0.1 || math.Abs(sd-2) > 0.1 {
		t.Errorf("noise has mean %g and deviation %g, want 10 and 2", mean, sd)
	}
	if !cmp.Equal(values, samples(t, noise, 10000)) {
		t.Error("noise of one seed differs")
	}
	noise.Seed++
	if cmp.Equal(values, samples(t, noise, 10000)) {
		t.Error("noise of two seeds is the same")
	}
	walk := samples(t, sim.Signal{Shape: sim.RandomWalk, Step: 0.5, Low: -1, High: 1}, 10000)
	low, high := 0.0, 0.0
	for i, x := range walk {
		low, high = min(low, x), max(high, x)
		if i > 0 && math.Abs(x-walk[i-1]) > 0.5 {
			t.Fatalf("step from %g to %g", walk[i-1], x)
		}
	}
	if low < -1 || high > 1 || high-low < 1.5 {
		t.Errorf("walk between %g and %g, want nearly all of -1 to 1", low, high)
	}
}

func TestSignalErrors(t *testing.T) {
	for want, s := range map[string]sim.Signal{
		`unknown signal "zigzag", expected one of constant, sine`: {Shape: "zigzag"},
		"period":        {Shape: sim.Sine, Period: -1},
		"duty":          {Shape: sim.Square, Duty: 2},
		"finite number": {Shape: sim.Sine, Offset: math.NaN()},
	} {
		if _, err := s.Func(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", s, err, want)
		}
	}
}

func TestSignalAllocations(t *testing.T) {
	for _, shape := range sim.Shapes() {
		f, err := sim.Signal{Shape: shape}.Func()
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(1e9, 0)
		if n := testing.AllocsPerRun(100, func() { f(now) }); n != 0 {
			t.Errorf("%s: %g allocations a call", shape, n)
		}
	}
}

func BenchmarkSignal(b *testing.B) {
	for _, shape := range sim.Shapes() {
		b.Run(string(shape), func(b *testing.B) {
			f, err := sim.Signal{Shape: shape}.Func()
			if err != nil {
				b.Fatal(err)
			}
			now := time.Unix(1e9, 0)
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(100 * time.Millisecond)
				f(now)
			}
		})
	}
}

func ExampleSignal() {
	f, err := sim.Signal{Shape: sim.Triangle, Period: 8 * time.Second, Amplitude: 10, Offset: 20}.Func()
	if err != nil {
		panic(err)
	}
	for s := range int64(5) {
		fmt.Print(f(time.Unix(s, 0)), " ")
	}
	// Output: 20 25 30 25 20
}
