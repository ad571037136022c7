package config

import (
	"fmt"
	"path"
	"strings"

	"github.com/ioclet/ioclet/boards"
)

// PinUse is a pin that a configuration needs: for a PV, or for the bus of a device.
type PinUse struct {
	Pin boards.Pin
	By  string // the PV, or the device or port
	Pos Pos
	// Bus is the bus that has the pin, "" if it is a line of a PV; Function is what the pin
	// does for it: "I2C1 SDA".
	Bus, Function string
	// Usual means that the bus may have another pin on the machine that the file is for.
	Usual bool
}

// String is how the pin is used: "RELAY", "AIR (I2C1 SDA)".
func (u PinUse) String() string {
	if u.Bus == "" {
		return u.By
	}
	return u.By + " (" + u.Function + ")"
}

// Pins are the pins that the file needs, as far as the tables know the board: in the
// order of the file, devices first.
func (m *Model) Pins() []PinUse { return m.pins }

// usesLine checks that nothing else uses the line of a PV.
func (c *checker) usesLine(pin boards.Pin, pv string, at Pos) {
	c.usesPin(PinUse{Pin: pin, By: pv, Pos: at})
}

// usesBus does so for the pins of a bus, named as the board's tables do: "i2c-1".
func (c *checker) usesBus(bus, by string, at Pos) {
	for _, p := range c.model.Board.Bus(bus).Pins {
		c.usesPin(PinUse{Pin: p.Pin, By: by, Pos: at, Bus: bus, Function: p.Function, Usual: p.Usual})
	}
}

// usesPort is usesBus for a serial port of this machine.
func (c *checker) usesPort(file, by string, at Pos) {
	if name, ok := strings.CutPrefix(path.Clean(file), "/dev/"); ok {
		c.usesBus(name, by, at)
	}
}

// lineID is a line of a GPIO chip, see [boards.Pin].
type lineID struct {
	chip   string
	offset int
	line   string
}

func idOf(p boards.Pin) lineID { return lineID{p.Chip, p.Offset, p.Line} }

// wires is a bus without what selects one of its ports.
func wires(bus string) string {
	if strings.HasPrefix(bus, "spidev") {
		bus, _, _ = strings.Cut(bus, ".")
	}
	return bus
}

// usesPin reports what had the pin first: as a mistake if both are certain to have it,
// else as a warning.
func (c *checker) usesPin(u PinUse) {
	line := idOf(u.Pin)
	first, taken := c.lines[line]
	switch {
	case !taken:
		c.lines[line] = u
	case u.Bus != "" && (first.Function == u.Function || wires(first.Bus) == wires(u.Bus)): // as spidev0.0 and spidev0.1 do
	default:
		p := Problem{Pos: u.Pos, What: fmt.Sprintf("%v is used already by %v in line %d", u.Pin, first, first.Pos.Line)}
		switch {
		case u.Bus != "" && !u.Usual:
			p.What = fmt.Sprintf("%s has %v for %s, which is used already by %v in line %d", u.Bus, u.Pin, u.Function, first, first.Pos.Line)
		case u.Usual:
			p.What = fmt.Sprintf("%s usually has %v, which is used already by %v in line %d", u.Bus, u.Pin, first, first.Pos.Line)
		case first.Usual:
			p.What = fmt.Sprintf("%v usually is a pin of %s, used already by %s in line %d", u.Pin, first.Bus, first.By, first.Pos.Line)
		}
		if u.Usual || first.Usual {
			c.model.Warnings = append(c.model.Warnings, p)
		} else {
			c.problems.add(p)
		}
	}
	c.model.pins = append(c.model.pins, u)
}
