package gpio

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// edge is an edge on its way to the channels.
type edge struct {
	Event
	levels  uint64 // of all lines, after it
	lost    uint32 // edges of the line that were lost before it and count
	doubted bool   // something was lost before it
}

// meter is a channel that makes its value of edges.
type meter struct {
	// immutable, sink once the driver is open
	d *Driver
	Measure
	sink drivers.Sink // nil if nobody listens

	mu       sync.Mutex
	value    pv.Value // what was told last; Invalid: nothing yet
	total    int64    // of a Count
	began    time.Time
	timedOut bool // and told so

	// of a Per; guarded by mu
	window window
	later  []edge    // that came after its end, before that was noticed
	last   time.Time // of the edges before it that count; zero: none
	idle   time.Time // when the last one was, or when the driver was opened
}

// settable is a meter that can be written.
type settable struct{ *meter }

// window is what happened in a Per.
type window struct {
	begin, end  time.Time
	edges       uint32    // that count
	first, last time.Time // of them; zero: none
	level       bool      // at the last edge
	since       time.Time // from when on the level is that
	active      time.Duration
	doubted     bool
}

var (
	_ drivers.Reader   = (*meter)(nil)
	_ drivers.Notifier = (*meter)(nil)
	_ drivers.Writer   = settable{}
)

// grace is how long after the end of a Per its edges may come.
const grace = 5 * time.Millisecond

// maxTotal is what a count can be set to: beyond it a float64 does not have every number.
const maxTotal = 1 << 53

// maxLater is how many edges wait for the end of a Per at most; more are taken to be of
// the one under way.
const maxLater = 4096

func (m *meter) Name() string { return m.d.name() + " " + m.Quantity.String() }

func (m *meter) Notify(sink drivers.Sink) { m.sink = sink }

// Read is the value that was told last, Invalid if there is none yet.
func (m *meter) Read(context.Context) (pv.Value, error) {
	if claim, _ := m.d.claimed(); claim == nil {
		return pv.Value{}, m.d.fault(pv.StatusRead, errClosed)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.timedOut:
		return pv.Value{}, m.silence()
	case m.Quantity == Lost:
		return pv.Int64Value(int64(m.d.Lost())), nil
	}
	return m.value, nil
}

// Write sets a count, or a latch.
func (s settable) Write(_ context.Context, v pv.Value) error {
	if err := s.d.numeric(v); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Quantity == Latch {
		s.value = value(v.Float64() != 0)
		return nil
	}
	total := math.Round(v.Float64() / s.Scale)
	if !(math.Abs(total) < maxTotal) {
		return s.d.fault(pv.StatusHwLimit, fmt.Errorf("%v is too much for a count", v))
	}
	s.total = int64(total)
	s.value = s.count()
	return nil
}

// count is the value of a Count. m.mu is held.
func (m *meter) count() pv.Value {
	if m.Kind(1) == pv.Int64 {
		return pv.Int64Value(m.total)
	}
	return pv.Float64Value(float64(m.total) * m.Scale)
}

// start begins anew, with the line at that level.
func (m *meter) start(level bool, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Quantity != Count && m.Quantity != Latch { // which go on
		m.value = pv.Value{}
	}
	m.began, m.last, m.idle, m.timedOut = time.Time{}, time.Time{}, now, false
	m.window = window{begin: now, end: now.Add(m.Per), level: level, since: now}
	m.later = m.later[:0]
}

// gated reports whether the meter tells something at the end of each Per.
func (m *meter) gated() bool {
	switch m.Quantity {
	case Rate, Frequency, Interval, Duty:
		return true
	}
	return false
}

// edge takes an edge.
func (m *meter) edge(e edge) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gated() {
		if e.Time.Before(m.window.end) || len(m.later) == maxLater {
			m.window.take(e, m.Edge)
		} else {
			m.later = append(m.later, e)
		}
		return
	}
	n := m.Edge.count(e)
	switch m.Quantity {
	case Count:
		if n > 0 || e.doubted {
			m.total += int64(n)
			m.tell(m.count(), e.Time, e.doubted)
		}
	case Latch:
		if n > 0 {
			m.tell(value(true), e.Time, e.doubted)
		}
	case Width:
		switch {
		case m.Edge.matches(e.Active):
			m.began = e.Time
		case e.doubted || m.began.IsZero(): // its beginning was not seen
			m.began = time.Time{}
		default:
			m.tell(pv.Float64Value(e.Time.Sub(m.began).Seconds()*m.Scale), e.Time, false)
			m.began = time.Time{}
		}
	case Lost:
		if e.doubted {
			m.tell(pv.Int64Value(int64(m.d.Lost())), e.Time, false)
		}
	}
}

