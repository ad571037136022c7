package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/gpio"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

// lineModel is lines that are claimed together, by one PV or by several that look at the
// same input.
type lineModel struct {
	options gpio.Options
	first   string // the PV that has them first
	pos     Pos
	sim     key[string] // how inputs move under --sim
}

// lineSource is what a PV has of its lines.
type lineSource struct {
	lines   *lineModel
	channel int // among those of the lines' driver
	what    string
	options device.Options
}

// lineWorker is lines and the worker that owns them.
type lineWorker struct {
	driver *gpio.Driver
	worker *device.Port
}

func (s *lineSource) describe() string {
	places := make([]string, len(s.lines.options.Pins))
	for i, p := range s.lines.options.Pins {
		places[i] = p.String()
	}
	return "gpio " + strings.Join(places, ", ") + s.what
}

func (s *lineSource) support(simulated bool) string { return support("GPIO", simulated) }

func (s *lineSource) build(b *builder, p *PV) error {
	w := b.gpios[s.lines]
	if w == nil {
		options := s.lines.options
		options.Backend, options.Consumer, options.Alive = b.lines, "ioclet "+p.Name, b.alive(options.Heartbeat)
		driver, err := gpio.New(options)
		if err != nil {
			return err
		}
		if b.sim != nil && s.lines.sim.Set {
			if err := b.sim.lines.Move(options.Pins, s.lines.sim.Value, seedOf(p.Name)); err != nil {
				return err
			}
		}
		if b.sim != nil {
			b.sim.onLines(strings.TrimPrefix(p.Name, b.model.Prefix), options.Pins, &b.sim.lines)
		}
		w = &lineWorker{driver, b.port(strings.TrimPrefix(p.Name, b.model.Prefix), driver, 0)}
		b.gpios[s.lines] = w
	}
	_, err := w.worker.Add(b.ioc.Database(), b.spec(p), w.driver.Channels()[s.channel], s.options)
	return err
}

// minStall and maxStall are how late a scan is before it counts as hanging: twice the time
// of the heartbeat, but between them.
const (
	minStall = time.Second
	maxStall = 10 * time.Second
)

// alive is the proof of life for a heartbeat: that no periodic scan hangs. The PV of the
// heartbeat is scanned itself, so that there is one.
func (b *builder) alive(heartbeat time.Duration) func() bool {
	db := b.ioc.Database()
	return func() bool {
		_, _, stalled := db.Stalled(min(max(minStall, 2*heartbeat), maxStall))
		return !stalled
	}
}

var (
	pulls  = map[string]gpio.Pull{"up": gpio.PullUp, "down": gpio.PullDown, "none": gpio.PullNone}
	drives = map[string]gpio.Drive{"push_pull": gpio.PushPull, "open_drain": gpio.OpenDrain, "open_source": gpio.OpenSource}
	edges  = map[string]gpio.Edge{"rising": gpio.Rising, "falling": gpio.Falling, "both": gpio.Both}
)

// gpio checks a PV with gpio:.
func (c *checker) gpio(name string, k *pvKeys) nature {
	before := len(*c.problems)
	pins, ok := c.linePins(k)
	m, good := c.measure(k)
	if !ok || !good {
		return nature{}
	}
	first := c.sharedLines(pins)
	output, ok := c.drivesLines(k, m, pins, first)
	if !ok {
		return nature{}
	}
	lines := first
	if first == nil || output || first.options.Direction == gpio.Output {
		for _, p := range pins {
			c.usesLine(p, name, k.GPIO.Pos)
		}
		lines = &lineModel{options: gpio.Options{Pins: pins}, first: name, pos: k.GPIO.Pos}
		for _, p := range pins {
			if id := idOf(p); c.gpios[id] == nil {
				c.gpios[id] = lines
			}
		}
	} else {
		for _, p := range pins {
			c.model.pins = append(c.model.pins, PinUse{Pin: p, By: name, Pos: k.GPIO.Pos})
		}
		c.sameLine(lines, k)
	}
	nat := nature{kind: m.Kind(len(pins)), output: output, wide: m.Quantity == gpio.Count}
	s := &lineSource{lines: lines}
	o := &lines.options
	o.ActiveLow, o.Pull = o.ActiveLow || k.ActiveLow.Value, max(o.Pull, pulls[k.Pull.Value])
	c.notLong("debounce", k.Debounce)
	if output {
		c.output(k, o, &nat, s)
	} else {
		c.input(k, o, m, &nat, s)
	}
	c.unitOf(k, &nat)
	c.lineStates(k, m, len(pins), &nat)
	c.lineEnds(k, o, nat)
	c.lineSim(k, lines)
	trial := *o
	trial.Alive = func() bool { return true }
	if _, err := gpio.New(trial); err != nil && len(*c.problems) == before {
		c.problem(k.GPIO.Pos, "", "%v", innermost(err))
	}
	nat.source = s
	return nat
}

