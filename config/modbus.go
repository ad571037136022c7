package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/modbus"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

// modbusModel is a line or a connection with Modbus slaves on it: what one worker owns.
type modbusModel struct {
	name      string
	transport serial.Transport
	options   modbus.Options // without Dial
	sims      map[sim.ValueID]sim.ValueOptions

	pos    Pos
	unit   key[uint8] // for a slave that does not say its own
	shared bool       // stands under ports:
	used   bool       // by a device
}

func (m *modbusModel) title() string                  { return "port " + m.name }
func (m *modbusModel) worker(b *builder) *device.Port { return b.modbuses[m].worker }

func (*modbusModel) about(string) string        { return "" }
func (*modbusModel) subject(unit string) string { return unit }

func (m *modbusModel) driver() (drivers.Driver, error) {
	o := m.options
	o.Dial = noDial
	return modbus.New(o)
}

// noDial is for drivers that are only looked at.
func noDial(context.Context) (io.ReadWriteCloser, error) { return nil, drivers.ErrAbsent }

// stuck is after what time an operation counts as stuck: opening the port, or a write,
// its readback, and the same again if a block is refused.
func (m *modbusModel) stuck() time.Duration {
	timeout := time.Second
	for _, s := range m.options.Slaves {
		timeout = max(timeout, s.Timeout)
	}
	return stuckMargin + max(settleOf(m.transport), 4*(m.options.Pause+timeout))
}

// isModbus reports whether a device is a slave: by its own connection, or by that of
// ports: that it names; if there is none of that name, by its PVs.
func (c *checker) isModbus(k *deviceKeys) bool {
	shared := k.Port.Value.Shared
	if !shared.Set {
		return k.Port.Value.Modbus.Set
	}
	if h, known := c.shared[shared.Value]; known {
		_, is := h.(*modbusModel)
		return is
	}
	return slices.ContainsFunc(k.PVs, func(p named[pvKeys]) bool {
		return p.Value.Holding.Set || p.Value.Input.Set || p.Value.Coil.Set || p.Value.Discrete.Set
	})
}

// sharedModbus is one of ports: with Modbus; one of no use, but not nil, if there is none of
// that name.
func (c *checker) sharedModbus(name key[string]) *modbusModel {
	if m, ok := c.shared[name.Value].(*modbusModel); ok {
		return m
	}
	c.sharedPort(name) // says so
	return &modbusModel{sims: map[sim.ValueID]sim.ValueOptions{}, shared: true}
}

// modbusPort checks one connection with slaves and adds it to the model.
func (c *checker) modbusPort(name string, at Pos, k *portKeys) *modbusModel {
	in := &k.Modbus.Value
	m := &modbusModel{name: name, options: modbus.Options{Name: name}, sims: map[sim.ValueID]sim.ValueOptions{}, pos: at, unit: in.Unit}
	if k.ways() > 0 {
		c.problem(at, "what carries it inside modbus:", "%s is connected in several ways", name)
	}
	c.noLine(&k.lineKeys)
	c.notLong("delay", k.Delay)
	m.transport = c.transport(name, k.Modbus.Pos, &in.transportKeys)
	m.options.Pause = k.Delay.Value
	line, serialLine := -1, true
	switch t := m.transport.(type) {
	case serial.Line:
		c.usesPort(t.Path, name, at)
		line = t.Baud
	case serial.RFC2217:
		line = t.Line.Baud
	default:
		serialLine = false
	}
	if serialLine || in.RTU.Value {
		m.options.Mode = modbus.RTU
		if line == 0 {
			line = defaultBaud
		}
		m.options.Pause = max(m.options.Pause, modbus.Silence(line))
	}
	if serialLine && in.RTU.Set && !in.RTU.Value {
		c.problem(in.RTU.Pos, "", "rtu: on a serial line there are no other frames")
	}
	c.model.modbuses = append(c.model.modbuses, m)
	return m
}

// defaultBaud is the rate of a serial line that does not say its own.
const defaultBaud = 9600

// slaveDevice is a Modbus slave while its PVs are checked.
type slaveDevice struct {
	name  string
	model *modbusModel
	index int // among the slaves
}

func (d *slaveDevice) slave() *modbus.Slave { return &d.model.options.Slaves[d.index] }

