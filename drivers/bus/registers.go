package bus

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/pv"
)

// registers are a device's register map. part.
type registers struct {
	// immutable
	device  *device
	spec    Map
	setup   []transfer
	id      transfer // reads what Identity is about
	measure *measurement
	list    []drivers.Channel
	ends    []operation // at the end

	groups []*group
}

func newRegisters(v *device, m Map, duplex bool) (*registers, error) {
	if err := m.Check(duplex); err != nil {
		return nil, err
	}
	rs := &registers{device: v, spec: m, setup: m.settings(m.Init, duplex)}
	if c := m.Identity; c != nil {
		rs.id = m.reading(c.At, len(c.Want), duplex)
	}
	var outputs, inputs []*register
	for _, r := range m.Registers {
		reg := &register{device: v, at: r.At, digits: 2 * max(m.Addresses(), 1), codec: NewCodec(r, m.Order)}
		if m.Exchange {
			reg.digits = 2 * r.Type.Size()
		}
		if !r.Write {
			inputs = append(inputs, reg)
			rs.list = append(rs.list, reg)
			continue
		}
		out := &output{register: reg, whole: m.Exchange || !reg.codec.partial(), verify: r.Verify}
		out.write, out.read = m.writing(r.At, r.Type.Size(), duplex), m.reading(r.At, r.Type.Size(), duplex)
		if r.Exit.Kind() != pv.Invalid {
			bits, _ := reg.codec.Encode(r.Exit.Float64()) // which Check has done
			rs.ends = append(rs.ends, &ending{out, bits})
		}
		if m.Exchange { // what comes back is no readback
			rs.list = append(rs.list, blind{out})
			continue
		}
		outputs = append(outputs, reg)
		rs.list = append(rs.list, out)
	}
	if m.Measure == nil {
		for _, b := range makeBlocks(append(inputs, outputs...), &m, duplex) {
			rs.groups = append(rs.groups, newGroup(rs, nil, b))
		}
		return rs, nil
	}
	rs.measure = newMeasurement(&m, duplex)
	rs.groups = append(rs.groups, newGroup(rs, rs.measure, makeBlocks(inputs, &m, duplex)...))
	for _, b := range makeBlocks(outputs, &m, duplex) {
		rs.groups = append(rs.groups, newGroup(rs, nil, b))
	}
	return rs, nil
}

func (rs *registers) channels() []drivers.Channel { return rs.list }

func (rs *registers) pauses() bool { return rs.measure != nil }

// identify makes sure that it is the right chip, if that can be told.
func (rs *registers) identify(c chip.Conn) error {
	want := rs.spec.Identity
	if want == nil {
		return nil
	}
	if err := rs.id.do(c); err != nil {
		return err
	}
	if want.holds(rs.id.data) {
		return nil
	}
	err := chip.ErrWrongChip
	if rs.device.duplex && nobody(rs.id.data) {
		err = chip.ErrNoAnswer
	}
	return fmt.Errorf("%w: register 0x%02X is %s, it should be %v", err, want.At, hex(rs.id.data), want)
}

// nobody reports whether b may be what comes over a wire that nobody drives.
func nobody(b []byte) bool {
	zeros, ones := 0, 0
	for _, x := range b {
		switch x {
		case 0:
			zeros++
		case 0xFF:
			ones++
		}
	}
	return zeros == len(b) || ones == len(b)
}

func (rs *registers) start(_ context.Context, c chip.Conn) error {
	if err := rs.identify(c); err != nil {
		return err
	}
	for i := range rs.setup {
		if err := rs.setup[i].do(c); err != nil {
			return err
		}
	}
	return nil
}

func (rs *registers) forget() {
	for _, g := range rs.groups {
		g.mark(false)
	}
}

func (rs *registers) exits() []operation { return rs.ends }

// measurement is a Measure, ready to be carried out.
type measurement struct {
	Measure
	start []transfer
	ready transfer // reads what Ready is about
}

