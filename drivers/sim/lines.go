package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers/gpio"
)

// Lines is a gpio.Backend of simulated lines: each pin has one, made when it is first
// asked for. A line that nobody drives has the level that its pull resistor gives it,
// low without one. Outputs keep their level when they are released, as most chips do. The
// zero Lines is ready; its methods may be called from any goroutine.
type Lines struct {
	mu    sync.Mutex
	lines map[string]*line
}

var _ gpio.Backend = (*Lines)(nil)

// line is the wire of a pin. Everything is guarded by the mutex of its Lines.
type line struct {
	name   string
	high   bool
	driven bool // high was set, by Set or by an output
	claim  *claim
}

// claim is a line as a driver has it. gpio.Line.
type claim struct {
	lines  *Lines
	line   *line
	config gpio.Config
	wake   chan struct{} // events have come, or the line is released

	// guarded by lines.mu
	events []gpio.Event
	seq    uint32
}

// maxEvents is how many edges a line keeps, as the kernel does; older ones give way.
const maxEvents = 16

func (ls *Lines) line(pin boards.Pin) *line {
	l := ls.lines[pin.Name]
	if l == nil {
		l = &line{name: pin.Name}
		if ls.lines == nil {
			ls.lines = map[string]*line{}
		}
		ls.lines[pin.Name] = l
	}
	return l
}

// Request claims a line. It does no debouncing, which the driver then does itself.
// gpio.Backend.
func (ls *Lines) Request(pin boards.Pin, c gpio.Config) (gpio.Line, error) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.line(pin)
	switch {
	case l.claim != nil:
		return nil, fmt.Errorf("line %s is in use by %q", l.name, l.claim.config.Consumer)
	case c.Debounce > 0:
		return nil, fmt.Errorf("simulated line %s: debounce: %w", l.name, errors.ErrUnsupported)
	}
	l.claim = &claim{lines: ls, line: l, config: c, wake: make(chan struct{}, 1)}
	switch {
	case c.Direction == gpio.Output && c.Initial != gpio.Keep:
		l.set((c.Initial == gpio.On) != c.ActiveLow)
	case c.Direction == gpio.Input && !l.driven:
		l.high = c.Pull == gpio.PullUp
	}
	return l.claim, nil
}

// Set makes the wire of a pin high or low, as something outside would: pressing a
// button that connects the pin to ground makes it low.
func (ls *Lines) Set(pin boards.Pin, high bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.line(pin).set(high)
}

// High is the level of the wire of a pin.
func (ls *Lines) High(pin boards.Pin) bool {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return ls.line(pin).high
}

// set changes the level, which is an edge for who watches it.
func (l *line) set(high bool) {
	l.driven = true
	if l.high == high {
		return
	}
	l.high = high
	c := l.claim
	if c == nil || !c.config.Edges {
		return
	}
	c.seq++
	if len(c.events) == maxEvents {
		c.events = append(c.events[:0], c.events[1:]...)
	}
	c.events = append(c.events, gpio.Event{Active: high != c.config.ActiveLow, Time: time.Now(), Seq: c.seq})
	c.awake()
}

func (c *claim) awake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

var errReleased = errors.New("line is released")

// released reports whether Close was called. lines.mu is held.
func (c *claim) released() bool { return c.line.claim != c }

func (c *claim) Value() (bool, error) {
	c.lines.mu.Lock()
	defer c.lines.mu.Unlock()
	if c.released() {
		return false, errReleased
	}
	return c.line.high != c.config.ActiveLow, nil
}

func (c *claim) SetValue(active bool) error {
	c.lines.mu.Lock()
	defer c.lines.mu.Unlock()
	switch {
	case c.released():
		return errReleased
	case c.config.Direction != gpio.Output:
		return errors.New("line is an input")
	}
	c.line.set(active != c.config.ActiveLow)
	return nil
}

func (c *claim) Watch(ctx context.Context, handle func(gpio.Event)) error {
	for {
		c.lines.mu.Lock()
		events, released := c.events, c.released()
		c.events = nil
		c.lines.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return nil
		case released:
			return errReleased
		}
		for _, e := range events {
			handle(e)
		}
		if len(events) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.wake:
		}
	}
}

func (c *claim) Close() error {
	c.lines.mu.Lock()
	defer c.lines.mu.Unlock()
	if !c.released() {
		c.line.claim = nil
		c.awake()
	}
	return nil
}
