package gpio

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ioclet/ioclet/boards"
)

// Options describe lines and their use. Only Pins is needed: an input with edges, as the
// hardware has set it up.
type Options struct {
	// Pins are the lines, as boards.Board.Resolve returns them: mostly one. Several
	// are one value, the first line being its bit 0. They are of one chip, which reads
	// and sets them at the same time if it can.
	Pins []boards.Pin
	// Backend is where the lines come from; nil is Kernel{}.
	Backend Backend
	// Consumer is shown to others who ask for the lines; "ioclet" if empty. The
	// kernel keeps 31 bytes of it.
	Consumer string

	Direction Direction
	// ActiveLow makes the low level the active one.
	ActiveLow bool
	// Pull is the pull resistor of an input, or of an open drain or open source.
	Pull Pull

	// Measures are the channels of an input; none is its level alone.
	Measures []Measure
	// Debounce is how long an input's level must last to be reported and read, 0 to
	// an hour. The kernel does it for a single line; where it cannot, and for several
	// lines, whose levels must all last, the driver does it if somebody listens.
	Debounce time.Duration

	// Drive is how an output makes its levels.
	Drive Drive
	// Initial is what an output is set to whenever the lines are claimed, at the start
	// and after a fault. The lines show no other level on the way there. With Keep they
	// are left as they are: what was written before a fault may be out of date after it.
	Initial State
	// OnExit is what an output is set to before the lines are released. What becomes
	// of a line after its release is up to the driver of its chip, and nothing is
	// done for it when the process is killed: only hardware makes that safe.
	OnExit State
	// Heartbeat makes an output that nobody writes: it changes its level once in this
	// time, 1 ms to an hour, as long as Alive says so, and so tells an external watchdog
	// that the program does its work.
	Heartbeat time.Duration
	// Alive is asked before each heartbeat; it must not block.
	Alive func() bool
}

// maxDebounce is less than the kernel's field of microseconds holds, 2^32.
const maxDebounce = time.Hour

func (o *Options) check() error {
	if len(o.Pins) == 0 || !o.Pins[0].IsLine() {
		return errors.New("no line given")
	}
	if len(o.Pins) > MaxLines {
		return fmt.Errorf("%d lines: want at most %d", len(o.Pins), MaxLines)
	}
	for i, p := range o.Pins {
		switch {
		case !p.IsLine():
			return fmt.Errorf("%v is no line", p)
		case slices.ContainsFunc(o.Pins[:i], p.Same):
			return fmt.Errorf("%v is there twice", p)
		case i > 0 && p.Chip != o.Pins[0].Chip:
			return fmt.Errorf("%v and %v are not of one chip", o.Pins[0], p)
		}
	}
	switch {
	case o.Direction > Output:
		return fmt.Errorf("no direction %d", o.Direction)
	case o.Pull > PullNone:
		return fmt.Errorf("no pull %d", o.Pull)
	case o.Drive > OpenSource:
		return fmt.Errorf("no drive %d", o.Drive)
	case !o.has(o.Initial) || !o.has(o.OnExit):
		return fmt.Errorf("no state %v of %d lines", max(o.Initial, o.OnExit), len(o.Pins))
	case o.Debounce < 0 || o.Debounce > maxDebounce:
		return fmt.Errorf("debounce of %v: want 0 to %v", o.Debounce, maxDebounce)
	case o.Direction == Output:
		return o.checkOutput()
	case o.Drive != PushPull || o.Initial != Keep || o.OnExit != Keep || o.Heartbeat != 0:
		return errors.New("drive, initial, on exit and heartbeat are for outputs")
	}
	for i := range o.Measures {
		m := &o.Measures[i]
		if err := m.check(); err != nil {
			return err
		}
		if len(o.Pins) > 1 && !m.ofWords() {
			return fmt.Errorf("%v of several lines", m.Quantity)
		}
	}
	if o.Debounce != 0 && !o.watched() {
		return errors.New("an input whose edges are not watched cannot be debounced")
	}
	return nil
}

func (o *Options) checkOutput() error {
	switch {
	case o.Debounce != 0 || len(o.Measures) > 0:
		return errors.New("measures and debounce are for inputs")
	case o.Pull != PullAsIs && o.Drive == PushPull:
		return errors.New("pull is for inputs, open drain and open source")
	case o.Heartbeat == 0:
		return nil
	case o.Heartbeat < time.Millisecond || o.Heartbeat > time.Hour:
		return fmt.Errorf("heartbeat of %v: want 1ms to 1h", o.Heartbeat)
	case o.Alive == nil:
		return errors.New("heartbeat without a proof of life")
	case len(o.Pins) > 1:
		return errors.New("heartbeat of several lines")
	}
	return nil
}

// has reports whether there is such a state.
func (o *Options) has(s State) bool {
	return s == Keep || s.Levels()>>len(o.Pins) == 0
}

// watched reports whether there is a channel that needs edges.
func (o *Options) watched() bool {
	return o.Direction == Input && (len(o.Measures) == 0 || slices.ContainsFunc(o.Measures, Measure.watches))
}
