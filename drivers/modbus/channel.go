package modbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/link"
	"github.com/ioclet/ioclet/pv"
)

// channel is one value of a slave that is read.
type channel struct {
	// immutable
	driver  *Driver
	slave   *slave
	name    string
	address uint16
	codec   Codec
	write   bool
	onExit  pv.Value

	// owned by the worker
	block     *block
	index     int      // in the block
	registers []uint16 // that are written
}

// writable is one that is written too.
type writable struct{ *channel }

var (
	_ drivers.Reader = (*channel)(nil)
	_ drivers.Reader = writable{}
	_ drivers.Writer = writable{}
)

// face is c with the methods it is to have.
func (c *channel) face() drivers.Channel {
	if c.write {
		return writable{c}
	}
	return c
}

// Name is the slave's name and the value's. drivers.Channel.
func (c *channel) Name() string { return c.slave.name + ":" + c.name }

// Read reads the channel's block, if the value from when another channel of it was read
// last is not still to be had. drivers.Reader.
func (c *channel) Read(ctx context.Context) (pv.Value, error) {
	b := c.block
	if !b.fresh[c.index] || time.Since(b.taken) > shareTime {
		if err := c.fetch(ctx); err != nil {
			return pv.Value{}, c.fault(err, pv.StatusRead)
		}
		b = c.block // perhaps another since
	}
	b.fresh[c.index] = false
	return c.codec.Decode(b.part(c)), nil
}

// fetch reads the channel's block. If the slave refuses one of several values that are read
// together, each is read by itself from then on.
func (c *channel) fetch(ctx context.Context) error {
	b := c.block
	err := c.driver.fill(ctx, c.slave, b)
	var refused Exception
	if errors.As(err, &refused) && len(b.of) > 1 && (refused == IllegalAddress || refused == IllegalValue) {
		c.slave.log.Info("values are read one by one from now on: the slave refuses to be asked for all together",
			"table", b.table, "from", b.first, "count", len(b.values))
		b.split()
		b = c.block
		err = c.driver.fill(ctx, c.slave, b)
	}
	return err
}

// fill reads a block.
func (d *Driver) fill(ctx context.Context, s *slave, b *block) error {
	l := d.current()
	if l == nil {
		return link.Lost(errNotOpen)
	}
	began := time.Now()
	answer, err := d.exchange(ctx, l, &request{
		slave: s, pdu: appendRead(nil, b.table, b.first, len(b.values)), timeout: s.timeout,
	})
	if err != nil {
		return err
	}
	if err := scanRead(answer, b.table, b.values); err != nil {
		return err
	}
	b.taken = began
	for i := range b.fresh {
		b.fresh[i] = true
	}
	return nil
}

// Write sets the value; if it is a bit of a register it reads that first and keeps the
// others. drivers.Writer.
func (w writable) Write(ctx context.Context, v pv.Value) error {
	l := w.driver.current()
	if l == nil {
		return w.fault(link.Lost(errNotOpen), pv.StatusWrite)
	}
	return w.set(ctx, l, v, w.slave.timeout, false)
}

// exit writes the OnExit value. The worker may still be at a write of its own.
func (c *channel) exit(ctx context.Context, l *session, most time.Duration) error {
	alone := channel{driver: c.driver, slave: c.slave, name: c.name, address: c.address, codec: c.codec, registers: make([]uint16, c.codec.registers)}
	return alone.set(ctx, l, c.onExit, min(c.slave.timeout, most), true)
}

func (c *channel) set(ctx context.Context, l *session, v pv.Value, timeout time.Duration, final bool) error {
	d := c.driver
	do := func(pdu []byte) ([]byte, error) {
		return d.exchange(ctx, l, &request{slave: c.slave, pdu: pdu, timeout: timeout, final: final})
	}
	if c.codec.typ == Bit {
		answer, err := do(appendRead(nil, c.codec.table, c.address, 1))
		if err == nil {
			err = scanRead(answer, c.codec.table, c.registers)
		}
		if err != nil {
			return c.fault(err, pv.StatusWrite)
		}
	}
	n, err := c.codec.Encode(c.registers, v)
	if err != nil {
		return c.fault(&drivers.Fault{Status: pv.StatusHwLimit, Err: err}, pv.StatusWrite)
	}
	_, err = do(appendWrite(nil, c.codec.table, c.address, c.registers[:n], c.slave.multiple))
	if !final {
		c.block.forget()
	}
	return c.fault(err, pv.StatusWrite)
}

// fault is err with the channel's name, and with status if it has none.
func (c *channel) fault(err error, status pv.Status) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*drivers.Fault](err); ok {
		of := *f
		of.Err = fmt.Errorf("%s: %w", c.Name(), f.Err)
		return &of
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", c.Name(), err)
	}
	e, ok := errors.AsType[Exception](err)
	unreachable := ok && e.unreachable()
	if unreachable {
		status = pv.StatusTimeout
	}
	return &drivers.Fault{Status: status, Device: unreachable, Err: fmt.Errorf("%s: %w", c.Name(), err)}
}