// modbusDevice checks a slave with its PVs.
func (c *checker) modbusDevice(d *named[deviceKeys], s scope) {
	k := &d.Value
	c.strangers(blockOf(k), "modbus", "belongs to devices with %s:, this one has %s:")
	var m *modbusModel
	if shared := k.Port.Value.Shared; shared.Set {
		m = c.sharedModbus(shared)
	} else {
		at := k.Port.Pos
		if at.usedBy() != nil { // only the settings of the line are the instrument's
			at = d.Pos
		}
		m = c.modbusPort(d.Name, at, &k.Port.Value.portKeys)
	}
	m.used = true
	s.slave = &slaveDevice{d.Name, m, len(m.options.Slaves)}
	m.options.Slaves = append(m.options.Slaves, c.slave(d, m))
	if len(k.PVs) == 0 && !d.Bad {
		c.problem(d.Pos, "pvs:", "%s has no PVs", d.Name)
	}
	bad := map[string]bool{}
	for i := range k.PVs {
		if c.problems.full() {
			return
		}
		p := &k.PVs[i]
		before := len(*c.problems)
		c.pv(p, s)
		bad[p.Name] = len(*c.problems) > before
	}
	c.simulatedSlave(d, s.slave, bad)
	c.deviceStatus(d, m, !m.shared)
}

// Numbers of slaves on a line (MODBUS over Serial Line V1.02, 2.2).
const maxUnit = 247

// slave checks what is said of the slave as such.
func (c *checker) slave(d *named[deviceKeys], m *modbusModel) modbus.Slave {
	k := &d.Value
	c.notLong("timeout", k.Timeout)
	unit := k.Unit
	if !unit.Set {
		unit = m.unit
	} else if m.unit.Set && !m.shared {
		c.problem(unit.Pos, "", "unit stands inside modbus: already, in line %d", m.unit.Pos.Line)
	}
	number := unit.or(1)
	if !unit.Set {
		unit.Pos = d.Pos
	}
	if m.options.Mode == modbus.RTU && (number < 1 || number > maxUnit) {
		c.problem(unit.Pos, fmt.Sprintf("1 to %d on a serial line", maxUnit), "unit: %d", number)
	}
	for _, other := range m.options.Slaves {
		if other.Unit == number {
			c.problem(unit.Pos, "another number", "unit: %d is %s already", number, other.Name)
		}
	}
	order, _ := modbus.ParseOrder(k.Order.Value) // no such order: reported by the decoder
	s := modbus.Slave{Name: d.Name, Unit: number, Timeout: k.Timeout.Value, Order: order, Gap: k.MaxGap.Value, MaxRead: k.MaxRead.Value, Multiple: k.WriteMultiple.Value}
	if k.MaxGap.Set {
		switch {
		case k.MaxGap.Value < 0 || k.MaxGap.Value > maxRead:
			c.problem(k.MaxGap.Pos, fmt.Sprintf("0 to %d registers", maxRead), "max_gap: %d", k.MaxGap.Value)
		case k.MaxGap.Value == 0:
			s.Gap = -1
		}
	}
	if k.MaxRead.Set && (k.MaxRead.Value < 1 || k.MaxRead.Value > maxRead) {
		c.problem(k.MaxRead.Pos, fmt.Sprintf("1 to %d registers", maxRead), "max_read: %d", k.MaxRead.Value)
		s.MaxRead = 0
	}
	return s
}

// maxRead is how many registers a request may ask for.
const maxRead = 125

// slaveSource is a value of a slave.
type slaveSource struct {
	*slaveDevice
	index   int // among the slave's values
	options device.Options
}

func (s *slaveSource) describe() string {
	slave := s.slave()
	v := slave.Values[s.index]
	return fmt.Sprintf("%s unit %d %v %d", s.name, slave.Unit, v.Table, v.Address)
}

func (s *slaveSource) support(simulated bool) string { return support("Modbus", simulated) }

func (s *slaveSource) build(b *builder, p *PV) error {
	w := b.modbuses[s.model]
	_, err := w.worker.Add(b.ioc.Database(), b.spec(p), w.driver.Channel(s.slaveDevice.index, s.index), s.options)
	return err
}

// coilStates are the states of a bit that has none of its own.
var coilStates = []string{"Off", "On"}