// linePins are the lines that gpio: names.
func (c *checker) linePins(k *pvKeys) (pins []boards.Pin, ok bool) {
	ok = true
	for i, p := range k.GPIO.Value {
		pin, err := c.model.Board.Resolve(p.Value)
		if err != nil {
			c.unresolved(p, err)
			ok = false
			continue
		}
		switch {
		case i >= gpio.MaxLines-1: // a longin has a sign
			c.problem(p.Pos, "", "gpio: more than %d lines", gpio.MaxLines-1)
			return nil, false
		case len(pins) > 0 && pins[0].Chip != pin.Chip:
			c.problem(p.Pos, "", "%v is not on the chip of %v: lines of one value are read and set together", pin, pins[0])
			ok = false
		}
		pins = append(pins, pin)
	}
	if len(k.GPIO.Value) == 0 {
		c.problem(k.GPIO.Pos, "a pin such as GPIO17", "gpio: an empty list")
		ok = false
	}
	return pins, ok
}

// sharedLines are the lines that another PV has, if they are the very same.
func (c *checker) sharedLines(pins []boards.Pin) *lineModel {
	l := c.gpios[idOf(pins[0])]
	if l == nil || !slices.EqualFunc(l.options.Pins, pins, boards.Pin.Same) {
		return nil
	}
	return l
}

// drivesLines reports whether the lines are outputs.
func (c *checker) drivesLines(k *pvKeys, m gpio.Measure, pins []boards.Pin, first *lineModel) (output, ok bool) {
	direction, needs := k.Direction.Value, ""
	switch {
	case k.Heartbeat.Set:
		needs = "output"
	case m.Quantity != gpio.Level:
		needs = "input"
	}
	switch {
	case k.Direction.Bad:
		return false, false
	case direction == "" && needs != "":
		direction = needs
	case direction == "" && first != nil && first.options.Direction == gpio.Input:
		direction = "input"
	case direction == "":
		c.problem(k.GPIO.Pos, "direction: input or direction: output", "%v has no direction", pins[0])
		return false, false
	case needs != "" && direction != needs:
		c.problem(k.Direction.Pos, "", "%s is for %ss", c.measured(k), needs)
		return false, false
	}
	return direction == "output", direction == "output" || direction == "input" // else reported by the decoder
}

// sameLine checks that a PV says nothing else of a line than the one that has it first.
func (c *checker) sameLine(first *lineModel, k *pvKeys) {
	differs := func(what string, set, same bool, at Pos) {
		if set && !same {
			c.problem(at, "", "%s is not that of %s in line %d, which has the pin first", what, first.first, first.pos.Line)
		}
	}
	o := &first.options
	differs("pull", k.Pull.Set, pulls[k.Pull.Value] == o.Pull, k.Pull.Pos)
	differs("active_low", k.ActiveLow.Set, k.ActiveLow.Value == o.ActiveLow, k.ActiveLow.Pos)
	differs("debounce", k.Debounce.Set, k.Debounce.Value == o.Debounce, k.Debounce.Pos)
}

// input checks what is told of lines that are read.
func (c *checker) input(k *pvKeys, o *gpio.Options, m gpio.Measure, nat *nature, s *lineSource) {
	if m.Quantity == gpio.Level && k.Scan.Set && k.Scan.Value.Kind != scanEvent {
		m.Quantity = gpio.Polled
	}
	nat.polled = m.Quantity == gpio.Polled
	nat.output = m.Quantity == gpio.Count || m.Quantity == gpio.Latch
	nat.events = !nat.polled && !nat.output
	s.what, s.channel = measureText(k, m), len(o.Measures)
	o.Measures = append(o.Measures, m)
	o.Debounce = max(o.Debounce, k.Debounce.Value)
	c.onlyIf(!nat.polled, k.Debounce.Value > 0, k.Debounce.Pos, "debounce", "an input whose edges are watched, without scan:")
	c.onlyIf(false, k.Stage.Set, k.Stage.Pos, "output_stage", "an output")
}

