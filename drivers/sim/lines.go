package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/gpio"
)

// Lines is a gpio.Backend of simulated lines: each pin has one, made when it is first
// asked for, at the end of a wire that may have others. Of those that drive a wire, low
// wins. A wire that nobody drives has the level that a pull resistor gives it, or the one
// that a wire with an open drain or open source must have; without any it is low. Outputs
// keep their level when they are released, as most chips do. The zero Lines is ready; its
// methods may be called from any goroutine.
type Lines struct {
	mu    sync.Mutex
	lines map[string]*line
}

var _ gpio.Backend = (*Lines)(nil)

// line is the line of a pin. Everything is guarded by the mutex of its Lines.
type line struct {
	name   string
	wire   *wire
	drives level   // as an output
	pulls  level   // with a resistor
	motion *motion // of the claim whose first line this is; may be nil
	claim  *claim
	index  int // among the lines of claim
	seq    uint32

	fault Fault
	stuck bool // the level that it has with the fault Stuck

	follow func(high bool) // is told the level of the wire whenever it changes; may be nil
}

// level is what is seen of the wire.
func (l *line) level() bool {
	if l.fault == Stuck {
		return l.stuck
	}
	return l.wire.high
}

// wire is what connects lines.
type wire struct {
	lines   []*line
	outside level // what Set or a motion drives it to
	high    bool
}

// level is what something does to a wire.
type level uint8

const (
	noLevel level = iota
	lowLevel
	highLevel
)

func levelOf(high bool) level {
	if high {
		return highLevel
	}
	return lowLevel
}

// claim is lines as a driver has them. gpio.Claim.
type claim struct {
	all    *Lines
	lines  []*line
	config gpio.Config
	wake   chan struct{} // events have come, or the lines are released

	// guarded by all.mu
	events []gpio.Event
}

// maxEvents is how many edges a claim keeps for each line, as many as a driver asks of the
// kernel; older ones give way.
const maxEvents = 256

func (ls *Lines) line(pin boards.Pin) *line {
	l := ls.lines[pin.Name]
	if l == nil {
		l = &line{name: pin.Name, wire: new(wire)}
		l.wire.lines = []*line{l}
		if ls.lines == nil {
			ls.lines = map[string]*line{}
		}
		ls.lines[pin.Name] = l
	}
	return l
}

// Connect wires pins together: what one of them drives, or Set sets, the others have too.
// It is called before the pins are used.
func (ls *Lines) Connect(pins ...boards.Pin) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for _, p := range pins[1:] {
		one, other := ls.line(pins[0]).wire, ls.line(p).wire
		if one == other {
			continue
		}
		one.lines = append(one.lines, other.lines...)
		for _, l := range other.lines {
			l.wire = one
		}
		one.settle(time.Now())
	}
}

// Request claims lines. It does no debouncing, which the driver then does itself.
// gpio.Backend.
func (ls *Lines) Request(pins []boards.Pin, c gpio.Config) (gpio.Claim, error) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	r := &claim{all: ls, config: c, wake: make(chan struct{}, 1)}
	for _, p := range pins {
		l := ls.line(p)
		if l.fault == Unplug {
			return nil, fmt.Errorf("line %s: unplugged: %w", l.name, drivers.ErrAbsent)
		}
		if l.claim != nil {
			return nil, fmt.Errorf("line %s is in use by %q", l.name, l.claim.config.Consumer)
		}
		r.lines = append(r.lines, l)
	}
	if c.Debounce > 0 {
		return nil, fmt.Errorf("simulated line %s: debounce: %w", pins[0].Name, errors.ErrUnsupported)
	}
	now := time.Now()
	for i, l := range r.lines {
		l.configure(c)
		if c.Direction == gpio.Output && c.Initial != gpio.Keep {
			l.drive(c, c.Initial.Levels()>>i&1 != 0)
		}
		l.wire.settle(now) // an edge for others, not for who claims it
		l.claim, l.index, l.seq = r, i, 0
	}
	return r, nil
}

// configure does what a claim says of the line besides the levels of outputs.
func (l *line) configure(c gpio.Config) {
	if c.Direction == gpio.Input {
		l.drives = noLevel
	}
	switch {
	case c.Pull == gpio.PullUp, c.Drive == gpio.OpenDrain && c.Pull != gpio.PullDown:
		l.pulls = highLevel
	case c.Pull == gpio.PullDown, c.Drive == gpio.OpenSource:
		l.pulls = lowLevel
	case c.Pull == gpio.PullNone:
		l.pulls = noLevel
	}
}

