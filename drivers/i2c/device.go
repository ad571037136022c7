package i2c

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
	"periph.io/x/conn/v3/i2c"
)

// device is a chip. Its state is owned by the bus's worker.
type device struct {
	// immutable
	driver   *Driver
	address  uint16
	init     [][]byte // register address and data
	retries  int
	blocks   []*block
	channels []drivers.Channel

	ready   bool      // it has had its init sequence and has answered since
	stalled error     // it held up the bus, and is left alone
	until   time.Time // as long as that
}

// stallPause is how long a chip is left alone that made a transaction time out, which
// keeps the bus busy for a second.
const stallPause = 10 * time.Second

func newDevice(d *Driver, spec Device) (*device, error) {
	if spec.Address < minAddress || spec.Address > maxAddress {
		return nil, fmt.Errorf("address: want 0x%02X to 0x%02X", minAddress, maxAddress)
	}
	if spec.Order > LittleEndian {
		return nil, fmt.Errorf("no byte order %d", spec.Order)
	}
	v := &device{driver: d, address: spec.Address, retries: spec.Retries}
	if v.retries == 0 {
		v.retries = defaultRetries
	}
	for _, s := range spec.Init {
		if len(s.Data) == 0 {
			return nil, fmt.Errorf("init 0x%02X: no data", s.At)
		}
		v.init = append(v.init, append([]byte{s.At}, s.Data...))
	}
	var all []*register
	for _, r := range spec.Registers {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("register 0x%02X: %w", r.At, err)
		}
		ch := &register{device: v, at: r.At, codec: newCodec(r, spec.Order)}
		all = append(all, ch)
		if r.Write {
			v.channels = append(v.channels, writable{ch})
		} else {
			v.channels = append(v.channels, ch)
		}
	}
	v.blocks = makeBlocks(all, spec.Block)
	return v, nil
}

// block is what is read in one transaction.
type block struct {
	at      uint8
	request []byte // at, as it is sent
	bytes   []byte // what is read
	// fresh tells, for each register of the block, that bytes hold a value of it that
	// it has not delivered yet.
	fresh []bool
	taken time.Time
}

// shareTime is how long the other registers of a block may take their values from one
// transaction: long enough for one scan, too short for a value to grow old.
const shareTime = 100 * time.Millisecond

// makeBlocks assigns each register to a block: those of the same place share one, and
// if adjacent is true those that follow each other without a gap.
func makeBlocks(registers []*register, adjacent bool) []*block {
	sorted := slices.Clone(registers)
	slices.SortStableFunc(sorted, func(a, b *register) int {
		if a.at != b.at {
			return int(a.at) - int(b.at)
		}
		return a.codec.typ.Size() - b.codec.typ.Size()
	})
	var blocks []*block
	for _, r := range sorted {
		var last *block
		if len(blocks) > 0 {
			last = blocks[len(blocks)-1]
		}
		size := r.codec.typ.Size()
		switch {
		case last != nil && adjacent && int(r.at) <= int(last.at)+len(last.bytes):
			end := max(int(last.at)+len(last.bytes), int(r.at)+size)
			last.bytes = make([]byte, end-int(last.at))
		case last != nil && r.at == last.at && size == len(last.bytes):
		default:
			last = &block{at: r.at, request: []byte{r.at}, bytes: make([]byte, size)}
			blocks = append(blocks, last)
		}
		r.block, r.index = last, len(last.fresh)
		last.fresh = append(last.fresh, false)
	}
	return blocks
}

// mark sets whether all registers of the block have a value to deliver.
func (b *block) mark(fresh bool) {
	for i := range b.fresh {
		b.fresh[i] = fresh
	}
}

// reset forgets all that is known of the chip.
func (v *device) reset() {
	v.ready, v.stalled = false, nil
	v.forget()
}

// forget makes the next Read of each register ask the chip.
func (v *device) forget() {
	for _, b := range v.blocks {
		b.mark(false)
	}
}

// transact writes w, then reads r if that is not empty, once the chip is ready.
func (v *device) transact(ctx context.Context, w, r []byte) error {
	bus := v.driver.opened()
	if bus == nil {
		return &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("%s: %w", v.driver.name, errClosed)}
	}
	if !v.ready {
		if err := v.prepare(ctx, bus); err != nil {
			return err
		}
	}
	if err := v.try(ctx, bus, w, r); err != nil {
		return err
	}
	v.ready = true
	return nil
}

