package sim

import (
	"math"
	"time"
)

// turns is how many periods have passed at t, modulo 1. All waves count from the
// same moment (Unix time 0), so that they keep their phases over a restart.
func turns(t time.Time, period time.Duration, phase float64) float64 {
	x := float64(t.UnixNano()%int64(period))/float64(period) + phase
	return x - math.Floor(x)
}

// The waves go from -1 to 1; x is in periods, from 0 to 1.

func sine(x float64) float64 { return math.Sin(2 * math.Pi * x) }

func square(x, duty float64) float64 {
	if x < duty {
		return 1
	}
	return -1
}

// triangle begins at 0, upwards, as sine does.
func triangle(x float64) float64 {
	switch {
	case x < 0.25:
		return 4 * x
	case x < 0.75:
		return 2 - 4*x
	}
	return 4*x - 4
}

func sawtooth(x float64) float64 { return 2*x - 1 }

// hold reflects x into low to high, if low < high.
func hold(x, low, high float64) float64 {
	if !(low < high) {
		return x
	}
	if x > high {
		x = 2*high - x
	}
	if x < low {
		x = 2*low - x
	}
	return min(max(x, low), high)
}
