package bus

import (
	"context"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/pv"
)

// register is the channel of a register that is only read.
type register struct {
	// immutable
	device *device
	at     uint32
	digits int // of at, for people
	codec  Codec
	group  *group
	index  int    // in group.fresh
	bytes  []byte // of its block, read last
}

// output is the channel of a register that is written, too. It is the operation that
// writes it.
type output struct {
	*register
	whole  bool // no other bits are to be kept
	verify bool

	write, read transfer
	bits        uint32 // to write
}

// ending is what an output is set to at the end. operation.
type ending struct {
	*output
	bits uint32
}

func (e *ending) do(ctx context.Context, c chip.Conn) error {
	e.output.bits = e.bits
	return e.output.do(ctx, c)
}

// blind is an output that cannot be read.
type blind struct{ out *output }

var (
	_ drivers.Measurer = (*register)(nil)
	_ drivers.Measurer = (*output)(nil)
	_ drivers.Writer   = (*output)(nil)
	_ drivers.Writer   = blind{}
)

// Name is the name of the device and the address of the register. drivers.Channel.
func (r *register) Name() string {
	return fmt.Sprintf("%s/0x%0*X", r.device.short, r.digits, r.at)
}

// Read is Measure to its end. drivers.Reader.
func (r *register) Read(ctx context.Context) (pv.Value, error) {
	return r.device.wait(ctx, r.Measure)
}

// Measure reads the register's group, if the value from when another register of it was
// read last is not still to be had. drivers.Measurer.
func (r *register) Measure(ctx context.Context) (v pv.Value, wait time.Duration, err error) {
	g := r.group
	if !g.fresh[r.index] || time.Since(g.taken) > shareTime {
		if wait, err = r.device.advance(ctx, g); err != nil || wait > 0 {
			return v, wait, err
		}
	}
	g.fresh[r.index] = false
	return r.codec.Decode(r.bytes), 0, nil
}

// Write writes the register; if it is part of a number it reads that first and keeps
// the rest. drivers.Writer.
func (o *output) Write(ctx context.Context, v pv.Value) error {
	if err := o.prepare(v); err != nil {
		return err
	}
	o.device.part.forget()
	return o.device.set(ctx, o)
}

// Name is that of the register. drivers.Channel.
func (b blind) Name() string { return b.out.Name() }

// Write sends the word with the value in it. drivers.Writer.
func (b blind) Write(ctx context.Context, v pv.Value) error { return b.out.Write(ctx, v) }

// prepare sets what is to be written.
func (o *output) prepare(v pv.Value) (err error) {
	x, err := number(o.Name(), v)
	if err != nil {
		return err
	}
	if o.bits, err = o.codec.Encode(x); err != nil {
		return &drivers.Fault{Status: pv.StatusHwLimit, Err: fmt.Errorf("%s: %w", o.Name(), err)}
	}
	return nil
}

// number is a value that is written to a channel.
func number(channel string, v pv.Value) (float64, error) {
	if v.IsArray() || !v.Kind().IsNumber() && v.Kind() != pv.Enum {
		return 0, &drivers.Fault{Status: pv.StatusWrite, Err: fmt.Errorf("%s: cannot write a value of kind %v", channel, v.Kind())}
	}
	return v.Float64(), nil
}

// do writes the register. operation.
func (o *output) do(_ context.Context, c chip.Conn) error {
	if !o.whole {
		if err := o.read.do(c); err != nil {
			return err
		}
		copy(o.write.data, o.read.data)
	}
	o.codec.Merge(o.write.data, o.bits)
	if err := o.write.do(c); err != nil || !o.verify {
		return err
	}
	if err := o.read.do(c); err != nil {
		return err
	}
	if got := o.codec.number(o.read.data) & o.codec.mask; got != o.bits {
		return fmt.Errorf("register 0x%0*X: %w: 0x%X, it is 0x%X", o.digits, o.at, errVerify, o.bits, got)
	}
	return nil
}
