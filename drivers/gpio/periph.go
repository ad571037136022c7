package gpio

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
	periph "periph.io/x/conn/v3/gpio"
)

// Periph is the backend of pins that a driver of periph.io knows, such as those of an
// expander or a USB adapter. Find returns the pin that is meant, nil if there is none;
// gpioreg.ByName finds it among those that are registered.
//
// Such pins do less than the kernel's lines. An output is never read, since some
// drivers make an input of it then: its level is what was set last, and unknown until
// something was. Edges have the time at which they were noticed, and edges that come
// too fast are lost unnoticed. There is no debouncing.
type Periph struct {
	Find func(name string) periph.PinIO
}

var _ Backend = Periph{}

// Request finds and configures a pin. Backend.
func (b Periph) Request(pins []boards.Pin, c Config) (Claim, error) {
	pin := pins[0]
	switch {
	case len(pins) > 1:
		return nil, fmt.Errorf("pin %s cannot be claimed together with others", pin.Name)
	case c.Drive != PushPull:
		return nil, fmt.Errorf("pin %s cannot be an open drain or open source", pin.Name)
	}
	p := b.Find(pin.Name)
	if p == nil || p == periph.INVALID {
		return nil, fmt.Errorf("no pin %s: %w", pin.Name, drivers.ErrAbsent)
	}
	if c.Debounce > 0 {
		return nil, fmt.Errorf("pin %s: debounce: %w", pin.Name, errors.ErrUnsupported)
	}
	l := &periphLine{pin: p, name: pin.Name, output: c.Direction == Output, activeLow: c.ActiveLow}
	if c.Direction == Output {
		if c.Initial == Keep {
			return l, nil
		}
		if err := l.SetLevels(c.Initial.Levels()); err != nil {
			return nil, err
		}
		return l, nil
	}
	edge := periph.NoEdge
	if c.Edges {
		edge = periph.BothEdges
	}
	pull := [...]periph.Pull{
		PullAsIs: periph.PullNoChange, PullUp: periph.PullUp, PullDown: periph.PullDown, PullNone: periph.Float,
	}[c.Pull]
	if err := p.In(pull, edge); err != nil {
		return nil, fmt.Errorf("pin %s: %w", pin.Name, err)
	}
	return l, nil
}

// periphLine is a pin as a line.
type periphLine struct {
	// immutable
	pin       periph.PinIO
	name      string
	output    bool
	activeLow bool

	mu     sync.Mutex // guards what follows, and the pin but for WaitForEdge
	level  uint64     // of an output, as set last
	known  bool       // level has been set
	closed bool
}

func (l *periphLine) Levels() (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return 0, fmt.Errorf("pin %s: %w", l.name, errClosed)
	case !l.output && bool(l.pin.Read()) != l.activeLow:
		return 1, nil
	case !l.output:
		return 0, nil
	case !l.known:
		return 0, fmt.Errorf("pin %s: its level is unknown until it is set", l.name)
	}
	return l.level, nil
}

func (l *periphLine) SetLevels(levels uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return fmt.Errorf("pin %s: %w", l.name, errClosed)
	}
	if err := l.pin.Out(periph.Level((levels != 0) != l.activeLow)); err != nil {
		return fmt.Errorf("pin %s: %w", l.name, err)
	}
	l.level, l.known = levels, true
	return nil
}

// edgeWait bounds one wait for an edge, and so how long Watch goes on after its end.
const edgeWait = 200 * time.Millisecond

func (l *periphLine) Watch(ctx context.Context, handle func(Event)) error {
	var seq uint32
	for ctx.Err() == nil {
		began := time.Now()
		if !l.pin.WaitForEdge(edgeWait) {
			// Some drivers return at once when they cannot wait: do not spin.
			if err := l.pause(ctx, edgeWait-time.Since(began)); err != nil {
				return err
			}
			continue
		}
		now := time.Now()
		level, err := l.Levels()
		if err != nil {
			return err
		}
		seq++
		handle(Event{Active: level != 0, Time: now, Seq: seq})
	}
	return nil
}

// pause waits for d or the end of ctx. It returns an error if the line is closed.
func (l *periphLine) pause(ctx context.Context, d time.Duration) error {
	l.mu.Lock()
	closed := l.closed
	l.mu.Unlock()
	if closed {
		return fmt.Errorf("pin %s: %w", l.name, errClosed)
	}
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil
}

func (l *periphLine) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	if l.output {
		return nil // leave the level as it is
	}
	if err := l.pin.Halt(); err != nil {
		return fmt.Errorf("pin %s: %w", l.name, err)
	}
	return nil
}
