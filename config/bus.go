package config

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"periph.io/x/conn/v3/physic"
	periph "periph.io/x/conn/v3/spi"

	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/drivers/i2c"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/spi"
)

// busModel is a bus with what is on it: what one worker owns.
type busModel struct {
	kind    chip.Bus
	name    string // "i2c-1"
	i2c     string // its name among I2C buses: "1"
	spi     int    // its number among SPI buses
	devices []*busDevice
	sims    map[sim.ValueID]sim.ValueOptions
}

// busDevice is what is at one place of a bus: a chip or a register map.
type busDevice struct {
	name    string // of the device
	bus     *busModel
	index   int // among the bus's devices
	retries int
	kind    chip.Bus
	i2c     i2c.Device // where it is on an I2C bus
	spi     spi.Device // where it is on an SPI bus

	registers bus.Map
	recovery  *recoveryModel // nil: it is not switched off and on

	model    *chip.Model // nil: it is a register map
	settings chip.Settings
	values   []chip.Value
	exits    map[int]float64
}

func (d *busDevice) isChip() bool { return d != nil && d.model != nil }

// place is what the bus's driver calls the device.
func (d *busDevice) place() string {
	if d.kind == chip.OnSPI {
		return d.spi.String()
	}
	return d.i2c.String()
}

// describe says where the device is, for people.
func (d *busDevice) describe() string {
	if d.kind == chip.OnSPI {
		return fmt.Sprintf("spi bus %d %s", d.bus.spi, d.place())
	}
	return fmt.Sprintf("i2c bus %s address %s", d.bus.i2c, d.place())
}

func (d *busDevice) support(simulated bool) string {
	return support(map[chip.Bus]string{chip.OnI2C: "I2C", chip.OnSPI: "SPI"}[d.kind], simulated)
}

// open makes the driver of the bus, or if simulated is not nil of a simulated one, with
// chips of its own.
func (m *busModel) open(simulated *simulation) (*bus.Driver, error) {
	if m.kind == chip.OnSPI {
		o := spi.Options{Bus: m.spi}
		for _, d := range m.devices {
			dev, err := d.spi, error(nil)
			dev.Retries, dev.Map, dev.Exit = d.retries, d.registers, d.exits
			if dev.Chip, err = d.newChip(); err != nil {
				return nil, err
			}
			o.Devices = append(o.Devices, dev)
		}
		if simulated != nil {
			s, err := sim.NewSPI(o, m.simulation())
			if err != nil {
				return nil, err
			}
			o.OpenPort = s.Open
			simulated.onBus(m, s.Devices)
		}
		return spi.New(o)
	}
	o := i2c.Options{Bus: m.i2c}
	for _, d := range m.devices {
		dev, err := d.i2c, error(nil)
		dev.Retries, dev.Map, dev.Exit = d.retries, d.registers, d.exits
		if dev.Chip, err = d.newChip(); err != nil {
			return nil, err
		}
		o.Devices = append(o.Devices, dev)
	}
	if simulated != nil {
		s, err := sim.NewI2C(o, m.simulation())
		if err != nil {
			return nil, err
		}
		o.OpenBus = s.Open
		simulated.onBus(m, s.Devices)
	}
	return i2c.New(o)
}

// newChip is what knows the device's chip, nil if it is a register map.
func (d *busDevice) newChip() (chip.Chip, error) {
	if !d.isChip() {
		return nil, nil
	}
	return d.model.New(d.kind, d.settings)
}

// simulation describes how what is on the bus behaves. Each call makes new twins.
func (m *busModel) simulation() sim.BusOptions {
	o := sim.BusOptions{Values: m.sims, Twins: map[int]chip.Twin{}, Seed: seedOf(m.name)}
	for i, d := range m.devices {
		if d.isChip() {
			o.Twins[i] = d.model.Twin(d.kind, d.settings)
		}
	}
	return o
}

var byteOrders = map[string]bus.Order{"big": bus.BigEndian, "little": bus.LittleEndian}

