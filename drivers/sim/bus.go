package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/i2c"
	"github.com/ioclet/ioclet/pv"
)

// RegisterID names a register of a chip on a bus.
type RegisterID struct {
	Address uint16 // of the chip
	Index   int    // in its device's Registers
}

// RegisterOptions say how a register behaves.
type RegisterOptions struct {
	// Name is how expressions of the same chip call the register's value.
	Name string
	// Expression gives the value, in the units of the channel, with the functions of
	// [Functions]; "" for a register that has what was written to it last, at first
	// 0. Its own name in it means what was written.
	Expression string
}

// RegisterError says what is wrong with the description of a register.
type RegisterError struct {
	ID  RegisterID
	Err error
}

func (e *RegisterError) Error() string {
	return fmt.Sprintf("chip 0x%02X: register %d: %v", e.ID.Address, e.ID.Index, e.Err)
}

func (e *RegisterError) Unwrap() error { return e.Err }

// BusOptions say how the chips on a simulated bus behave.
type BusOptions struct {
	Registers map[RegisterID]RegisterOptions
	Seed      uint64
}

// Bus is an I2C bus of simulated chips, one for each device of a driver's options. To
// put it in the place of the real one:
//
//	opts.OpenBus = bus.Open
//
// A chip has 256 registers, which keep what is written to them. They are bytes that
// follow each other if the device's Block says so, else each address stands for as
// many bytes as are asked for. Its methods may be called from any goroutine.
type Bus struct {
	mu    sync.Mutex
	clock clock
	chips map[uint16]*chip
}

var _ periph.BusCloser = (*Bus)(nil)