// drive sets the level of an output.
func (l *line) drive(c gpio.Config, active bool) {
	if l.fault == Stuck {
		return
	}
	l.drives = levelOf(active != c.ActiveLow)
	if l.drives == highLevel && c.Drive == gpio.OpenDrain || l.drives == lowLevel && c.Drive == gpio.OpenSource {
		l.drives = noLevel
	}
}

// Set drives the wire of a pin high or low, as something outside would: pressing a
// button that connects the pin to ground makes it low.
func (ls *Lines) Set(pin boards.Pin, high bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	w := ls.line(pin).wire
	w.outside = levelOf(high)
	w.settle(time.Now())
}

// High is the level of the wire of a pin.
func (ls *Lines) High(pin boards.Pin) bool {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return ls.line(pin).wire.high
}

// Follow has something that the wire of a pin switches follow: it is told each new level.
// It must not call ls.
func (ls *Lines) Follow(pin boards.Pin, follow func(high bool)) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.line(pin).follow = follow
}

// LineFaults lists what can be wrong with a line.
func LineFaults() []Fault { return []Fault{NoFault, Stuck, Unplug} }

// SetFault makes something wrong with the line of a pin: Stuck, it neither drives the wire
// to another level nor sees it move; Unplug, it is not there, and who has it loses it.
func (ls *Lines) SetFault(pin boards.Pin, f Fault) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l, now := ls.line(pin), time.Now()
	l.stuck = l.level()
	l.fault = f
	if f == Unplug {
		if l.claim != nil {
			l.claim.release()
		}
		l.drives, l.pulls = noLevel, noLevel
		l.wire.settle(now)
	}
	if l.level() != l.stuck {
		l.edge(now)
	}
}

// resolve is the level that the wire has by all who drive and pull it: low, if they differ.
func (w *wire) resolve() level {
	drives, pulls := w.outside, noLevel
	for _, l := range w.lines {
		if l.drives != noLevel && drives != lowLevel {
			drives = l.drives
		}
		if l.pulls != noLevel && pulls != lowLevel {
			pulls = l.pulls
		}
	}
	if drives != noLevel {
		return drives
	}
	return pulls
}

// settle brings the wire to its level, which is an edge for its lines if it had another.
func (w *wire) settle(at time.Time) {
	high := w.resolve() == highLevel
	if w.high == high {
		return
	}
	w.high = high
	for _, l := range w.lines {
		if l.follow != nil {
			l.follow(high)
		}
		if l.fault != Stuck {
			l.edge(at)
		}
	}
}

// edge tells who watches the line that it has another level.
func (l *line) edge(at time.Time) {
	c := l.claim
	if c == nil || !c.config.Edges {
		return
	}
	l.seq++
	if len(c.events) == maxEvents*len(c.lines) {
		c.events = append(c.events[:0], c.events[1:]...)
	}
	c.events = append(c.events, gpio.Event{Line: l.index, Active: l.level() != c.config.ActiveLow, Time: at, Seq: l.seq})
	c.awake()
}

func (c *claim) awake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

var errReleased = fmt.Errorf("line is released: %w", drivers.ErrAbsent)

// released reports whether Close was called. all.mu is held.
func (c *claim) released() bool { return c.lines[0].claim != c }

func (c *claim) Levels() (levels uint64, err error) {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if c.released() {
		return 0, errReleased
	}
	c.move()
	for i, l := range c.lines {
		if l.level() != c.config.ActiveLow {
			levels |= 1 << i
		}
	}
	return levels, nil
}

func (c *claim) SetLevels(levels uint64) error {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	switch {
	case c.released():
		return errReleased
	case c.config.Direction != gpio.Output:
		return errors.New("line is an input")
	}
	now := time.Now()
	for i, l := range c.lines {
		l.drive(c.config, levels>>i&1 != 0)
		l.wire.settle(now)
	}
	return nil
}

func (c *claim) Watch(ctx context.Context, handle func(gpio.Event)) error {
	var moves <-chan time.Time // never, unless something moves the lines
	if c.lines[0].motion != nil {
		ticker := time.NewTicker(motionStep)
		defer ticker.Stop()
		moves = ticker.C
	}
	for {
		c.all.mu.Lock()
		if !c.released() {
			c.move()
		}
		events, released := c.events, c.released()
		c.events = nil
		c.all.mu.Unlock()
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
		case <-moves:
		}
	}
}

func (c *claim) Close() error {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if !c.released() {
		c.release()
	}
	return nil
}

// release gives the lines back. all.mu is held.
func (c *claim) release() {
	for _, l := range c.lines {
		l.claim = nil
	}
	c.awake()
}
