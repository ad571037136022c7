package config

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/modbus"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

// registerSource is a register of a device on a bus.
type registerSource struct {
	*busDevice
	index   int // among the registers
	options device.Options
}

func (s *registerSource) describe() string {
	r := &s.registers.Registers[s.index]
	if s.registers.Exchange {
		return fmt.Sprintf("%s word 0x%0*X", s.busDevice.describe(), 2*r.Type.Size(), r.At)
	}
	return fmt.Sprintf("%s register 0x%0*X", s.busDevice.describe(), 2*s.registers.Addresses(), r.At)
}

func (s *registerSource) build(b *builder, p *PV) error {
	return b.buses[s.bus].add(b, p, s.busDevice, s.index, s.options)
}

// register checks a PV with at:.
func (c *checker) register(n *named[pvKeys], dev *busDevice) nature {
	k := &n.Value
	m := &dev.registers
	before := len(*c.problems)
	typ := registerType(c, k.Type, busTypes, modbusTypes, "I2C or SPI")
	r := bus.Register{At: k.At.Value, Type: typ, Mask: k.Mask.Value, Scale: k.Scale.Value, Offset: k.Offset.Value, Verify: k.Verify.Value}
	if k.Mask.Value != 0 {
		r.Shift = uint8(bits.TrailingZeros32(k.Mask.Value))
	}
	if k.Mask.Set && k.Mask.Value == 0 {
		c.problem(k.Mask.Pos, "the bits that are the value, such as 0x0F", "mask: no bits")
	}
	c.worth(k.Scale, "count ")
	r.Write = c.yes("write", k.Write, "a register")
	c.onlyIf(r.Write, k.Verify.Set, k.Verify.Pos, "verify", "write: yes")
	nat := nature{kind: pv.Int64, output: r.Write, polled: !r.Write || !m.Exchange}
	if k.Scale.Set || k.Offset.Set || typ == bus.Float32 || typ == bus.Uint32 {
		nat.kind = pv.Float64
	}
	initial := c.outputValue("initial", k.Initial, k, nat, pv.Invalid)
	exit := c.outputValue("on_exit", k.OnExit, k, nat, pv.Invalid)
	if len(*c.problems) == before {
		if err := r.Check(m); err != nil {
			c.problem(n.Pos, "", "register %s: %v", n.Name, err)
		} else {
			codec := bus.NewCodec(r, m.Order)
			c.encodes(&codec, k.Initial.Pos, "initial", initial)
			c.encodes(&codec, k.OnExit.Pos, "on_exit", exit)
			r.Exit = exit
		}
	}
	if len(*c.problems) > before {
		r = bus.Register{Write: r.Write} // is good enough to go on with
	}
	s := &registerSource{busDevice: dev, index: len(m.Registers), options: device.Options{Initial: initial}}
	nat.source = s
	dev.bus.sims[sim.ValueID{Device: dev.index, Index: s.index}] = sim.ValueOptions{Name: n.Name, Expression: k.Sim.Value}
	m.Registers = append(m.Registers, r)
	return nat
}

// The types of registers that type: can say, the usual one first. On Modbus a bit has a key of
// its own.
var (
	busTypes = []bus.Type{
		bus.Uint8, bus.Int8, bus.Uint16, bus.Int16, bus.Uint24, bus.Int24, bus.Uint32, bus.Int32, bus.Float32,
	}
	modbusTypes = []modbus.Type{
		modbus.Uint16, modbus.Int16, modbus.Uint32, modbus.Int32, modbus.Int64, modbus.Float32, modbus.Float64, modbus.String,
	}
)

// registerType is the type that type: says, of those that registers have here. It must not be
// one that they have only elsewhere; a word that is no type at all is reported by the decoder.
func registerType[H, E fmt.Stringer](c *checker, word key[string], here []H, elsewhere []E, place string) H {
	if i := called(here, word.Value); i >= 0 {
		return here[i]
	}
	if called(elsewhere, word.Value) >= 0 {
		c.problem(word.Pos, "one of "+strings.Join(namesOf(here), ", "), "type: %s is not for %s", word.Value, place)
	}
	return here[0]
}

// called is which of the list has that name, -1 if none.
func called[T fmt.Stringer](list []T, name string) int {
	return slices.IndexFunc(list, func(x T) bool { return x.String() == name })
}

func namesOf[T fmt.Stringer](list []T) []string {
	var names []string
	for _, x := range list {
		names = append(names, x.String())
	}
	return names
}

// encodes checks that a register can be set to a value, if there is one.
func (c *checker) encodes(codec *bus.Codec, at Pos, what string, v pv.Value) {
	if v.Kind() == pv.Invalid {
		return
	}
	if _, err := codec.Encode(v.Float64()); err != nil {
		c.problem(at, "", "%s: %v", what, err)
	}
}
