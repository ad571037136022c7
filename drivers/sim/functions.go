package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/ioclet/ioclet/calc"
)

// clock is what functions of expressions need of the world.
type clock struct {
	now    time.Time // of the evaluation
	random *rand.Rand
}

// Functions describes the functions of `sim:` expressions, on top of those of
// package calc, each with its arguments. Durations are in seconds, written 60s or
// 200ms. What begins, begins with the first evaluation.
func Functions() map[string]string {
	return map[string]string{
		"noise":       "noise(sd): normal, around 0",
		"uniform":     "uniform(low, high): any value between them",
		"random_walk": "random_walk(step, low, high): each time up to step up or down; without low and high without bounds",
		"sine":        "sine(period): -1 to 1",
		"square":      "square(period, duty): 1 for the part duty (default 0.5) of the period, then -1",
		"triangle":    "triangle(period): -1 to 1",
		"sawtooth":    "sawtooth(period): -1 up to 1, then down at once",
		"ramp":        "ramp(from, to, duration): straight, then to",
		"log_ramp":    "log_ramp(from, to, duration): straight on a logarithmic scale, then to",
		"step":        "step(after): 0, after that time 1",
		"approach":    "approach(target, rate): follows target with at most rate units a second",
		"lag":         "lag(target, time): follows target exponentially with that time constant",
		"elapsed":     "elapsed(): seconds",
	}
}

// functions are the functions for expressions whose clock is c.
func functions(c *clock) map[string]calc.Func {
	stateless := func(n, most int, f func(a []float64) float64) calc.Func {
		return calc.Func{Min: n, Max: most, New: func() func([]float64) float64 { return f }}
	}
	// since is for functions of the time since the first evaluation.
	since := func(n int, f func(a []float64, t float64) float64) calc.Func {
		return calc.Func{Min: n, Max: n, New: func() func([]float64) float64 {
			var start time.Time
			return func(a []float64) float64 {
				if start.IsZero() {
					start = c.now
				}
				return f(a, c.now.Sub(start).Seconds())
			}
		}}
	}
	// following is for functions that go from their first argument at the first
	// evaluation to what it is later; dt is the time since the last evaluation.
	following := func(f func(x, target, arg, dt float64) float64) calc.Func {
		return calc.Func{Min: 2, Max: 2, New: func() func([]float64) float64 {
			var last time.Time
			var x float64
			return func(a []float64) float64 {
				switch {
				case last.IsZero():
					x = a[0]
				case c.now.After(last):
					x = f(x, a[0], a[1], c.now.Sub(last).Seconds())
				}
				last = c.now
				return x
			}
		}}
	}
	wave := func(f func(x float64) float64) calc.Func {
		return stateless(1, 1, func(a []float64) float64 { return f(c.turns(a[0])) })
	}
	return map[string]calc.Func{
		"noise":   stateless(1, 1, func(a []float64) float64 { return a[0] * c.random.NormFloat64() }),
		"uniform": stateless(2, 2, func(a []float64) float64 { return a[0] + (a[1]-a[0])*c.random.Float64() }),
		"random_walk": {Min: 1, Max: 3, New: func() func([]float64) float64 {
			x, begun := 0.0, false
			return func(a []float64) float64 {
				low, high := 0.0, 0.0
				if len(a) == 3 {
					low, high = a[1], a[2]
				}
				if !begun && low < high {
					x = (low + high) / 2
				}
				begun = true
				x = hold(x+a[0]*(2*c.random.Float64()-1), low, high)
				return x
			}
		}},
		"sine":     wave(sine),
		"triangle": wave(triangle),
		"sawtooth": wave(sawtooth),
		"square": stateless(1, 2, func(a []float64) float64 {
			duty := 0.5
			if len(a) == 2 {
				duty = a[1]
			}
			return square(c.turns(a[0]), duty)
		}),
		"ramp": since(3, func(a []float64, t float64) float64 { return a[0] + (a[1]-a[0])*fraction(t, a[2]) }),
		"log_ramp": since(3, func(a []float64, t float64) float64 {
			x := fraction(t, a[2])
			if x == 1 {
				return a[1] // to the last digit
			}
			return a[0] * math.Pow(a[1]/a[0], x)
		}),
		"step":    since(1, func(a []float64, t float64) float64 { return math.Floor(fraction(t, a[0])) }),
		"elapsed": since(0, func(_ []float64, t float64) float64 { return t }),
		"approach": following(func(x, target, rate, dt float64) float64 {
			far := math.Abs(rate) * dt
			return min(max(target, x-far), x+far)
		}),
		"lag": following(func(x, target, tau, dt float64) float64 {
			if tau <= 0 {
				return target
			}
			return target + (x-target)*math.Exp(-dt/tau)
		}),
	}
}

// maxPeriod bounds periods to what a time.Duration holds.
const maxPeriod = float64(math.MaxInt64) / float64(time.Second) / 2

func (c *clock) turns(period float64) float64 {
	if d := max(period, 0); d > 0 { // not of a NaN
		return turns(c.now, max(time.Duration(min(d, maxPeriod)*float64(time.Second)), 1), 0)
	}
	return 0
}

// fraction is t as a part of the duration, from 0 to 1.
func fraction(t, duration float64) float64 {
	if !(duration > 0) {
		return 1
	}
	return min(max(t/duration, 0), 1)
}