// take adds an edge to the window.
func (w *window) take(e edge, which Edge) {
	w.doubted = w.doubted || e.doubted
	if w.level {
		w.active += max(e.Time.Sub(w.since), 0)
	}
	w.level, w.since = e.Active, e.Time
	if e.Time.Before(w.begin) { // it came later than grace
		w.since = w.begin
	}
	w.edges += which.count(e)
	if which.matches(e.Active) {
		if w.first.IsZero() {
			w.first = e.Time
		}
		w.last = e.Time
	}
}

// tick ends each Per that has passed, and is when the next one will.
func (m *meter) tick(now time.Time) (next time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for !now.Before(m.window.end) {
		w := m.window
		m.window = window{begin: w.end, end: w.end.Add(m.Per), level: w.level, since: w.end}
		n := 0
		for ; n < len(m.later) && m.later[n].Time.Before(m.window.end); n++ {
			m.window.take(m.later[n], m.Edge)
		}
		m.later = m.later[:copy(m.later, m.later[n:])]
		m.finish(w, now.Add(w.end.Sub(now))) // by the wall clock as it is now
	}
	return m.window.end.Add(grace)
}

// finish tells what there was in a Per that ended at at. m.mu is held.
func (m *meter) finish(w window, at time.Time) {
	switch m.Quantity {
	case Rate:
		m.tell(pv.Float64Value(float64(w.edges)*m.Scale), at, w.doubted)
		return
	case Duty:
		if w.level {
			w.active += w.end.Sub(w.since)
		}
		m.tell(pv.Float64Value(100*w.active.Seconds()/m.Per.Seconds()), at, w.doubted)
		return
	}
	from, n := m.last, w.edges
	if from.IsZero() && !w.first.IsZero() { // the first of all ends no interval
		from, n = w.first, n-min(n, 1)
	}
	if !w.last.IsZero() {
		m.last, m.idle = w.last, w.last
	}
	still := w.end.Sub(m.idle)
	switch {
	case n > 0 && w.last.After(from):
		m.timedOut = false
		m.tellInterval(w.last.Sub(from).Seconds()/float64(n), at, w.doubted)
	case still >= m.Timeout:
		m.last = time.Time{}
		if m.Quantity == Frequency {
			m.tell(pv.Float64Value(0), at, w.doubted)
		} else if !m.timedOut {
			m.timedOut, m.value = true, pv.Value{}
			if m.sink != nil {
				m.sink.Fault(m.silence())
			}
		}
	case m.value.Kind() != pv.Invalid && still.Seconds() > m.told():
		m.tellInterval(still.Seconds(), at, w.doubted) // it is longer than this
	}
}

// tellInterval tells an interval in seconds, or its reciprocal. m.mu is held.
func (m *meter) tellInterval(seconds float64, at time.Time, doubted bool) {
	v := seconds * m.Scale
	if m.Quantity == Frequency {
		v = m.Scale / seconds
	}
	m.tell(pv.Float64Value(v), at, doubted)
}

// told is the interval that was told last, in seconds. m.mu is held.
func (m *meter) told() float64 {
	if m.Quantity == Frequency {
		return math.Abs(m.Scale / m.value.Float64())
	}
	return math.Abs(m.value.Float64() / m.Scale)
}

// tell tells a value. m.mu is held.
func (m *meter) tell(v pv.Value, at time.Time, doubted bool) {
	m.value = v
	if m.sink != nil {
		m.sink.Post(v, pv.StampOf(at), doubt(doubted))
	}
}

// doubt is the alarm of a value before which something was lost.
func doubt(doubted bool) pv.Alarm {
	if doubted {
		return pv.Alarm{Status: pv.StatusRead, Severity: pv.Minor}
	}
	return pv.Alarm{}
}

// silence is why there is no interval.
func (m *meter) silence() error {
	return &drivers.Fault{Status: pv.StatusTimeout, Err: fmt.Errorf("gpio %s: no edge for %v", m.d.where(), m.Timeout)}
}
