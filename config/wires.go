package config

import (
	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers/gpio"
)

// simWires checks which pins are connected under --sim.
func (c *checker) simWires() {
	for _, w := range c.keys.Sim.Wires.Value {
		if len(w.Value) < 2 {
			c.problem(w.Pos, "pins that are connected, such as [GPIO17, GPIO27]", "wires: %d of them", len(w.Value))
		}
		var wire []boards.Pin
		var driver *lineModel
		for _, k := range w.Value {
			pin, err := c.model.Board.Resolve(k.Value)
			if err != nil {
				c.unresolved(k, err)
				continue
			}
			wire = append(wire, pin)
			switch l := c.gpios[idOf(pin)]; {
			case l == nil:
				c.problem(k.Pos, "", "no PV has %v", pin)
			case l.options.Direction != gpio.Output:
			case driver != nil && driver.options.Drive == gpio.PushPull && l.options.Drive == gpio.PushPull:
				c.problem(k.Pos, "", "%v is driven by %s and by %s", pin, driver.first, l.first)
			default:
				driver = l
			}
		}
		c.model.wires = append(c.model.wires, wire)
	}
}
