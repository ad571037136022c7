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
	settled bool // the level last reported
	last    Event
	timer   *time.Timer
	stopped bool
}

// edge takes an edge as the line has it.
func (b *debouncer) edge(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = e
	if b.timer == nil {
		b.timer = time.AfterFunc(b.period, b.expire)
		return
	}
	b.timer.Reset(b.period)
}

// expire runs when there was no edge for a period.
func (b *debouncer) expire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped || b.last.Active == b.settled {
		return
	}
	b.settled = b.last.Active
	b.report(b.last)
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
