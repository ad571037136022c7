package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/modbus"
	"github.com/ioclet/ioclet/pv"
)

// ModbusOptions say how simulated Modbus slaves behave.
type ModbusOptions struct {
	// Values are by slave and value of the driver's options.
	Values map[ValueID]ValueOptions
	Seed   uint64
}

// Modbus is the far end of a line, or of a connection, with simulated slaves that speak real
// frames. To put it in the place of the real one:
//
//	opts.Dial = slaves.Dial
//
// Registers and bits keep what is written to them, all at first 0; those of values with an
// expression follow from it. Its methods may be called from any goroutine.
type Modbus struct {
	mode modbus.Mode

	mu     sync.Mutex
	clock  clock
	slaves map[uint8]*modbusSlave
}

// modbusSlave is a simulated slave. Everything is guarded by Modbus's lock.
type modbusSlave struct {
	tables [4]map[uint16]uint16
	values []*modbusValue
	fault  Fault
}

// modbusValue is a value of a slave.
type modbusValue struct {
	table      modbus.Table
	address    uint16
	codec      modbus.Codec
	registers  []uint16    // scratch
	expression *expression // nil: it is what was written
	written    float64
}

// NewModbus makes the slaves that belong to a line. All that is wrong is reported, joined.
func NewModbus(o modbus.Options, opts ModbusOptions) (*Modbus, error) {
	m := &Modbus{
		mode: o.Mode, slaves: map[uint8]*modbusSlave{},
		clock: clock{now: time.Now(), random: rand.New(rand.NewPCG(opts.Seed, 3))},
	}
	used := map[ValueID]bool{}
	var errs []error
	for i := range o.Slaves {
		s, err := newModbusSlave(&o.Slaves[i], i, opts.Values, &m.clock)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		m.slaves[o.Slaves[i].Unit] = s
		for j := range s.values {
			used[ValueID{i, j}] = true
		}
	}
	for id := range opts.Values {
		if !used[id] && len(errs) == 0 {
			errs = append(errs, &ValueError{id, "modbus", errors.New("no slave has it")})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return m, nil
}

func newModbusSlave(o *modbus.Slave, index int, options map[ValueID]ValueOptions, clk *clock) (*modbusSlave, error) {
	s := &modbusSlave{}
	for t := range s.tables {
		s.tables[t] = map[uint16]uint16{}
	}
	names := make([]string, len(o.Values))
	reads := make([][]int, len(o.Values))
	for i := range names {
		if names[i] = options[ValueID{index, i}].Name; names[i] == "" {
			names[i] = fmt.Sprintf("V%d", i) // no two alike
		}
	}
	order := o.Order
	if order == modbus.DefaultOrder {
		order = modbus.ABCD
	}
	for i, spec := range o.Values {
		id := ValueID{index, i}
		codec, err := modbus.NewCodec(spec, order)
		if err != nil {
			return nil, &ValueError{id, o.Name, err}
		}
		v := &modbusValue{table: spec.Table, address: spec.Address, codec: codec, registers: make([]uint16, codec.Registers())}
		if text := options[id].Expression; text != "" {
			if v.expression, err = compile(text, names, clk); err != nil {
				return nil, &ValueError{id, o.Name, fmt.Errorf("sim: %w", err)}
			}
			reads[i] = v.expression.program.Reads()
		}
		s.values = append(s.values, v)
	}
	if err := circle(names, reads); err != nil {
		return nil, fmt.Errorf("%s: sim: %w", o.Name, err)
	}
	return s, nil
}

// Dial connects to the slaves. A modbus.Options.Dial.
func (m *Modbus) Dial(ctx context.Context) (io.ReadWriteCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	c := &modbusConn{Conn: near}
	// ends with the connection
	go func() {
		defer far.Close()
		c.crash = drivers.Guard("simulated Modbus", func() error { m.serve(far); return nil })
	}()
	return c, nil
}

// modbusConn is a connection to simulated slaves.
type modbusConn struct {
	net.Conn
	crash error // why the far end has closed it, if not nil
}

// Read tells why there is nothing more to read.
func (c *modbusConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == io.EOF { // the far end is closed, crash has been set
		err = cmp.Or(c.crash, err)
	}
	return n, err
}

func (m *Modbus) serve(conn net.Conn) {
	var in, out []byte
	buf := make([]byte, 512)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		out, in = modbus.Answer(out[:0], append(in, buf[:n]...), m.mode, m)
		if len(out) == 0 {
			continue
		}
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

// slave is that of a number, if it answers. m.mu is held.
func (m *Modbus) slave(unit uint8) (*modbusSlave, error) {
	s := m.slaves[unit]
	switch {
	case s == nil || s.fault == NACK || s.fault == Stuck:
		return nil, modbus.ErrNoUnit
	case s.fault == Garbage:
		return nil, modbus.DeviceFailure
	}
	m.clock.now = time.Now()
	return s, nil
}

// Get reads registers or bits. modbus.Memory.
func (m *Modbus) Get(unit uint8, t modbus.Table, address uint16, into []uint16) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.slave(unit)
	if err != nil {
		return err
	}
	for _, v := range s.values {
		if v.expression != nil && v.within(t, address, len(into)) {
			s.put(v, s.value(v)) // what does not fit leaves the registers as they were
		}
	}
	for i := range into {
		into[i] = s.tables[t][address+uint16(i)]
	}
	return nil
}

// Set writes registers or coils. modbus.Memory.
func (m *Modbus) Set(unit uint8, t modbus.Table, address uint16, values []uint16) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.slave(unit)
	if err != nil {
		return err
	}
	for i, x := range values {
		s.tables[t][address+uint16(i)] = x
	}
	for _, v := range s.values {
		if v.within(t, address, len(values)) {
			v.written = s.get(v).Float64()
		}
	}
	return nil
}

// SetFault sets what is wrong with a slave: with NACK and Stuck it does not answer, with
// Garbage it refuses everything.
func (m *Modbus) SetFault(unit uint8, f Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.slaves[unit]; s != nil {
		s.fault = f
	}
}

// within reports whether the value has registers, or bits, among the n from first on.
func (v *modbusValue) within(t modbus.Table, first uint16, n int) bool {
	return v.table == t && int(v.address) < int(first)+n && int(first) < int(v.address)+v.codec.Registers()
}

// get is what the registers of a value mean.
func (s *modbusSlave) get(v *modbusValue) pv.Value {
	for i := range v.registers {
		v.registers[i] = s.tables[v.table][v.address+uint16(i)]
	}
	return v.codec.Decode(v.registers)
}

// put gives the registers of a value x, all elements of an array alike.
func (s *modbusSlave) put(v *modbusValue, x float64) {
	value := pv.Float64Value(x)
	now := s.get(v) // in registers, too, for the bits that stay
	if now.Kind() == pv.String {
		value = pv.StringValue(fmt.Sprint(x))
	}
	if now.IsArray() {
		all := make([]float64, now.Len())
		for i := range all {
			all[i] = x
		}
		value = pv.ArrayValue(all)
	}
	n, err := v.codec.Encode(v.registers, value)
	if err != nil {
		return
	}
	for i, r := range v.registers[:n] {
		s.tables[v.table][v.address+uint16(i)] = r
	}
}

// value is what a value is now.
func (s *modbusSlave) value(v *modbusValue) float64 {
	if v.expression == nil {
		return s.get(v).Float64()
	}
	return v.expression.eval(func(i int) float64 {
		if s.values[i] == v {
			return v.written
		}
		return s.value(s.values[i])
	})
}
