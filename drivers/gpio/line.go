package gpio

import (
	"context"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/boards"
)

// MaxLines is how many lines can be claimed together.
const MaxLines = 32

// Backend is where lines come from. Its methods may be called from any goroutine.
type Backend interface {
	// Request claims the lines that pins name, one to MaxLines of them, and configures
	// them all in one step where the hardware allows that, so that an output never
	// shows a level that was not asked for. It does not block.
	//
	// An error that wraps drivers.ErrAbsent says that there is no such line. One
	// that wraps errors.ErrUnsupported says that the backend cannot debounce: the
	// driver asks again without.
	Request(pins []boards.Pin, c Config) (Claim, error)
}

// Claim is one or more lines that were claimed together. Levels are logical, one bit for
// each line, that of the first line being bit 0: 1 is active, which is the low level of a
// line that is active low. Its methods may be called from any goroutine. An error that
// wraps drivers.ErrAbsent says that the lines are gone for good.
type Claim interface {
	// Levels are what the lines really have, for outputs too. A backend that cannot
	// measure an output says so with an error until the first SetLevels, and returns
	// what was set last after it.
	Levels() (uint64, error)
	// SetLevels drives the lines, at the same time if the hardware can. Those that
	// were claimed as outputs to be kept become outputs with the first SetLevels, if
	// they are none yet.
	SetLevels(levels uint64) error
	// Watch hands the lines' edges to handle, from this goroutine, in the order in
	// which they happened, beginning with the first since the lines were requested.
	// It returns nil when ctx ends, and an error when the lines are lost. It is called
	// once, for lines that were requested with Edges.
	Watch(ctx context.Context, handle func(Event)) error
	// Close releases the lines and ends Watch. It is idempotent.
	Close() error
}

// Event is an edge.
type Event struct {
	Line   int       // which of the lines that were claimed together, from 0
	Active bool      // the level after the edge
	Time   time.Time // when the hardware saw it
	Seq    uint32    // counts the line's edges from 1, so that a gap shows lost ones; wraps
}

// Config is how lines are to be claimed.
type Config struct {
	Consumer  string // who uses the lines, shown to others who ask for them
	Direction Direction
	ActiveLow bool
	Pull      Pull
	Drive     Drive         // outputs only
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

// Pull is the pull resistor of an input, or of an output that is not driven both ways.
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

// Drive is how an output makes its levels. The kernel does without where the chip
// cannot: an open drain is then an input while it is high.
type Drive uint8

// The drives. An open drain makes its line low and leaves it alone otherwise, so that
// others may make it low too; an open source does so with high.
const (
	PushPull Drive = iota
	OpenDrain
	OpenSource
)

// State is what an output is to be brought to: Keep, or the levels that [Levels] makes
// one of.
type State uint64

// States. Keep leaves the line as it is: neither its level nor its direction changes. Off
// and On are those of a single line.
const (
	Keep State = 0
	Off  State = 1
	On   State = 2
)

// Levels is the state in which the lines have these levels.
func Levels(levels uint64) State { return State(levels + 1) }

// Levels are the levels of the lines in a state other than Keep.
func (s State) Levels() uint64 { return uint64(s - 1) }

func (s State) String() string {
	switch s {
	case Keep:
		return "keep"
	case Off:
		return "off"
	case On:
		return "on"
	}
	return fmt.Sprintf("%#x", s.Levels())
}
