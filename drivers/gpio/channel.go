package gpio

import (
	"context"
	"fmt"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// reader is the channel of an input whose edges nobody wants, and what the other
// channels have in common.
type reader struct{ d *Driver }

// input is the channel of an input.
type input struct{ reader }

// output is the channel of an output.
type output struct{ reader }

var (
	_ drivers.Reader   = reader{}
	_ drivers.Reader   = input{}
	_ drivers.Notifier = input{}
	_ drivers.Reader   = output{}
	_ drivers.Writer   = output{}
)

func (r reader) Name() string { return r.d.options.Pin.Name }

func (r reader) Read(context.Context) (pv.Value, error) {
	line, debounce := r.d.claimed()
	if line == nil {
		return pv.Value{}, r.d.fault(pv.StatusRead, errClosed)
	}
	active, err := line.Value()
	if err != nil {
		return pv.Value{}, r.d.fault(pv.StatusRead, err)
	}
	if debounce != nil {
		// As the kernel does it. A glitch that Read showed would stand: its end is no
		// change to report.
		active = debounce.level()
	}
	return value(active), nil
}

func (i input) Notify(sink drivers.Sink) { i.d.sink = sink }

// Write takes any number: 0 is inactive, all others are active.
func (o output) Write(_ context.Context, v pv.Value) error {
	line, _ := o.d.claimed()
	if line == nil {
		return o.d.fault(pv.StatusWrite, errClosed)
	}
	if v.IsArray() || !v.Kind().IsNumber() && v.Kind() != pv.Enum {
		return o.d.fault(pv.StatusWrite, fmt.Errorf("cannot write a value of kind %v", v.Kind()))
	}
	if err := line.SetValue(v.Float64() != 0); err != nil {
		return o.d.fault(pv.StatusWrite, err)
	}
	return nil
}

func value(active bool) pv.Value {
	if active {
		return pv.EnumValue(1)
	}
	return pv.EnumValue(0)
}
