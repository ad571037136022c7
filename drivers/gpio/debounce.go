package gpio

import (
	"sync"
	"time"
)

// debouncer reports a level once it has lasted for a period, with the time at which it
// began. It stands in for the kernel where that cannot debounce.
type debouncer struct {
	// immutable
	period time.Duration
	report func(Event)

	mu      sync.Mutex
	settled bool // the level last reported, at first that of the line
	last    Event
	due     time.Time // when last will have lasted for a period
	timer   *time.Timer
	stopped bool
}

// edge takes an edge as the line has it.
func (b *debouncer) edge(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last, b.due = e, time.Now().Add(b.period)
	if b.timer == nil {
		b.timer = time.AfterFunc(b.period, b.expire)
		return
	}
	b.timer.Reset(b.period)
}

// expire runs when there was no edge for a period. It does nothing if one came between
// the timer's firing and this: the timer fires again.
func (b *debouncer) expire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped || b.last.Active == b.settled || time.Now().Before(b.due) {
		return
	}
	b.settled = b.last.Active
	b.report(b.last)
}

// level is the level that has lasted.
func (b *debouncer) level() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settled
}

// stop ends reporting: there is none after it has returned.
func (b *debouncer) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopped = true
	if b.timer != nil {
		b.timer.Stop()
	}
}
