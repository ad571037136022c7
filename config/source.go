package config

import (
	"reflect"

	"github.com/ioclet/ioclet/pv"
)

// sourceKind is what stands behind a PV.
type sourceKind string

const (
	soft       sourceKind = "soft"
	signal     sourceKind = "signal"
	gpioLine   sourceKind = "gpio"
	pulses     sourceKind = "pwm"
	text       sourceKind = "text"
	register   sourceKind = "register"
	ofSlave    sourceKind = "modbus"
	ofChip     sourceKind = "chip"
	kernelFile sourceKind = "file" // of the kernel, found by path or by name
	ofHost     sourceKind = "host"
)

// scope is what a PV's surroundings say about it.
type scope struct {
	prefix   string
	defaults []*commonKeys // the nearest first
	text     *textDevice   // nil outside a device with port:
	slave    *slaveDevice  // nil outside a device with modbus:
	bus      *busDevice    // nil outside a device on a bus
	sensor   *sensorModel  // nil outside a device with onewire:
	value    int           // of the bus's chip, if it has one: which it is; -1: none
}

// source is what stands behind a PV, checked; build makes it.
type source interface {
	// describe says what it is, for people: "gpio GPIO17 (J8 pin 11)".
	describe() string
	// support is the record's DTYP.
	support(simulated bool) string
	build(b *builder, p *PV) error
}

// support names the device support of hardware so that clients see if it is not real.
func support(name string, simulated bool) string {
	if simulated {
		return "Simulated " + name
	}
	return name
}

// nature is what a PV's source says about the record that it needs.
type nature struct {
	source      source
	kind        pv.Kind // of the value: Float64, Int64, Enum or String
	output      bool    // can be written
	polled      bool    // can be read whenever it is scanned
	events      bool    // reports by itself
	wide        bool    // an Int64 that may not fit in 32 bits
	scan        scan    // if none is given
	units       string  // and prec are what the source itself has
	prec        int16
	states      []string // that the source itself brings …
	stateValues []uint32 // … and what it has for them; nil: 0, 1, 2 …
	initial     pv.Value // of a soft PV
	idle        pv.Value // what a command without a value has before it is sent, since no state is unknown
}

// common is what the source itself has, in place of defaults for all kinds of PVs.
func (n *nature) common() *commonKeys {
	k := new(commonKeys)
	if n.units != "" {
		k.EGU = given(Pos{}, n.units)
		k.Prec = given(Pos{}, int(n.prec))
	}
	return k
}

// sourceOf finds out from the keys what stands behind a PV, "" if that cannot be
// said.
func (c *checker) sourceOf(n *named[pvKeys], s scope) sourceKind {
	k := &n.Value
	var found []sourceKind
	var at Pos
	note := func(set bool, pos Pos, kind sourceKind) {
		if set {
			found, at = append(found, kind), pos
		}
	}
	note(k.Value.Set || k.Value.Bad, k.Value.Pos, soft)
	note(k.Signal.Set, k.Signal.Pos, signal)
	note(k.GPIO.Set, k.GPIO.Pos, gpioLine)
	note(k.PWM.Set, k.PWM.Pos, pulses)
	note(k.At.Set, k.At.Pos, register)
	note(k.Holding.Set, k.Holding.Pos, ofSlave)
	note(k.Input.Set, k.Input.Pos, ofSlave)
	note(k.Coil.Set, k.Coil.Pos, ofSlave)
	note(k.Discrete.Set, k.Discrete.Pos, ofSlave)
	note(k.File.Set, k.File.Pos, kernelFile)
	note(k.IIO.Set, k.IIO.Pos, kernelFile)
	note(k.Hwmon.Set, k.Hwmon.Pos, kernelFile)
	note(k.Thermal.Set, k.Thermal.Pos, kernelFile)
	note(k.Host.Set, k.Host.Pos, ofHost)
	switch { // one of them, or several together
	case k.Read.Set:
		note(true, k.Read.Pos, text)
	case k.Write.Set && !k.At.Set && (len(found) == 0 || found[0] != kernelFile && found[0] != ofSlave):
		note(true, k.Write.Pos, text)
	case k.Receive.Set:
		note(true, k.Receive.Pos, text)
	}
	switch {
	case len(found) > 1:
		c.problem(n.Pos, "only "+sources(), "%s has several sources", n.Name)
	case len(found) == 0 && s.text != nil && !n.Bad:
		return text // named in another line's %(…)
	case len(found) == 0 && s.sensor != nil && !n.Bad:
		return ofChip
	case len(found) > 0 && s.sensor != nil:
		c.problem(at, "a PV outside of the device", "%s: the device is a %s, which brings its value", n.Name, thermometer)
	case len(found) == 0 && s.bus.isChip():
		if s.value >= 0 {
			return ofChip
		}
		if !n.Bad {
			c.noValue(n, s.bus)
		}
	case len(found) == 0 && n.Bad:
	case len(found) == 0:
		c.problem(n.Pos, sources(), "%s has nothing behind it", n.Name)
	case found[0] == text && s.text == nil:
		c.problem(at, "a device with port:", "commands of %s stand outside a text instrument", n.Name)
	case found[0] == ofSlave && s.slave == nil:
		c.problem(at, "a device with modbus:", "the register of %s stands outside a Modbus slave", n.Name)
	case found[0] == register && s.bus == nil:
		c.problem(at, "a device with i2c: or spi:", "the register of %s stands outside a chip", n.Name)
	case s.bus.isChip() && (found[0] == register || s.value >= 0):
		c.problem(at, "a value of its own", "%s: the device is a %s, which brings its values", n.Name, s.bus.model.Name)
	default:
		return found[0]
	}
	return ""
}

// sources are the keys of which a PV has one.
func sources() string {
	return "one of " + inWords(keysOf(reflect.TypeFor[pvKeys]()).deciding(), "and")
}