// NewBus makes the chips that belong to a bus. All that is wrong is reported, joined.
func NewBus(o i2c.Options, opts BusOptions) (*Bus, error) {
	b := &Bus{
		clock: clock{now: time.Now(), random: rand.New(rand.NewPCG(opts.Seed, 2))},
		chips: map[uint16]*chip{},
	}
	used := map[RegisterID]bool{}
	var errs []error
	for _, d := range o.Devices {
		for i := range d.Registers {
			used[RegisterID{d.Address, i}] = true
		}
		c, err := newChip(d, opts.Registers, &b.clock)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		b.chips[d.Address] = c
	}
	for id := range opts.Registers {
		if !used[id] {
			errs = append(errs, &RegisterError{id, errors.New("no device has it")})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return b, nil
}

// Open is the bus; an i2c.Options.OpenBus.
func (b *Bus) Open() (periph.BusCloser, error) { return b, nil }

// errNoAnswer is what the kernel says when no chip answers.
var errNoAnswer = errors.New("remote I/O error")

// Tx does a transaction: the first byte of w selects a register, the others are written,
// then r is read from where the writing ended. periph's i2c.Bus.
func (b *Bus) Tx(address uint16, w, r []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.chips[address]
	if c == nil || c.absent {
		return errNoAnswer
	}
	b.clock.now = time.Now()
	return c.work(w, r)
}

// SetSpeed does nothing. periph's i2c.Bus.
func (b *Bus) SetSpeed(physic.Frequency) error { return nil }

func (b *Bus) String() string { return "simulated I2C bus" }

// Close does nothing; the registers keep their content.
func (b *Bus) Close() error { return nil }

// Absent takes a chip off the bus, or puts it back.
func (b *Bus) Absent(address uint16, absent bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.chips[address]; c != nil {
		c.absent = absent
	}
}

// Set gives a register a value, in the units of its channel, as if it had been written.
func (b *Bus) Set(id RegisterID, value float64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.chips[id.Address]
	if c == nil || id.Index < 0 || id.Index >= len(c.registers) {
		return fmt.Errorf("chip 0x%02X: no register %d", id.Address, id.Index)
	}
	r := c.registers[id.Index]
	r.written = value
	return r.access.Write(context.Background(), pv.Float64Value(value))
}

// chip is a simulated chip. Everything is guarded by its bus's lock.
type chip struct {
	stride    int // bytes that an address stands for
	content   []byte
	at        int // next byte
	registers []*chipRegister
	absent    bool
}

// chipRegister is a register with a meaning. Its value goes through the coding of the
// i2c driver itself, which access talks to.
type chipRegister struct {
	first, size int // bytes of the content
	access      accessor
	expression  *expression
	written     float64
}

func newChip(d i2c.Device, options map[RegisterID]RegisterOptions, clk *clock) (*chip, error) {
	c := &chip{stride: 4} // the longest register
	if d.Block {
		c.stride = 1
	}
	c.content = make([]byte, 256*c.stride)
	names := make([]string, len(d.Registers))
	for i := range d.Registers {
		if names[i] = options[RegisterID{d.Address, i}].Name; names[i] == "" {
			names[i] = fmt.Sprintf("R%d", i) // no two alike
		}
	}
	reads := make([][]int, len(d.Registers))
	for i, spec := range d.Registers {
		access, err := c.accessor(d, spec) // checks spec
		if err != nil {
			return nil, &RegisterError{RegisterID{d.Address, i}, err}
		}
		r := &chipRegister{first: int(spec.At) * c.stride, size: spec.Type.Size(), access: access}
		if text := options[RegisterID{d.Address, i}].Expression; text != "" {
			if r.expression, err = compile(text, names, clk); err != nil {
				return nil, &RegisterError{RegisterID{d.Address, i}, fmt.Errorf("sim: %w", err)}
			}
			reads[i] = r.expression.program.Reads()
		}
		c.registers = append(c.registers, r)
	}
	if err := circle(names, reads); err != nil {
		return nil, fmt.Errorf("chip 0x%02X: sim: %w", d.Address, err)
	}
	return c, nil
}

// accessor is a channel that can be read and written.
type accessor interface {
	drivers.Reader
	drivers.Writer
}

// accessor is a channel of the i2c driver that reads and writes the content.
func (c *chip) accessor(d i2c.Device, spec i2c.Register) (accessor, error) {
	spec.Write = true
	driver, err := i2c.New(i2c.Options{
		OpenBus: func() (periph.BusCloser, error) { return content{c}, nil },
		Devices: []i2c.Device{{Address: d.Address, Order: d.Order, Registers: []i2c.Register{spec}}},
	})
	if err != nil {
		return nil, err
	}
	if err := driver.Open(context.Background()); err != nil {
		return nil, err
	}
	return driver.Channels()[0].(accessor), nil
}

// work does a transaction.
func (c *chip) work(w, r []byte) error {
	if len(w) > 0 {
		c.at = int(w[0]) * c.stride
		start := c.at
		c.at = c.put(c.at, w[1:])
		for _, reg := range c.registers {
			if len(w) > 1 && reg.within(start, len(w)-1) {
				v, err := reg.access.Read(context.Background())
				if err != nil {
					return err
				}
				reg.written = v.Float64()
			}
		}
	}
	for _, reg := range c.registers {
		if reg.expression != nil && len(r) > 0 && reg.within(c.at, len(r)) {
			// What does not fit leaves the register as it was.
			_ = reg.access.Write(context.Background(), pv.Float64Value(c.value(reg)))
		}
	}
	c.at = c.get(c.at, r)
	return nil
}

// within reports whether a register has bytes among the n from first on.
func (r *chipRegister) within(first, n int) bool { return r.first < first+n && first < r.first+r.size }

// value is that of a register.
func (c *chip) value(r *chipRegister) float64 {
	if r.expression == nil {
		v, _ := r.access.Read(context.Background()) // from memory, which does not fail
		return v.Float64()
	}
	return r.expression.eval(func(i int) float64 {
		if c.registers[i] == r {
			return r.written
		}
		return c.value(c.registers[i])
	})
}

// put and get go on at the first register after the last; they return where they have
// ended.

func (c *chip) put(at int, bytes []byte) int {
	for _, x := range bytes {
		c.content[at%len(c.content)] = x
		at++
	}
	return at % len(c.content)
}

func (c *chip) get(at int, bytes []byte) int {
	for i := range bytes {
		bytes[i] = c.content[at%len(c.content)]
		at++
	}
	return at % len(c.content)
}

// content is a chip's content as a bus, without expressions.
type content struct{ *chip }

func (c content) Tx(_ uint16, w, r []byte) error {
	at := c.put(int(w[0])*c.stride, w[1:])
	c.get(at, r)
	return nil
}

func (content) SetSpeed(physic.Frequency) error { return nil }

func (content) String() string { return "content of a chip" }

func (content) Close() error { return nil }