// prepare sends the init sequence. The chip is ready once it has answered to a
// transaction, of which the sequence may have none.
func (v *device) prepare(ctx context.Context, bus i2c.Bus) error {
	if v.stalled != nil && time.Now().Before(v.until) {
		return v.stalled
	}
	for _, w := range v.init {
		if err := v.try(ctx, bus, w, nil); err != nil {
			return err
		}
	}
	v.ready = len(v.init) > 0
	return nil
}

// try does a transaction, again if it fails and the chip was ready before.
func (v *device) try(ctx context.Context, bus i2c.Bus, w, r []byte) error {
	d := v.driver
	for left := v.retries; ; left-- {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.transactions.Add(1)
		err := bus.Tx(v.address, w, r)
		if err == nil {
			v.stalled = nil
			return nil
		}
		kind := classify(err)
		if left > 0 && v.ready && kind == noAnswer {
			d.retries.Add(1)
			continue
		}
		d.failures.Add(1)
		fault := v.fault(kind, err)
		v.ready = false
		v.forget()
		if kind == stalled {
			v.stalled, v.until = fault, time.Now().Add(stallPause)
		}
		return fault
	}
}

// fault says what a failed transaction does to the channels.
func (v *device) fault(kind failure, err error) *drivers.Fault {
	where := fmt.Sprintf("%s 0x%02X", v.driver.name, v.address)
	switch kind {
	case gone:
		return &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("%s: the bus is gone: %w", v.driver.name, err)}
	case stalled:
		return &drivers.Fault{Status: pv.StatusTimeout, Err: fmt.Errorf("%s: the bus is stuck: %w", where, err)}
	}
	return &drivers.Fault{Status: pv.StatusComm, Err: fmt.Errorf("%s: no answer: %w", where, err)}
}

// register is the channel of a register that is only read.
type register struct {
	// immutable
	device *device
	at     uint8
	codec  codec
	block  *block
	index  int // in block.fresh
}

// writable is the channel of a register that is written too.
type writable struct{ *register }

var (
	_ drivers.Reader = (*register)(nil)
	_ drivers.Reader = writable{}
	_ drivers.Writer = writable{}
)

// Name is the address of the chip and that of the register. drivers.Channel.
func (r *register) Name() string { return fmt.Sprintf("0x%02X/0x%02X", r.device.address, r.at) }

// Read reads the register's block, if the value from when another register of it was
// read last is not still to be had. drivers.Reader.
func (r *register) Read(ctx context.Context) (pv.Value, error) {
	b := r.block
	if !b.fresh[r.index] || time.Since(b.taken) > shareTime {
		began := time.Now()
		if err := r.device.transact(ctx, b.request, b.bytes); err != nil {
			return pv.Value{}, err
		}
		b.taken = began
		b.mark(true)
	}
	b.fresh[r.index] = false
	first := int(r.at - b.at)
	return r.codec.decode(b.bytes[first : first+r.codec.typ.Size()]), nil
}

// Write writes the register; if it is part of a number it reads that first and keeps
// the rest. drivers.Writer.
func (r writable) Write(ctx context.Context, v pv.Value) error {
	if v.IsArray() || !v.Kind().IsNumber() && v.Kind() != pv.Enum {
		return &drivers.Fault{Status: pv.StatusWrite, Err: fmt.Errorf("%s: cannot write a value of kind %v", r.Name(), v.Kind())}
	}
	bits, err := r.codec.encode(v.Float64())
	if err != nil {
		return &drivers.Fault{Status: pv.StatusHwLimit, Err: fmt.Errorf("%s: %w", r.Name(), err)}
	}
	r.device.forget()
	message := make([]byte, 1+r.codec.typ.Size())
	message[0] = r.at
	if r.codec.partial() {
		if err := r.device.transact(ctx, message[:1], message[1:]); err != nil {
			return err
		}
	}
	r.codec.merge(message[1:], bits)
	return r.device.transact(ctx, message, nil)
}