// onBus checks where a device is and what it is. d gets the scan of its PVs.
func (c *checker) onBus(d *named[deviceKeys]) *busDevice {
	k := &d.Value
	dev := &busDevice{name: d.Name, retries: k.Retries.Value}
	switch {
	case k.Retries.Set && k.Retries.Value == 0:
		dev.retries = -1
	case k.Retries.Value < 0 || k.Retries.Value > maxRetries:
		c.problem(k.Retries.Pos, fmt.Sprintf("0 to %d", maxRetries), "retries: %d", k.Retries.Value)
	}
	if k.Scan.Set {
		c.onlyIf(!k.Defaults.Scan.Set, true, k.Scan.Pos, "scan", "to stand in one place: it stands in defaults:, too")
		k.Defaults.Scan = k.Scan
	}
	if k.SPI.Set {
		dev.kind = chip.OnSPI
	}
	c.chip(d, dev)
	if k.SPI.Set {
		c.spi(d, dev)
	} else {
		c.i2c(d, dev)
	}
	if !dev.isChip() {
		c.registerMap(d, dev)
	}
	return dev
}

// maxRetries keeps a dead device from holding up the bus.
const maxRetries = 20

// i2c checks where on an I2C bus a device is.
func (c *checker) i2c(d *named[deviceKeys], dev *busDevice) {
	k := &d.Value.I2C.Value
	at := &dev.i2c
	switch {
	case k.Address.Bad:
	case k.Address.Set:
		at.Address = k.Address.Value
		c.address("address", k.Address)
	case dev.isChip() && dev.model.I2C != nil:
		at.Address = dev.model.I2C.Addresses[0]
	case !d.Bad:
		c.problem(d.Value.I2C.Pos, "address: such as 0x48", "i2c of %s has no address", d.Name)
	}
	if m := k.Mux; m.Set {
		at.Mux = &i2c.Mux{Address: m.Value.Address.or(0x70), Port: m.Value.Port.Value}
		c.address("mux: address", m.Value.Address)
		switch port := m.Value.Port; {
		case !port.Set && !port.Bad:
			c.problem(m.Pos, "port: 0 to 7", "mux: which port?")
		case port.Value < 0 || port.Value > 7:
			c.problem(port.Pos, "0 to 7", "mux: port: %d", port.Value)
		}
	}
	if dev.isChip() {
		c.suitsI2C(d, dev)
	}
	number := k.Bus.or("1")
	if n, err := strconv.Atoi(number); number == "" || err == nil && (n < 0 || strconv.Itoa(n) != number) {
		c.problem(k.Bus.Pos, "a bus number, 1 for /dev/i2c-1, the path of a link to it, or an adapter's name", "bus: %s", number)
	}
	c.usesBus("i2c-"+number, d.Name, d.Value.I2C.Pos)
	b := c.busNamed("i2c-" + number)
	b.i2c = number
	for _, other := range b.devices {
		if (k.Address.Set || dev.isChip()) && i2c.Collide(at, &other.i2c) {
			pos := d.Value.I2C.Pos
			if k.Address.Set {
				pos = k.Address.Pos
			}
			c.problem(pos, "", "address %v on bus %s is used already by %s", at, number, other.name)
			break
		}
	}
	b.add(dev)
}

// address checks an address on an I2C bus.
func (c *checker) address(what string, k key[uint16]) {
	if k.Set && (k.Value < i2c.MinAddress || k.Value > i2c.MaxAddress) {
		c.problem(k.Pos, fmt.Sprintf("0x%02X to 0x%02X", i2c.MinAddress, i2c.MaxAddress), "%s: %#02x", what, k.Value)
	}
}