// output checks lines that are driven.
func (c *checker) output(k *pvKeys, o *gpio.Options, nat *nature, s *lineSource) {
	o.Direction, o.Drive, o.Heartbeat = gpio.Output, drives[k.Stage.Value], k.Heartbeat.Value
	c.onlyIf(o.Drive != gpio.PushPull, k.Pull.Set, k.Pull.Pos, "pull", "an input")
	c.onlyIf(false, k.Debounce.Set, k.Debounce.Pos, "debounce", "an input")
	nat.polled = k.Scan.Set && k.Scan.Value.Kind != scanEvent
	if k.Heartbeat.Set {
		nat.output, nat.polled = false, true
		nat.scan = scan{scanPeriodic, max(k.Heartbeat.Value, shortestScan)}
		s.what = fmt.Sprintf(" heartbeat %v", k.Heartbeat.Value)
		c.notLong("heartbeat", k.Heartbeat)
		c.onlyIf(k.Heartbeat.Value >= shortestScan, true, k.Heartbeat.Pos, "heartbeat", "at least "+shortestScan.String())
		return
	}
	s.options.Restore = !k.Initial.Set || strings.EqualFold(k.Initial.Value, "keep")
}

// lineStates checks the states of a line, or of several.
func (c *checker) lineStates(k *pvKeys, m gpio.Measure, lines int, nat *nature) {
	switch n := len(k.States.Value); {
	case nat.kind != pv.Enum && m.Quantity > gpio.Polled:
		c.onlyIf(false, k.States.Set, k.States.Pos, "states", "the level of a pin, or latch:")
	case lines == 1 && k.States.Set && n != 2:
		c.problem(k.States.Pos, "2 for a pin, that of low first", "%d states", n)
	case lines == 1 && !k.States.Set:
		nat.states = []string{"Low", "High"}
		if m.Quantity == gpio.Latch {
			nat.states = []string{"Clear", "Latched"}
		}
	case lines < 5 && n > 1<<lines:
		c.problem(k.States.Pos, fmt.Sprintf("at most %d of %d lines", 1<<lines, lines), "%d states", n)
	}
}

// lineEnds checks what an output is set to at both ends of the IOC's life.
func (c *checker) lineEnds(k *pvKeys, o *gpio.Options, nat nature) {
	if o.Direction == gpio.Output {
		o.Initial, o.OnExit = c.lineState(k.Initial, k, nat, len(o.Pins)), c.lineState(k.OnExit, k, nat, len(o.Pins))
		if k.Pulse.Set && o.Initial == gpio.On {
			c.problem(k.Initial.Pos, "the first state, or keep", "initial: it would stay so, for a pulse begins with a put")
		}
		if k.Pulse.Set && !k.OnExit.Set {
			o.OnExit = gpio.Off // nobody would end the pulse
		}
		return
	}
	c.onlyIf(false, k.Initial.Set, k.Initial.Pos, "initial", "an output")
	c.onlyIf(false, k.OnExit.Set, k.OnExit.Pos, "on_exit", "an output")
}

// lineSim checks how lines move under --sim.
func (c *checker) lineSim(k *pvKeys, lines *lineModel) {
	if !k.Sim.Set {
		return
	}
	c.onlyIf(lines.options.Direction == gpio.Input, true, k.Sim.Pos, "sim", "an input")
	if lines.sim.Set {
		c.problem(k.Sim.Pos, "", "sim: it is in line %d for the same pin", lines.sim.Pos.Line)
	}
	if err := new(sim.Lines).Move(lines.options.Pins, k.Sim.Value, 0); err != nil {
		c.problem(k.Sim.Pos, "", "%v", err)
	}
	lines.sim = k.Sim
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
		p.Expected = `a pin such as GPIO17, "pin 11", gpiochip0:17 or line:RELAY1`
		if len(unknown.Suggestions) > 0 {
			p.Meant = unknown.Suggestions[0]
		}
	}
	c.problems.add(p)
}

// lineState reads the state of an output: a state's name, its number, keep, and on or
// off for a single line.
func (c *checker) lineState(k key[string], of *pvKeys, nat nature, lines int) gpio.State {
	if !k.Set || strings.EqualFold(k.Value, "keep") {
		return gpio.Keep
	}
	states := nat.states
	if of.States.Set {
		states = names(of.States.Value)
	}
	i, ok := stateIndex(states, k.Value)
	switch {
	case ok:
		return gpio.Levels(uint64(i))
	case lines > 1:
		if n, err := strconv.ParseUint(k.Value, 0, lines); err == nil {
			return gpio.Levels(n)
		}
		c.noState(k.Pos, k.Value, states, fmt.Sprintf("0 to %d", 1<<lines-1), "keep")
		return gpio.Keep
	case strings.EqualFold(k.Value, "off"):
		return gpio.Off
	case strings.EqualFold(k.Value, "on"):
		return gpio.On
	}
	c.noState(k.Pos, k.Value, states, "off", "on", "keep")
	return gpio.Keep
}
