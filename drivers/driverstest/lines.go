package driverstest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers/gpio"
)

// Lines is a [gpio.Backend] of lines in memory, each made when it is first asked for.
// The zero Lines is ready. It does no debouncing, so that drivers do it themselves.
type Lines struct {
	mu    sync.Mutex
	lines map[string]*Line
}

var _ gpio.Backend = (*Lines)(nil)

// Line is the line that belongs to the pin of that name.
func (ls *Lines) Line(name string) *Line {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.lines[name]
	if l == nil {
		l = &Line{name: name, wake: make(chan struct{}, 1)}
		if ls.lines == nil {
			ls.lines = map[string]*Line{}
		}
		ls.lines[name] = l
	}
	return l
}

// Request claims a line. gpio.Backend.
func (ls *Lines) Request(pin boards.Pin, c gpio.Config) (gpio.Line, error) {
	l := ls.Line(pin.Name)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.fault != nil:
		return nil, l.fault
	case l.claim != nil:
		return nil, fmt.Errorf("line %s is in use by %q", l.name, l.claim.config.Consumer)
	case c.Debounce > 0:
		return nil, fmt.Errorf("line %s: debounce: %w", l.name, errors.ErrUnsupported)
	}
	l.claim = &claim{line: l, config: c, closed: make(chan struct{})}
	l.events, l.seq = nil, 0
	if c.Direction == gpio.Output && c.Initial != gpio.Keep {
		l.drive(c.Initial == gpio.On)
	}
	return l.claim, nil
}

// Line is a line in memory as the world outside sees it. Its levels are those of the
// wire: true is high. Its methods may be called from any goroutine.
type Line struct {
	name string
	wake chan struct{}

	mu     sync.Mutex
	level  bool
	driven []bool // levels that a driver has set
	fault  error
	claim  *claim // nil if nobody has the line
	events []gpio.Event
	seq    uint32
}

// Set makes the wire high or low, which is an edge if it was the other before. The
// edge has the time of the call.
func (l *Line) Set(high bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if high == l.level {
		return
	}
	l.level = high
	if l.claim == nil || !l.claim.config.Edges {
		return
	}
	l.seq++
	l.events = append(l.events, gpio.Event{Active: high != l.claim.config.ActiveLow, Time: time.Now(), Seq: l.seq})
	l.awake()
}

// Drop makes the next edge come as if n edges before it had been lost.
func (l *Line) Drop(n uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq += n
}

// Fail makes all operations on the line fail with err, and a watch end with it, until
// it is called with nil.
func (l *Line) Fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = err
	l.awake()
}

// Level is the level of the wire.
func (l *Line) Level() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.level
}

// Driven lists the levels that were set by a driver, oldest first.
func (l *Line) Driven() []bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]bool(nil), l.driven...)
}

// Claimed is how the line is claimed, false if it is not.
func (l *Line) Claimed() (gpio.Config, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.claim == nil {
		return gpio.Config{}, false
	}
	return l.claim.config, true
}

// drive sets the level of an output. l.mu is held.
func (l *Line) drive(active bool) {
	l.level = active != l.claim.config.ActiveLow
	l.driven = append(l.driven, l.level)
}

func (l *Line) awake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// claim is the line as a driver has it.
type claim struct {
	line   *Line
	config gpio.Config
	closed chan struct{}
}

var errReleased = errors.New("line is released")

// usable is why the line cannot be used. l.mu is held.
func (c *claim) usable() error {
	if c.line.claim != c {
		return errReleased
	}
	return c.line.fault
}

func (c *claim) Value() (bool, error) {
	l := c.line
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.level != c.config.ActiveLow, c.usable()
}

func (c *claim) SetValue(active bool) error {
	l := c.line
	l.mu.Lock()
	defer l.mu.Unlock()
	err := c.usable()
	if err == nil && c.config.Direction != gpio.Output {
		err = errors.New("line is an input")
	}
	if err == nil {
		l.drive(active)
	}
	return err
}

func (c *claim) Watch(ctx context.Context, handle func(gpio.Event)) error {
	l := c.line
	for {
		l.mu.Lock()
		events, err := l.events, c.usable()
		l.events = nil
		l.mu.Unlock()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
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
		case <-c.closed:
		case <-l.wake:
		}
	}
}

func (c *claim) Close() error {
	l := c.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.claim == c {
		l.claim = nil
		close(c.closed)
	}
	return nil
}
