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
		l = &Line{name: name}
		if ls.lines == nil {
			ls.lines = map[string]*Line{}
		}
		ls.lines[name] = l
	}
	return l
}

// Request claims lines. gpio.Backend.
func (ls *Lines) Request(pins []boards.Pin, c gpio.Config) (gpio.Claim, error) {
	r := &claim{config: c, closed: make(chan struct{}), wake: make(chan struct{}, 1)}
	for _, p := range pins {
		l := ls.Line(p.Name)
		if err := l.claimable(c); err != nil {
			return nil, err
		}
		r.lines = append(r.lines, l)
	}
	for i, l := range r.lines {
		l.mu.Lock()
		l.claim, l.index, l.seq = r, i, 0
		if c.Direction == gpio.Output && c.Initial != gpio.Keep {
			l.drive(c.Initial.Levels()>>i&1 != 0)
		}
		l.mu.Unlock()
	}
	return r, nil
}

// Line is a line in memory as the world outside sees it. Its levels are those of the
// wire: true is high. Its methods may be called from any goroutine.
type Line struct {
	name string

	mu     sync.Mutex
	level  bool
	driven []bool // levels that a driver has set
	fault  error
	claim  *claim // nil if nobody has the line
	index  int    // among the lines of claim
	seq    uint32
}

// claimable is why the line cannot be claimed.
func (l *Line) claimable(c gpio.Config) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.fault != nil:
		return l.fault
	case l.claim != nil:
		return fmt.Errorf("line %s is in use by %q", l.name, l.claim.config.Consumer)
	case c.Debounce > 0:
		return fmt.Errorf("line %s: debounce: %w", l.name, errors.ErrUnsupported)
	}
	return nil
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
	l.claim.report(gpio.Event{Line: l.index, Active: high != l.claim.config.ActiveLow, Time: time.Now(), Seq: l.seq})
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
	if l.claim != nil {
		l.claim.awake()
	}
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

// claim is lines as a driver has them.
type claim struct {
	lines  []*Line
	config gpio.Config
	closed chan struct{}
	wake   chan struct{}

	mu     sync.Mutex // taken with a line's held, never the other way round
	events []gpio.Event
}

func (c *claim) report(e gpio.Event) {
	c.mu.Lock()
	c.events = append(c.events, e)
	c.mu.Unlock()
	c.awake()
}

func (c *claim) awake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

var errReleased = errors.New("line is released")

// each calls f for each line that can be used, with its lock held.
func (c *claim) each(f func(i int, l *Line)) error {
	for i, l := range c.lines {
		l.mu.Lock()
		err := l.fault
		if l.claim != c {
			err = errReleased
		}
		if err == nil {
			f(i, l)
		}
		l.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *claim) Levels() (levels uint64, err error) {
	err = c.each(func(i int, l *Line) {
		if l.level != c.config.ActiveLow {
			levels |= 1 << i
		}
	})
	return levels, err
}

func (c *claim) SetLevels(levels uint64) error {
	if err := c.each(func(int, *Line) {}); err != nil {
		return err
	}
	if c.config.Direction != gpio.Output {
		return errors.New("line is an input")
	}
	return c.each(func(i int, l *Line) { l.drive(levels>>i&1 != 0) })
}

func (c *claim) Watch(ctx context.Context, handle func(gpio.Event)) error {
	for {
		c.mu.Lock()
		events := c.events
		c.events = nil
		c.mu.Unlock()
		if ctx.Err() != nil {
			return nil
		}
		if err := c.each(func(int, *Line) {}); err != nil {
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
		case <-c.wake:
		}
	}
}

func (c *claim) Close() error {
	open := false
	for _, l := range c.lines {
		l.mu.Lock()
		if l.claim == c {
			l.claim, open = nil, true
		}
		l.mu.Unlock()
	}
	if open {
		close(c.closed)
	}
	return nil
}
