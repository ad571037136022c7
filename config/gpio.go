package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/gpio"
	"github.com/ioclet/ioclet/pv"
)

// lineSource is a pin.
type lineSource struct{ options gpio.Options }

func (s *lineSource) describe() string { return fmt.Sprintf("gpio %v", s.options.Pins[0]) }

func (s *lineSource) support(simulated bool) string { return support("GPIO", simulated) }

func (s *lineSource) build(b *builder, p *PV) error {
	options := s.options
	options.Backend = b.lines
	options.Consumer = "ioclet " + p.Name
	driver, err := gpio.New(options)
	if err != nil {
		return err
	}
	port := b.port(strings.TrimPrefix(p.Name, b.model.Prefix), driver, 0)
	_, err = port.Add(b.ioc.Database(), b.spec(p), driver.Channels()[0], device.Options{})
	return err
}

var pulls = map[string]gpio.Pull{"up": gpio.PullUp, "down": gpio.PullDown, "none": gpio.PullNone}

// gpio checks a PV with gpio:.
func (c *checker) gpio(name string, k *pvKeys) nature {
	pin, err := c.model.Board.Resolve(k.GPIO.Value)
	if err != nil {
		c.unresolved(k.GPIO, err)
		return nature{}
	}
	c.usesLine(pin, name, k.GPIO.Pos)

	switch k.Direction.Value {
	case "input", "output":
	case "":
		if k.Direction.Bad {
			return nature{}
		}
		c.problem(k.GPIO.Pos, "direction: input or direction: output", "%v has no direction", pin)
		return nature{}
	default:
		return nature{} // reported by the decoder
	}
	o := gpio.Options{Pins: []boards.Pin{pin}, ActiveLow: k.ActiveLow.Value, Pull: pulls[k.Pull.Value], Debounce: k.Debounce.Value}
	if k.States.Set && len(k.States.Value) != 2 {
		c.problem(k.States.Pos, "2 for a pin, that of low first", "%d states", len(k.States.Value))
	}
	nat := nature{kind: pv.Enum, output: k.Direction.Value == "output", polled: k.Scan.Set && k.Scan.Value.Kind != scanEvent}
	nat.events = !nat.output && !nat.polled
	if !k.States.Set {
		nat.states = []string{"Low", "High"}
	}
	if nat.output {
		o.Direction = gpio.Output
		c.onlyIf(false, k.Pull.Set, k.Pull.Pos, "pull", "an input")
		c.onlyIf(false, k.Debounce.Set, k.Debounce.Pos, "debounce", "an input")
		o.Initial, o.OnExit = c.lineState(k.Initial, k, nat), c.lineState(k.OnExit, k, nat)
	} else {
		c.onlyIf(false, k.Initial.Set, k.Initial.Pos, "initial", "an output")
		c.onlyIf(false, k.OnExit.Set, k.OnExit.Pos, "on_exit", "an output")
		c.onlyIf(nat.events, k.Debounce.Value > 0, k.Debounce.Pos, "debounce", "an input whose edges are watched, without scan:")
		if nat.polled {
			o.Measures = []gpio.Measure{{Quantity: gpio.Polled}}
		}
	}
	c.notLong("debounce", k.Debounce)
	nat.source = &lineSource{o}
	return nat
}

// unresolved reports a pin that is not there, with what may have been meant.
func (c *checker) unresolved(k key[string], err error) {
	p := Problem{Pos: k.Pos, What: err.Error()}
	var unknown *boards.UnknownError
	if errors.As(err, &unknown) {
		p.What = fmt.Sprintf("%s has no pin %q", c.model.Board.Name, k.Value)
		if unknown.Reason != "" {
			p.What += ": " + unknown.Reason
		}
		p.Expected = `a pin such as GPIO17, "pin 11" or gpiochip0:17`
		if len(unknown.Suggestions) > 0 {
			p.Meant = unknown.Suggestions[0]
		}
	}
	c.problems.add(p)
}

// lineState reads the state of an output: a state's name, its number, on, off or
// keep.
func (c *checker) lineState(k key[string], of *pvKeys, nat nature) gpio.State {
	if !k.Set || strings.EqualFold(k.Value, "keep") {
		return gpio.Keep
	}
	states := nat.states
	if of.States.Set {
		states = names(of.States.Value)
	}
	i, ok := stateIndex(states, k.Value)
	switch {
	case ok && i == 0 || !ok && strings.EqualFold(k.Value, "off"):
		return gpio.Off
	case ok || strings.EqualFold(k.Value, "on"):
		return gpio.On
	}
	c.noState(k.Pos, k.Value, states, "off", "on", "keep")
	return gpio.Keep
}
