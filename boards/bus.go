package boards

import (
	"fmt"
	"strings"
)

// Bus is a bus or port of the board that takes pins away from other uses.
type Bus struct {
	// Name is that of its device file in /dev: "i2c-1", "spidev0.0", "ttyAMA0". That of a
	// 1-Wire bus is the kernel's "w1_bus_master1", that of a PWM output is its chip and
	// channel: "pwmchip0:1".
	Name string
	// Pins are those on the headers.
	Pins []BusPin
}

// BusPin is a pin of a bus.
type BusPin struct {
	Pin
	// Function is what the pin does for the bus: "I2C1 SDA"; the bus's name if that is not
	// known.
	Function string
	// Usual means that the bus may have another pin, or none, for this: an overlay or the
	// device tree of the machine decides.
	Usual bool
}

// Bus is the bus of that name; without Pins if it has none on the headers, as a port
// behind USB, or is not known.
func (b *Board) Bus(name string) Bus {
	for _, bus := range b.Buses {
		if bus.Name == name {
			return bus
		}
	}
	return Bus{Name: name}
}

// prefixes are how the functions of the pins of buses begin, by how the names of the
// buses do.
var prefixes = []struct{ bus, function string }{{"i2c-", "I2C"}, {"spidev", "SPI"}, {"tty", "UART"}, {"serial", "UART"}, {"pwmchip", "PWM"}}

// functionFor is what p does for the bus: of several functions of that kind the one with
// the bus's number.
func (p Pin) functionFor(bus string) string {
	if strings.HasPrefix(bus, "w1_") {
		return "1-Wire"
	}
	if _, rest, ok := strings.Cut(bus, ".pwm:"); ok { // by the name of its device
		bus = "pwmchip0:" + rest
	}
	for _, k := range prefixes {
		rest, ok := strings.CutPrefix(bus, k.bus)
		if !ok {
			continue
		}
		number := strings.TrimLeft(rest, "ACMOS") // ttyAMA2, ttyS2
		if i := strings.IndexAny(number, ".:"); i >= 0 {
			number = number[:i]
		}
		kind := ""
		for _, f := range p.Functions {
			if strings.HasPrefix(f, k.function+number+" ") {
				return f
			}
			if kind == "" && strings.HasPrefix(f, k.function) {
				kind = f
			}
		}
		if kind != "" {
			return kind
		}
	}
	return bus
}

// busLine is what a line of a data file says of a bus.
type busLine struct {
	name string
	pins []string
}

// wire puts the pins of the headers to the buses: those of a bus that are on none are
// left out.
func (b *Board) wire(lines []busLine) error {
	for _, line := range lines {
		if b.Bus(line.name).Pins != nil {
			return fmt.Errorf("bus %s is there twice", line.name)
		}
		bus := Bus{Name: line.name}
		for _, signal := range line.pins {
			signal, usual := strings.CutSuffix(signal, "?")
			if p, ok := b.signals[strings.ToUpper(signal)]; ok {
				bus.Pins = append(bus.Pins, BusPin{Pin: p, Function: p.functionFor(line.name), Usual: usual})
			}
		}
		if bus.Pins != nil {
			b.Buses = append(b.Buses, bus)
		}
	}
	return nil
}
