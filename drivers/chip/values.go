package chip

import (
	"context"
	"math"

	"github.com/ioclet/ioclet/pv"
)

// readOnly is the Write of a Chip without writable values.
type readOnly struct{}

// Write is never called. Chip.
func (readOnly) Write(context.Context, Conn, int, float64) error { return ErrRange }

// temperature is the value of a thermometer.
func temperature(low, high float64, precision int16) Value {
	return number("TEMP", "temperature", "C", low, high, precision)
}

// humidity is the value of a hygrometer.
func humidity() Value { return number("HUM", "relative humidity", "%", 0, 100, 1) }

// number is a value that is measured.
func number(name, doc, units string, low, high float64, precision int16) Value {
	return Value{
		Name: name, Doc: doc, Kind: pv.Float64, Units: units, Precision: precision,
		Limits: pv.Limits{Low: low, High: high},
	}
}

// digits is the precision with which steps of that size show.
func digits(step float64) int16 {
	return int16(min(max(math.Ceil(-math.Log10(step)), 0), 9))
}

// within reports whether v is something that can be written; NaN is not.
func within(v, low, high float64) bool { return v >= low && v <= high }
