package gpio

import (
	"context"
	"time"

	"github.com/ioclet/ioclet/boards"
)

// Backend is where lines come from. Its methods may be called from any goroutine.
type Backend interface {
	// Request claims the line that pin names and configures it, in one step where
	// the hardware allows that, so that an output never shows a level that was not
	// asked for. It does not block.
	//
	// An error that wraps drivers.ErrAbsent says that there is no such line. One
	// that wraps errors.ErrUnsupported says that the backend cannot debounce: the
	// driver asks again without.
	Request(pin boards.Pin, c Config) (Line, error)
}

// Line is a claimed line. Levels are logical: true is active, which is the low level
// of a line that is active low. Its methods may be called from any goroutine. An error
// that wraps drivers.ErrAbsent says that the line is gone for good.
type Line interface {
	// Value is the level that the line really has, for an output too. A backend
	// that cannot measure an output says so with an error until the first SetValue,
	// and returns what was set last after it.
	Value() (bool, error)
	// SetValue drives the line. One that was claimed as an output to be kept
	// becomes an output with the first SetValue, if it is none yet.
	SetValue(active bool) error
	// Watch hands the line's edges to handle, from this goroutine, in the order in
	// which they happened, beginning with the first since the line was requested.
	// It returns nil when ctx ends, and an error when the line is lost. It is called
	// once, for a line that was requested with Edges.
	Watch(ctx context.Context, handle func(Event)) error
	// Close releases the line and ends Watch. It is idempotent.
	Close() error
}

// Event is an edge.
type Event struct {
	Active bool      // the level after the edge
	Time   time.Time // when the hardware saw it
	Seq    uint32    // counts the line's edges from 1, so that a gap shows lost ones; wraps
}

// Config is how a line is to be claimed.
type Config struct {
	Consumer  string // who uses the line, shown to others who ask for it
	Direction Direction
	ActiveLow bool
	Pull      Pull          // inputs only
	Edges     bool          // inputs only: edges are wanted, both of them
	Debounce  time.Duration // inputs only: how long a level must last to count
	Initial   State         // outputs only
}

// Direction says whether a line is read or driven.
type Direction uint8

// The directions.
const (
	Input Direction = iota
	Output
)

func (d Direction) String() string {
	if d == Output {
		return "output"
	}
	return "input"
}

// Pull is the pull resistor of an input.
type Pull uint8

// The pulls. PullAsIs leaves the resistor as it is, PullNone switches it off.
const (
	PullAsIs Pull = iota
	PullUp
	PullDown
	PullNone
)

func (p Pull) String() string {
	return [...]string{"as-is", "up", "down", "none"}[min(p, PullNone)]
}

// State is a state that an output is to be brought to.
type State uint8

// The states. Keep leaves the line as it is: neither its level nor its direction
// changes.
const (
	Keep State = iota
	Off
	On
)

func (s State) String() string {
	return [...]string{"keep", "off", "on"}[min(s, On)]
}