func newMeasurement(m *Map, duplex bool) *measurement {
	e := &measurement{Measure: *m.Measure, start: m.settings(m.Measure.Start, duplex)}
	if e.Ready != nil {
		e.ready = m.reading(e.Ready.At, len(e.Ready.Want), duplex)
	}
	if e.Timeout == 0 {
		e.Timeout = defaultReadyTimeout
	}
	return e
}

// readyPoll is the pause between two looks at whether a chip is ready.
const readyPoll = time.Millisecond

// do measures once.
func (e *measurement) do(ctx context.Context, c chip.Conn) error {
	for i := range e.start {
		if err := e.start[i].do(c); err != nil {
			return err
		}
	}
	if e.Wait > 0 {
		if err := chip.Wait(ctx, c, e.Wait); err != nil {
			return err
		}
	}
	if e.Ready == nil {
		return nil
	}
	for end := time.Now().Add(e.Timeout); ; {
		if err := e.ready.do(c); err != nil {
			return err
		}
		switch {
		case e.Ready.holds(e.ready.data):
			return nil
		case !time.Now().Before(end):
			return fmt.Errorf("%w: after %v register 0x%02X is %s, it should be %v", chip.ErrNotReady, e.Timeout, e.Ready.At, hex(e.ready.data), e.Ready)
		}
		if err := chip.Wait(ctx, c, readyPoll); err != nil {
			return err
		}
	}
}

// shareTime is how long the other channels of a group, or of a chip, may take their
// values from one reading: long enough for one scan, too short for a value to grow old.
const shareTime = 100 * time.Millisecond

// group is what is read together, and then shared by its registers. operation.
type group struct {
	// immutable
	registers *registers
	measure   *measurement // nil: none
	blocks    []*block

	fresh []bool // of each register: it has a value that it has not delivered yet
	taken time.Time
}

func newGroup(rs *registers, e *measurement, blocks ...*block) *group {
	g := &group{registers: rs, measure: e, blocks: blocks}
	for _, b := range blocks {
		for _, r := range b.registers {
			r.group, r.index = g, len(g.fresh)
			g.fresh = append(g.fresh, false)
		}
	}
	return g
}

// mark sets whether all registers of the group have a value to deliver.
func (g *group) mark(fresh bool) {
	for i := range g.fresh {
		g.fresh[i] = fresh
	}
}

func (g *group) do(ctx context.Context, c chip.Conn) error {
	began := time.Now()
	if g.registers.device.duplex { // where nobody acknowledges, a chip that is gone still reads as something
		if err := g.registers.identify(c); err != nil {
			return err
		}
	}
	if g.measure != nil {
		if err := g.measure.do(ctx, c); err != nil {
			return err
		}
		began = time.Now() // those that come behind do not measure again
	}
	for _, b := range g.blocks {
		if err := b.read.do(c); err != nil {
			return err
		}
	}
	g.taken = began
	g.mark(true)
	return nil
}

// block is what is read in one transaction.
type block struct {
	at        uint32
	size      int
	registers []*register
	read      transfer
}

// makeBlocks assigns each register to a block: those of the same place share one, and
// those that follow each other without a gap if the map says that they can.
func makeBlocks(list []*register, m *Map, duplex bool) []*block {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b *register) int {
		if a.at != b.at {
			return int(int64(a.at) - int64(b.at))
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
		case last != nil && m.Block && int64(r.at) <= int64(last.at)+int64(last.size):
			last.size = max(last.size, int(r.at-last.at)+size)
		case last != nil && r.at == last.at && size == last.size:
		default:
			last = &block{at: r.at, size: size}
			blocks = append(blocks, last)
		}
		last.registers = append(last.registers, r)
	}
	for _, b := range blocks {
		b.read = m.reading(b.at, b.size, duplex)
		for _, r := range b.registers {
			first := int(r.at - b.at)
			r.bytes = b.read.data[first : first+r.codec.typ.Size()]
		}
	}
	return blocks
}
