package config

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/i2c"
	"github.com/ioclet/ioclet/pv"
)

// busModel is an I2C bus with its chips.
type busModel struct {
	options i2c.Options
	names   []string            // of the devices, for logs
	sims    []map[int]simulated // of each device: the registers' behaviour
}

// simulated is how a register behaves under --sim.
type simulated struct {
	expression string
	pos        Pos
}

var byteOrders = map[string]i2c.Order{"big": i2c.BigEndian, "little": i2c.LittleEndian}

// chip checks where a chip is and how it is prepared.
func (c *checker) chip(d named[deviceKeys]) *chipDevice {
	k := &d.Value
	for _, stray := range []struct {
		name string
		k    key[string]
	}{{"terminator", k.Terminator}, {"in_terminator", k.InTerminator}, {"out_terminator", k.OutTerminator}} {
		c.onlyIf(false, stray.k.Set, stray.k.Pos, stray.name, "a text instrument with port:")
	}
	c.onlyIf(false, k.Timeout.Set, k.Timeout.Pos, "timeout", "a text instrument with port:")
	address := k.I2C.Value.Address
	if !address.Set || address.Value < 0x03 || address.Value > 0x77 {
		at := k.I2C.Pos
		if address.Set {
			at = address.Pos
		}
		c.problem(at, "address: 0x03 to 0x77", "i2c of %s", d.Name)
	}
	number := k.I2C.Value.Bus.or(1)
	if number < 0 {
		c.problem(k.I2C.Value.Bus.Pos, "a bus number, 1 for /dev/i2c-1", "bus: %d", number)
	}
	dev := i2c.Device{Address: address.Value, Order: byteOrders[k.ByteOrder.Value]}
	for _, line := range k.Init.Value {
		if s, err := parseSetting(line.Value); err != nil {
			c.problem(line.Pos, `"register <- value" such as "0x01 <- 0xC383"`, "init: %v", err)
		} else {
			dev.Init = append(dev.Init, s)
		}
	}
	i := slices.IndexFunc(c.model.buses, func(b *busModel) bool { return b.options.Bus == number })
	if i < 0 {
		i = len(c.model.buses)
		c.model.buses = append(c.model.buses, &busModel{options: i2c.Options{Bus: number}})
	}
	b := c.model.buses[i]
	for j, other := range b.options.Devices {
		if address.Set && other.Address == address.Value {
			c.problem(address.Pos, "", "address 0x%02X on bus %d is used already by %s", address.Value, number, b.names[j])
		}
	}
	b.options.Devices = append(b.options.Devices, dev)
	b.names = append(b.names, d.Name)
	b.sims = append(b.sims, map[int]simulated{})
	return &chipDevice{d.Name, b, len(b.options.Devices) - 1}
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
}

func (s *registerSource) describe() string {
	d := &s.bus.options.Devices[s.device]
	return fmt.Sprintf("i2c bus %d address 0x%02X register 0x%02X", s.bus.options.Bus, d.Address, d.Registers[s.index].At)
}

func (s *registerSource) build(b *builder, p *PV) error {
	port := b.buses[s.bus]
	_, err := port.worker.Add(b.ioc.Database(), p.spec, port.channel(s), device.Options{})
	return err
}

// register checks a PV with at:.
func (c *checker) register(name string, k *pvKeys, chip *chipDevice) nature {
	d := &chip.bus.options.Devices[chip.index]
	typ, ok := i2c.ParseType(k.Type.or("uint8"))
	if !ok {
		return nature{} // reported by the decoder
	}
	r := i2c.Register{At: uint8(k.At.Value), Type: typ, Mask: k.Mask.Value, Scale: k.Scale.Value, Offset: k.Offset.Value}
	if k.Mask.Set && k.Mask.Value != 0 {
		r.Shift = uint8(bits.TrailingZeros32(k.Mask.Value))
	}
	if k.At.Value > math.MaxUint8 {
		c.problem(k.At.Pos, "0 to 0xFF", "at: %#x", k.At.Value)
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
	s := &registerSource{bus: chip.bus, device: chip.index, index: len(d.Registers)}
	if k.Sim.Set {
		chip.bus.sims[chip.index][s.index] = simulated{k.Sim.Value, k.Sim.Pos}
	}
	d.Registers = append(d.Registers, r)
	nat := nature{source: s, kind: pv.Int64, output: r.Write, polled: true}
	if k.Scale.Set || k.Offset.Set || typ == i2c.Float32 || typ == i2c.Uint32 {
		nat.kind = pv.Float64
	}
	return nat
}
