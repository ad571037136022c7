package gpio

import (
	"context"
	"fmt"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// reader is the channel of an input whose edges nobody wants, and what the other
// channels of levels have in common.
type reader struct{ d *Driver }

// input is the channel of an input.
type input struct {
	reader
	sink drivers.Sink // immutable once the driver is open; nil if nobody listens
}

// output is the channel of an output.
type output struct{ reader }

var (
	_ drivers.Reader   = reader{}
	_ drivers.Reader   = (*input)(nil)
	_ drivers.Notifier = (*input)(nil)
	_ drivers.Reader   = output{}
	_ drivers.Writer   = output{}
)

func (r reader) Name() string { return r.d.name() }

func (r reader) Read(context.Context) (pv.Value, error) {
	claim, debounce := r.d.claimed()
	if claim == nil {
		return pv.Value{}, r.d.fault(pv.StatusRead, errClosed)
	}
	levels, err := claim.Levels()
	if err != nil {
		return pv.Value{}, r.d.fault(pv.StatusRead, err)
	}
	if debounce != nil {
		// As the kernel does it. A glitch that Read showed would stand: its end is no
		// change to report.
		levels = debounce.levels()
	}
	return r.d.value(levels), nil
}

func (i *input) Notify(sink drivers.Sink) { i.sink = sink }

// edge reports the levels after an edge.
func (i *input) edge(e edge) {
	if i.sink != nil {
		i.sink.Post(i.d.value(e.levels), pv.StampOf(e.Time), doubt(e.doubted))
	}
}

// Write takes any number for a single line: 0 is inactive, all others are active.
func (o output) Write(_ context.Context, v pv.Value) error {
	if err := o.d.numeric(v); err != nil {
		return err
	}
	levels := uint64(v.Int64())
	switch n := len(o.d.options.Pins); {
	case n > 1 && levels>>n != 0:
		return o.d.fault(pv.StatusHwLimit, fmt.Errorf("%v is too much for %d lines", v.Int64(), n))
	case n == 1 && v.Float64() != 0:
		levels = 1
	}
	if err := o.d.set(levels); err != nil {
		return o.d.fault(pv.StatusWrite, err)
	}
	return nil
}

// value is the value of levels.
func (d *Driver) value(levels uint64) pv.Value {
	if len(d.options.Pins) > 1 {
		return pv.Int64Value(int64(levels))
	}
	return value(levels != 0)
}

// numeric is why v cannot be written.
func (d *Driver) numeric(v pv.Value) error {
	if v.IsArray() || !v.Kind().IsNumber() && v.Kind() != pv.Enum {
		return d.fault(pv.StatusWrite, fmt.Errorf("cannot write a value of kind %v", v.Kind()))
	}
	return nil
}

func value(active bool) pv.Value {
	if active {
		return pv.EnumValue(1)
	}
	return pv.EnumValue(0)
}
