package gpio

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// Quantity is what a channel tells of its lines. Edges and levels are logical ones: of a
// line that is active low, rising is the edge from high to low.
type Quantity uint8

// The quantities. Those that are made of edges have the time of the edge or, where they
// come once in a while, of that moment; what was lost on the way makes them doubtful,
// which is an alarm (MINOR).
const (
	// Level is the level of the line, 0 or 1 (kind Enum), or the levels of several as
	// one number (kind Int64). That of inputs comes with each edge, that of outputs
	// can be set.
	Level Quantity = iota
	// Polled is the level of inputs that is only read when somebody asks. Some chips
	// cannot report edges.
	Polled
	// Count is the number of edges since the driver was made, times Scale. What is
	// written to it is what it goes on from. Edges that were lost are counted, since the
	// kernel numbers them: of a line where only one kind of edges counts, half of them.
	Count
	// Rate is the number of edges in the last Per, times Scale.
	Rate
	// Frequency is the number of edges in a second, times Scale, told from the time
	// between the first and the last one of a Per. Without an edge it falls as the
	// time grows, and is 0 after Timeout.
	Frequency
	// Interval is the time between two edges in seconds, times Scale: the mean of a Per.
	// Without an edge for Timeout there is none (alarm TIMEOUT).
	Interval
	// Duty is how much of the last Per the line was active, in percent.
	Duty
	// Width is how long the last pulse was, in seconds, times Scale. A pulse begins with
	// Edge and ends with the opposite edge.
	Width
	// Latch is 1 (kind Enum) from the first edge on until something is written to it.
	Latch
	// Lost is how many edges were lost since the driver was made, because they came
	// faster than they could be taken. The kernel keeps some hundred for the time that
	// this program gets no processor.
	Lost
)

var quantityNames = [...]string{"level", "level", "count", "rate", "frequency", "interval", "duty", "width", "latch", "lost"}

func (q Quantity) String() string { return quantityNames[min(int(q), len(quantityNames)-1)] }

// Edge says which edges count.
type Edge uint8

// The edges.
const (
	Both Edge = iota
	Rising
	Falling
)

// matches reports whether an edge to that level is meant.
func (e Edge) matches(active bool) bool { return e == Both || active == (e == Rising) }

// count is how many edges that are meant there are in x and the lost ones before it:
// edges alternate.
func (e Edge) count(x edge) uint32 {
	n := x.lost
	if e != Both {
		if e.matches(!x.Active) { // as the last lost one was
			n++
		}
		n /= 2
	}
	if e.matches(x.Active) {
		n++
	}
	return n
}

// Measure describes a channel. The zero Measure is the level.
type Measure struct {
	Quantity Quantity
	Edge     Edge          // of Count, Rate, Frequency, Interval, Width and Latch; those with a time in between want one kind
	Per      time.Duration // of Rate, Frequency, Interval and Duty; 1 s if zero
	Timeout  time.Duration // of Frequency and Interval; ten times Per if zero
	Scale    float64       // 1 if zero
}

// The shortest and the longest Per.
const (
	minPer = 10 * time.Millisecond
	maxPer = time.Hour
)

func (m *Measure) check() error {
	switch {
	case m.Quantity > Lost:
		return fmt.Errorf("no quantity %d", m.Quantity)
	case m.Edge > Falling:
		return fmt.Errorf("no edge %d", m.Edge)
	case m.Edge == Both && (m.Quantity == Frequency || m.Quantity == Interval || m.Quantity == Width):
		return fmt.Errorf("%v: rising or falling edges, not both", m.Quantity)
	case m.Per != 0 && (m.Per < minPer || m.Per > maxPer):
		return fmt.Errorf("%v per %v: want %v to %v", m.Quantity, m.Per, minPer, maxPer)
	case m.Timeout < 0 || m.Timeout > 24*time.Hour:
		return fmt.Errorf("time-out of %v: want at most a day", m.Timeout)
	case math.IsNaN(m.Scale) || math.IsInf(m.Scale, 0):
		return errors.New("scale is not a number")
	}
	return nil
}

func (m Measure) withDefaults() Measure {
	if m.Per == 0 {
		m.Per = time.Second
	}
	if m.Timeout == 0 {
		m.Timeout = 10 * m.Per
	}
	if m.Scale == 0 {
		m.Scale = 1
	}
	return m
}

// watches reports whether the channel needs the edges of its line.
func (m Measure) watches() bool { return m.Quantity != Polled }

// ofWords reports whether there is such a channel of several lines.
func (m Measure) ofWords() bool { return m.Quantity <= Polled || m.Quantity == Lost }

// Kind is the kind of the channel's values, for a number of lines.
func (m Measure) Kind(lines int) pv.Kind {
	switch m.Quantity {
	case Level, Polled:
		if lines > 1 {
			return pv.Int64
		}
		return pv.Enum
	case Latch:
		return pv.Enum
	case Lost:
		return pv.Int64
	case Count:
		if m.Scale == 0 || m.Scale == 1 {
			return pv.Int64
		}
	}
	return pv.Float64
}