// spi checks where on an SPI bus a device is, and how it is talked to.
func (c *checker) spi(d *named[deviceKeys], dev *busDevice) {
	k := &d.Value.SPI.Value
	at := &dev.spi
	if number := k.Bus; number.Value < 0 {
		c.problem(number.Pos, "a bus number, 0 for /dev/spidev0.0", "bus: %d", number.Value)
	}
	if k.CS.Value < 0 || k.CS.Value > spi.MaxCS {
		c.problem(k.CS.Pos, fmt.Sprintf("0 to %d", spi.MaxCS), "cs: %d", k.CS.Value)
	}
	if k.Mode.Value < 0 || k.Mode.Value > 3 {
		c.problem(k.Mode.Pos, "0 to 3", "mode: %d", k.Mode.Value)
	}
	if k.Bits.Set && (k.Bits.Value < 1 || k.Bits.Value > spi.MaxBits) {
		c.problem(k.Bits.Pos, fmt.Sprintf("1 to %d", spi.MaxBits), "bits: %d", k.Bits.Value)
	}
	speed := physic.Frequency(k.Speed.Value)
	if k.Speed.Set && (speed < spi.MinSpeed || speed > spi.MaxSpeed) {
		c.problem(k.Speed.Pos, fmt.Sprintf("%v to %v", spi.MinSpeed, spi.MaxSpeed), "speed: %v", speed)
	}
	at.CS, at.Mode, at.Bits, at.Speed = k.CS.Value, periph.Mode(k.Mode.Value), k.Bits.Value, speed
	if dev.isChip() {
		c.suitsSPI(d, dev)
	}
	if k.ThreeWire.Value {
		at.Mode |= periph.HalfDuplex
	}
	c.usesBus(fmt.Sprintf("spidev%d.%d", k.Bus.Value, at.CS), d.Name, d.Value.SPI.Pos)
	b := c.busNamed(fmt.Sprintf("spi-%d", k.Bus.Value))
	b.kind, b.spi = chip.OnSPI, k.Bus.Value
	for _, other := range b.devices {
		if other.spi.CS == at.CS {
			c.problem(d.Value.SPI.Pos, "", "%v of bus %d is used already by %s", at, b.spi, other.name)
			break
		}
	}
	b.add(dev)
}

// busNamed is the bus of that name.
func (c *checker) busNamed(name string) *busModel {
	if c.buses[name] == nil {
		c.buses[name] = &busModel{name: name, sims: map[sim.ValueID]sim.ValueOptions{}}
		c.model.buses = append(c.model.buses, c.buses[name])
	}
	return c.buses[name]
}

func (m *busModel) add(d *busDevice) {
	d.bus, d.index = m, len(m.devices)
	m.devices = append(m.devices, d)
	for i, v := range d.values {
		m.sims[sim.ValueID{Device: d.index, Index: i}] = sim.ValueOptions{Name: v.Name}
	}
}

// registerMap checks how the registers of a device are reached.
func (c *checker) registerMap(d *named[deviceKeys], dev *busDevice) {
	k := &d.Value
	m := bus.Map{
		Order: byteOrders[k.ByteOrder.Value], Block: k.Block.Value, AddressSize: k.AddressSize.Value,
		ReadBits: k.ReadBits.Value, WriteBits: k.WriteBits.Value, Exchange: k.Exchange.Value,
	}
	if k.AddressSize.Set && (m.AddressSize < 1 || m.AddressSize > 2) {
		c.problem(k.AddressSize.Pos, "1 or 2", "address_size: %d", m.AddressSize)
		m.AddressSize = 0
	}
	if m.Exchange {
		c.strange(k, "%s is about addresses of registers, but there are none with exchange:", "address")
		c.onlyIf(!k.SPI.Value.ThreeWire.Value, true, k.Exchange.Pos, "exchange", "a wire for each direction")
		dev.registers = bus.Map{Exchange: true, Order: m.Order}
		return
	}
	m.Init = c.settings("init", k.Init, &m)
	m.Identity = c.condition("identity", k.Identity, &m)
	if e := k.Measure.Value; k.Measure.Set {
		m.Measure = &bus.Measure{Start: c.settings("start", e.Start, &m), Wait: e.Wait.Value, Ready: c.condition("ready", e.Ready, &m), Timeout: e.Timeout.Value}
		c.onlyIf(e.Ready.Set || e.Ready.Bad, e.Timeout.Set, e.Timeout.Pos, "timeout", "ready:")
		if err := m.Check(!k.SPI.Value.ThreeWire.Value && k.SPI.Set); err != nil {
			c.problem(k.Measure.Pos, "", "%v", err)
			m.Measure = nil
		}
	}
	if writes := slices.ContainsFunc(k.PVs, func(p named[pvKeys]) bool { return p.Value.Write.Set }); k.SPI.Set && !k.ReadBits.Set && !k.WriteBits.Set {
		c.onlyIf(!writes && !k.Init.Set && !k.Measure.Value.Start.Set, true, k.SPI.Pos, "a chip on SPI that is written to", "read_bits: or write_bits:, such as 0x80")
	}
	if m.ReadBits|m.WriteBits >= 1<<(8*m.Addresses()) {
		c.problem(d.Pos, "", "read_bits and write_bits: an address has %d bits", 8*m.Addresses())
		m.ReadBits, m.WriteBits = 0, 0
	}
	dev.registers = m
}

