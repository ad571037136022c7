package bus

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/pv"
)

// chipPart is a device's chip. part; as an operation it measures once.
type chipPart struct {
	// immutable
	device *device
	chip   chip.Chip
	list   []drivers.Channel
	exit   map[int]float64

	unsure   bool // a measurement has failed since the chip was set up
	readings []chip.Reading
	fresh    []bool // of each value: it has a reading that it has not delivered yet
	taken    time.Time
}

func newChipPart(v *device, spec Device) *chipPart {
	values := spec.Chip.Values()
	p := &chipPart{device: v, chip: spec.Chip, exit: spec.Exit, readings: make([]chip.Reading, len(values)), fresh: make([]bool, len(values))}
	for i, value := range values {
		c := &chipValue{part: p, index: i, Value: value}
		if value.Writable {
			p.list = append(p.list, writableValue{c})
		} else {
			p.list = append(p.list, c)
		}
	}
	return p
}

func (p *chipPart) channels() []drivers.Channel { return p.list }

func (p *chipPart) pauses() bool { return true }

func (p *chipPart) start(ctx context.Context, c chip.Conn) error {
	err := p.chip.Start(ctx, c)
	p.unsure = err != nil
	return err
}

func (p *chipPart) forget() { clear(p.fresh) }

func (p *chipPart) exits() (list []operation) {
	for _, i := range slices.Sorted(maps.Keys(p.exit)) {
		list = append(list, &setting{p.chip, i, p.exit[i]})
	}
	return list
}

func (p *chipPart) do(ctx context.Context, c chip.Conn) error {
	if p.unsure {
		if err := p.start(ctx, c); err != nil {
			return err
		}
	}
	p.forget()
	clear(p.readings)
	if err := p.chip.Read(ctx, c, p.readings); err != nil {
		p.unsure = true
		return err
	}
	p.taken = time.Now()
	for i := range p.fresh {
		p.fresh[i] = true
	}
	return nil
}

// setting is a value that is written. operation.
type setting struct {
	chip  chip.Chip
	index int
	value float64
}

func (s *setting) do(ctx context.Context, c chip.Conn) error {
	return s.chip.Write(ctx, c, s.index, s.value)
}

// chipValue is the channel of a value that is only read.
type chipValue struct {
	chip.Value
	part  *chipPart
	index int
}

// writableValue is the channel of a value that is written and read back.
type writableValue struct{ *chipValue }

var (
	_ drivers.Measurer = (*chipValue)(nil)
	_ drivers.Measurer = writableValue{}
	_ drivers.Writer   = writableValue{}
)

// Name is the name of the device and that of the value. drivers.Channel.
func (v *chipValue) Name() string { return v.part.device.short + "/" + v.Value.Name }

// Read is Measure to its end. drivers.Reader.
func (v *chipValue) Read(ctx context.Context) (pv.Value, error) {
	return v.part.device.wait(ctx, v.Measure)
}

// Measure has the chip measure, if the value from when another was read last is not still
// to be had. drivers.Measurer.
func (v *chipValue) Measure(ctx context.Context) (value pv.Value, wait time.Duration, err error) {
	p := v.part
	if !p.fresh[v.index] || time.Since(p.taken) > shareTime {
		if wait, err = p.device.advance(ctx, p); err != nil || wait > 0 {
			return value, wait, err
		}
	}
	p.fresh[v.index] = false
	r := p.readings[v.index]
	if r.Err != nil {
		return value, 0, &drivers.Fault{Status: pv.StatusRead, Err: fmt.Errorf("%s: %w", v.Name(), r.Err)}
	}
	switch v.Kind {
	case pv.Enum:
		return pv.EnumValue(uint16(r.Value)), 0, nil
	case pv.Float64:
		return pv.Float64Value(r.Value), 0, nil
	}
	return pv.IntValue(v.Kind, int64(r.Value)), 0, nil
}

// Write sets the value. drivers.Writer.
func (v writableValue) Write(ctx context.Context, value pv.Value) error {
	x, err := number(v.Name(), value)
	if err != nil {
		return err
	}
	v.part.forget()
	return v.part.device.set(ctx, &setting{v.part.chip, v.index, x})
}
