package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Shape is how a signal moves.
type Shape string

// The shapes.
const (
	Constant   Shape = "constant"    // Offset
	Sine       Shape = "sine"        // Offset ± Amplitude
	Square     Shape = "square"      // Offset + Amplitude for the part Duty of the Period, then Offset − Amplitude
	Triangle   Shape = "triangle"    // Offset ± Amplitude, beginning upwards from Offset
	Sawtooth   Shape = "sawtooth"    // Offset − Amplitude up to Offset + Amplitude, then down at once
	Ramp       Shape = "ramp"        // from Low to High in one Period, beginning with the first call; then High
	Noise      Shape = "noise"       // normal around Offset, with the standard deviation Amplitude
	RandomWalk Shape = "random-walk" // from Offset, at each call up to Step up or down, between Low and High if they differ
	Counter    Shape = "counter"     // from Offset, at each call Step more; after High (if it is above Offset) Offset again
)

var shapes = []Shape{Constant, Sine, Square, Triangle, Sawtooth, Ramp, Noise, RandomWalk, Counter}

// Shapes lists the shapes.
func Shapes() []Shape { return slices.Clone(shapes) }

// Signal describes a simulated value. The zero values of Amplitude, Step and High
// of a ramp mean 1, that of Period 10 s, that of Duty 0.5.
type Signal struct {
	Shape     Shape
	Offset    float64
	Amplitude float64
	Period    time.Duration
	Phase     float64 // of a wave, in periods
	Duty      float64 // of a square, from 0 to 1
	Step      float64
	Low, High float64
	Seed      uint64 // of what is random; the same seed gives the same values
}

// Func is the signal as a function of time. A call costs some ten nanoseconds and
// allocates nothing, so it may be called where a record is processed; a Func is for
// one goroutine at a time. Calls of a random-walk or counter move it one step; a ramp
// begins with the first call.
type Func func(now time.Time) float64

// Func makes a function that is independent of others made from s.
func (s Signal) Func() (Func, error) {
	if s.Amplitude == 0 {
		s.Amplitude = 1
	}
	if s.Step == 0 {
		s.Step = 1
	}
	if s.Duty == 0 {
		s.Duty = 0.5
	}
	if s.Period == 0 {
		s.Period = 10 * time.Second
	}
	if s.Shape == Ramp && s.Low == 0 && s.High == 0 {
		s.High = 1
	}
	switch {
	case s.Period < 0:
		return nil, fmt.Errorf("signal: period %v is negative", s.Period)
	case !(s.Duty >= 0 && s.Duty <= 1):
		return nil, fmt.Errorf("signal: duty %g, expected 0 to 1", s.Duty)
	}
	for _, x := range []float64{s.Offset, s.Amplitude, s.Phase, s.Step, s.Low, s.High} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("signal: parameter %g, expected a finite number", x)
		}
	}
	switch s.Shape {
	case Constant:
		return func(time.Time) float64 { return s.Offset }, nil
	case Sine:
		return func(t time.Time) float64 { return s.Offset + s.Amplitude*sine(turns(t, s.Period, s.Phase)) }, nil
	case Square:
		return func(t time.Time) float64 {
			return s.Offset + s.Amplitude*square(turns(t, s.Period, s.Phase), s.Duty)
		}, nil
	case Triangle:
		return func(t time.Time) float64 { return s.Offset + s.Amplitude*triangle(turns(t, s.Period, s.Phase)) }, nil
	case Sawtooth:
		return func(t time.Time) float64 { return s.Offset + s.Amplitude*sawtooth(turns(t, s.Period, s.Phase)) }, nil
	case Ramp:
		return s.ramp(), nil
	case Noise:
		r := random(s.Seed)
		return func(time.Time) float64 { return s.Offset + s.Amplitude*r.NormFloat64() }, nil
	case RandomWalk:
		return s.randomWalk(), nil
	case Counter:
		return s.counter(), nil
	}
	return nil, fmt.Errorf("unknown signal %q, expected one of %s", string(s.Shape), shapeNames())
}

func shapeNames() string {
	names := make([]string, len(shapes))
	for i, s := range shapes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// random is a source of random numbers that always gives the same for a seed.
func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) }

func (s Signal) ramp() Func {
	var start time.Time
	return func(t time.Time) float64 {
		if start.IsZero() {
			start = t
		}
		return s.Low + (s.High-s.Low)*fraction(t.Sub(start).Seconds(), s.Period.Seconds())
	}
}

func (s Signal) randomWalk() Func {
	r := random(s.Seed)
	x := s.Offset
	if s.Low < s.High {
		x = min(max(x, s.Low), s.High)
	}
	return func(time.Time) float64 {
		x = hold(x+s.Step*(2*r.Float64()-1), s.Low, s.High)
		return x
	}
}

func (s Signal) counter() Func {
	x := s.Offset - s.Step
	return func(time.Time) float64 {
		x += s.Step
		if s.High > s.Offset && x > s.High {
			x = s.Offset
		}
		return x
	}
}