// settings reads what is written to registers.
func (c *checker) settings(what string, k key[[]key[string]], m *bus.Map) (list []bus.Setting) {
	for _, line := range k.Value {
		s, err := parseSetting(line.Value, m)
		if err != nil {
			c.problem(line.Pos, `"register <- value" such as "0x01 <- 0xC383"`, "%s: %v", what, err)
			continue
		}
		list = append(list, s)
	}
	return list
}

// parseSetting reads "0x01 <- 0xC383": a register and its bytes, as many as the
// hexadecimal digits make, in the order in which they are written.
func parseSetting(line string, m *bus.Map) (s bus.Setting, err error) {
	left, right, ok := strings.Cut(line, "<-")
	if !ok {
		return s, fmt.Errorf("%q", line)
	}
	if s.At, err = parseAt(left, m); err != nil {
		return s, err
	}
	s.Data, err = parseBytes(right)
	return s, err
}

// parseAt reads the address of a register.
func parseAt(text string, m *bus.Map) (uint32, error) {
	text = strings.TrimSpace(text)
	at, err := strconv.ParseUint(text, 0, 8*m.Addresses())
	if err != nil {
		return 0, fmt.Errorf("%q is not a register", text)
	}
	return uint32(at), nil
}

// parseBytes reads the bytes that "0xC383" stands for.
func parseBytes(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok || len(digits) == 0 || len(digits) > 8 || len(digits)%2 != 0 {
		return nil, fmt.Errorf("%q is not a value of whole bytes", text)
	}
	x, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		return nil, fmt.Errorf("%q is not hexadecimal", text)
	}
	return binary.BigEndian.AppendUint32(nil, uint32(x))[4-len(digits)/2:], nil
}

// condition reads what a register must contain; nil if nothing is said.
func (c *checker) condition(what string, k key[string], m *bus.Map) *bus.Condition {
	if !k.Set {
		return nil
	}
	condition, err := parseCondition(k.Value, m)
	if err != nil {
		c.problem(k.Pos, `"register = value" or "register & mask = value", such as "0xD0 = 0x60"`, "%s: %v", what, err)
		return nil
	}
	return condition
}

// parseCondition reads "0xD0 = 0x60" and "0xF3 & 0x08 = 0x00".
func parseCondition(line string, m *bus.Map) (c *bus.Condition, err error) {
	left, right, ok := strings.Cut(line, "=")
	if !ok {
		return nil, fmt.Errorf("%q", line)
	}
	c = &bus.Condition{}
	at, mask, masked := strings.Cut(left, "&")
	if c.At, err = parseAt(at, m); err != nil {
		return nil, err
	}
	if c.Want, err = parseBytes(right); err != nil {
		return nil, err
	}
	if masked {
		if c.Mask, err = parseBytes(mask); err != nil {
			return nil, err
		}
		if len(c.Mask) != len(c.Want) {
			return nil, errors.New("mask and value have different lengths")
		}
	}
	return c, nil
}

// simulatedDevice has the simulator look at the expressions of a device's values.
func (c *checker) simulatedDevice(d *named[deviceKeys], dev *busDevice, bad map[string]bool) {
	alone := &busModel{sims: map[sim.ValueID]sim.ValueOptions{}}
	for id, options := range dev.bus.sims {
		if id.Device == dev.index {
			id.Device = 0
			alone.sims[id] = options
		}
	}
	there := *dev
	there.i2c, there.spi = i2c.Device{Address: i2c.MinAddress}, spi.Device{Mode: dev.spi.Mode & periph.HalfDuplex} // bad ones are known
	there.index = 0
	alone.devices, alone.kind = []*busDevice{&there}, dev.kind
	_, err := alone.open(&simulation{})
	pvs := pvsByName(&d.Value)
	for _, e := range split(err) {
		at, name := d.Pos, ""
		var ve *sim.ValueError
		if errors.As(e, &ve) {
			name, e = alone.sims[ve.ID].Name, ve.Err
		} else {
			e = fmt.Errorf("sim: %w", innermost(e))
		}
		if p := pvs[name]; p != nil {
			at = p.Value.lineAt(e.Error(), p.Pos)
		}
		if !bad[name] {
			c.problem(at, "", "%v", e)
		}
	}
}

// innermost is the cause of err without the names of what it happened to.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