// slaveValue checks a PV with holding:, input:, coil: or discrete:.
func (c *checker) slaveValue(n *named[pvKeys], d *slaveDevice) nature {
	k := &n.Value
	before := len(*c.problems)
	typ := registerType(c, k.Type, modbusTypes, busTypes, "Modbus")
	order, _ := modbus.ParseOrder(k.Order.Value)
	v := modbus.Value{Name: n.Name, Type: typ, Order: order, Bit: k.Bit.Value, Count: int(k.Count.Value.Elements), Scale: k.Scale.Value, Offset: k.Offset.Value}
	switch {
	case k.Holding.Set:
		v.Table, v.Address, v.Write = modbus.Holding, k.Holding.Value, true
	case k.Input.Set:
		v.Table, v.Address = modbus.Input, k.Input.Value
	case k.Coil.Set:
		v.Table, v.Address, v.Write = modbus.Coil, k.Coil.Value, true
	default:
		v.Table, v.Address = modbus.Discrete, k.Discrete.Value
	}
	bits := v.Table == modbus.Coil || v.Table == modbus.Discrete
	if k.Bit.Set && !k.Type.Set && !bits {
		v.Type = modbus.Bit
	}
	c.onlyIf(v.Type == modbus.Bit && !bits, k.Bit.Set, k.Bit.Pos, "bit", "a register without another type")
	c.worth(k.Scale, "count ")
	if k.Write.Set {
		yes := c.yes("write", k.Write, "a register or coil")
		c.onlyIf(v.Write, yes, k.Write.Pos, "write: yes", "holding: or coil:")
		v.Write = v.Write && yes
	}
	nat := nature{kind: pv.Int64, output: v.Write, polled: true}
	switch {
	case v.Type == modbus.String:
		nat.kind = pv.String
		if v.Count <= longestString {
			k.Count = key[counting]{} // is the slave's affair
		}
	case (bits || v.Type == modbus.Bit) && !k.Count.Set:
		nat.kind, nat.states = pv.Enum, coilStates
	case k.Scale.Set || k.Offset.Set || v.Type == modbus.Float32 || v.Type == modbus.Float64:
		nat.kind = pv.Float64
	case v.Type == modbus.Int64 || v.Type == modbus.Uint32:
		nat.wide = true
	}
	initial := c.outputValue("initial", k.Initial, k, nat, pv.Invalid)
	v.OnExit = c.outputValue("on_exit", k.OnExit, k, nat, pv.Invalid)
	good := len(*c.problems) == before
	if good {
		if _, err := modbus.NewCodec(v, modbus.ABCD); err != nil {
			c.problem(n.Pos, "", "%s: %v", n.Name, err)
			good = false
		}
	}
	if !good {
		v = modbus.Value{Name: n.Name} // is good enough to go on with
	}
	slave := d.slave()
	s := &slaveSource{slaveDevice: d, index: len(slave.Values), options: device.Options{Initial: initial, Unit: d.name}}
	nat.source = s
	d.model.sims[sim.ValueID{Device: d.index, Index: s.index}] = sim.ValueOptions{Name: n.Name, Expression: k.Sim.Value}
	slave.Values = append(slave.Values, v)
	return nat
}

// simulatedSlave has the driver and the simulator look at the values of a slave together.
func (c *checker) simulatedSlave(d *named[deviceKeys], dev *slaveDevice, bad map[string]bool) {
	slave := *dev.slave()
	slave.Unit = 1 // a bad one is known
	alone := modbus.Options{Dial: noDial, Slaves: []modbus.Slave{slave}}
	_, err := modbus.New(alone)
	values := map[sim.ValueID]sim.ValueOptions{}
	for i := range slave.Values {
		values[sim.ValueID{Index: i}] = dev.model.sims[sim.ValueID{Device: dev.index, Index: i}]
	}
	_, err2 := sim.NewModbus(alone, sim.ModbusOptions{Values: values})
	pvs := pvsByName(&d.Value)
	for _, e := range split(errors.Join(err, err2)) {
		at, name := d.Pos, ""
		var ve *sim.ValueError
		var we *modbus.ValueError
		switch {
		case errors.As(e, &ve):
			name, e = values[ve.ID].Name, ve.Err
		case errors.As(e, &we):
			name, e = we.Value, we.Err
		default:
			e = innermost(e)
		}
		if p := pvs[name]; p != nil {
			at = p.Value.lineAt(e.Error(), p.Pos)
		}
		if !bad[name] {
			c.problem(at, "", "%v", e)
		}
	}
}

// modbusWorker is a connection with its slaves and the worker that owns it.
type modbusWorker struct {
	driver *modbus.Driver
	worker *device.Port
}

func (b *builder) modbus(m *modbusModel) error {
	options := m.options
	options.Log = b.log
	transport := m.transport
	if l, ok := transport.(*serial.Listener); ok {
		transport = l.Renew() // each IOC listens for itself
	}
	options.Dial = func(ctx context.Context) (io.ReadWriteCloser, error) { return transport.Dial(ctx) }
	if b.sim != nil {
		slaves, err := sim.NewModbus(options, sim.ModbusOptions{Values: m.sims, Seed: seedOf(m.name)})
		if err != nil {
			return fmt.Errorf("port %s: %w", m.name, err)
		}
		options.Dial = slaves.Dial
		b.sim.onSlaves(m, slaves)
	}
	driver, err := modbus.New(options)
	if err != nil {
		return fmt.Errorf("port %s: %w", m.name, err)
	}
	b.modbuses[m] = &modbusWorker{driver, b.port(m.name, driver, m.stuck())}
	return nil
}
