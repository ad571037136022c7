package config

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/i2c"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

// busModel is an I2C bus with its chips.
type busModel struct {
	options i2c.Options
	names   []string // of the devices, for messages
	sims    map[sim.RegisterID]sim.RegisterOptions
}

// Addresses outside of these are reserved by the I2C specification (UM10204, 3.1.12).
const (
	minAddress = 0x03
	maxAddress = 0x77
)

var byteOrders = map[string]i2c.Order{"big": i2c.BigEndian, "little": i2c.LittleEndian}

// chip checks where a chip is and how it is prepared.
func (c *checker) chip(d named[deviceKeys]) *chipDevice {
	k := &d.Value
	address := k.I2C.Value.Address
	switch {
	case address.Bad:
	case !address.Set:
		c.problem(k.I2C.Pos, "address: such as 0x48", "i2c of %s has no address", d.Name)
	case address.Value < minAddress || address.Value > maxAddress:
		c.problem(address.Pos, fmt.Sprintf("0x%02X to 0x%02X", minAddress, maxAddress), "address: %#02x", address.Value)
	}
	number := k.I2C.Value.Bus.or(1)
	if number < 0 {
		c.problem(k.I2C.Value.Bus.Pos, "a bus number, 1 for /dev/i2c-1", "bus: %d", number)
	}
	dev := i2c.Device{Address: address.Value, Order: byteOrders[k.ByteOrder.Value], Block: k.Block.Value}
	for _, line := range k.Init.Value {
		if s, err := parseSetting(line.Value); err != nil {
			c.problem(line.Pos, `"register <- value" such as "0x01 <- 0xC383"`, "init: %v", err)
		} else {
			dev.Init = append(dev.Init, s)
		}
	}
	c.usesBus(fmt.Sprintf("i2c-%d", number), d.Name, k.I2C.Pos)
	i := slices.IndexFunc(c.model.buses, func(b *busModel) bool { return b.options.Bus == number })
	if i < 0 {
		i = len(c.model.buses)
		c.model.buses = append(c.model.buses, &busModel{options: i2c.Options{Bus: number}, sims: map[sim.RegisterID]sim.RegisterOptions{}})
	}
	b := c.model.buses[i]
	for j, other := range b.options.Devices {
		if address.Set && other.Address == address.Value {
			c.problem(address.Pos, "", "address 0x%02X on bus %d is used already by %s", address.Value, number, b.names[j])
			break
		}
	}
	b.options.Devices = append(b.options.Devices, dev)
	b.names = append(b.names, d.Name)
	return &chipDevice{b, len(b.options.Devices) - 1}
}

// parseSetting reads "0x01 <- 0xC383": a register and its bytes, as many as the
// hexadecimal digits make, in the order in which they are written.
func parseSetting(line string) (i2c.Setting, error) {
	left, right, ok := strings.Cut(line, "<-")
	if !ok {
		return i2c.Setting{}, fmt.Errorf("%q", line)
	}
	at, err := strconv.ParseUint(strings.TrimSpace(left), 0, 8)
	if err != nil {
		return i2c.Setting{}, fmt.Errorf("%q is not a register", strings.TrimSpace(left))
	}
	digits, ok := strings.CutPrefix(strings.TrimSpace(right), "0x")
	if !ok || len(digits) == 0 || len(digits) > 8 || len(digits)%2 != 0 {
		return i2c.Setting{}, fmt.Errorf("%q is not a value of whole bytes", strings.TrimSpace(right))
	}
	x, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		return i2c.Setting{}, fmt.Errorf("%q is not hexadecimal", strings.TrimSpace(right))
	}
	data := binary.BigEndian.AppendUint32(nil, uint32(x))
	return i2c.Setting{At: uint8(at), Data: data[4-len(digits)/2:]}, nil
}

// registerSource is a register of a chip.
type registerSource struct {
	bus    *busModel
	device int
	index  int // among the device's registers

	options device.Options
}

func (s *registerSource) describe() string {
	d := &s.bus.options.Devices[s.device]
	return fmt.Sprintf("i2c bus %d address 0x%02X register 0x%02X", s.bus.options.Bus, d.Address, d.Registers[s.index].At)
}

func (s *registerSource) support(simulated bool) string { return support("I2C", simulated) }

func (s *registerSource) build(b *builder, p *PV) error {
	port := b.buses[s.bus]
	_, err := port.worker.Add(b.ioc.Database(), b.spec(p), port.channel(s), s.options)
	return err
}

// register checks a PV with at:.
func (c *checker) register(n *named[pvKeys], chip *chipDevice) nature {
	k := &n.Value
	d := &chip.bus.options.Devices[chip.index]
	before := len(*c.problems)
	typ, _ := i2c.ParseType(k.Type.or("uint8")) // no such type: reported by the decoder
	r := i2c.Register{At: k.At.Value, Type: typ, Mask: k.Mask.Value, Scale: k.Scale.Value, Offset: k.Offset.Value}
	if k.Mask.Value != 0 {
		r.Shift = uint8(bits.TrailingZeros32(k.Mask.Value))
	}
	if k.Mask.Set && k.Mask.Value == 0 {
		c.problem(k.Mask.Pos, "the bits that are the value, such as 0x0F", "mask: no bits")
	}
	if k.Scale.Set && k.Scale.Value == 0 {
		c.problem(k.Scale.Pos, "what one count is worth", "scale: 0")
	}
	if k.Write.Set {
		switch strings.ToLower(k.Write.Value) {
		case "yes", "true", "on":
			r.Write = true
		case "no", "false", "off":
		default:
			c.problem(k.Write.Pos, "yes or no for a register", "write: %q", k.Write.Value)
		}
	}
	if len(*c.problems) == before {
		_, err := i2c.New(i2c.Options{Devices: []i2c.Device{{Address: minAddress, Registers: []i2c.Register{r}}}})
		if err != nil {
			c.problem(n.Pos, "", "register %s: %v", n.Name, innermost(err))
			r = i2c.Register{Write: r.Write} // is good enough to go on with
		}
	}
	s := &registerSource{bus: chip.bus, device: chip.index, index: len(d.Registers)}
	chip.bus.sims[sim.RegisterID{Address: d.Address, Index: s.index}] = sim.RegisterOptions{Name: n.Name, Expression: k.Sim.Value}
	d.Registers = append(d.Registers, r)
	nat := nature{source: s, kind: pv.Int64, output: r.Write, polled: true}
	if k.Scale.Set || k.Offset.Set || typ == i2c.Float32 || typ == i2c.Uint32 {
		nat.kind = pv.Float64
	}
	s.options.Initial = c.outputValue("initial", k.Initial, k, nat, pv.Invalid)
	return nat
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

// simulatedChip has the simulator look at the expressions of a chip's registers.
func (c *checker) simulatedChip(d named[deviceKeys], chip *chipDevice, bad map[string]bool) {
	dev := chip.bus.options.Devices[chip.index]
	address := dev.Address
	dev.Address = minAddress // a bad one is known
	options := map[sim.RegisterID]sim.RegisterOptions{}
	for i := range dev.Registers {
		options[sim.RegisterID{Address: minAddress, Index: i}] = chip.bus.sims[sim.RegisterID{Address: address, Index: i}]
	}
	_, err := sim.NewBus(i2c.Options{Devices: []i2c.Device{dev}}, sim.BusOptions{Registers: options})
	pvs := pvsByName(&d.Value)
	for _, e := range split(err) {
		at, name := d.Pos, ""
		var re *sim.RegisterError
		if errors.As(e, &re) {
			name, e = options[re.ID].Name, re.Err
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
