package gpio

import (
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
)

// debouncer reports levels once they have lasted for a period, with the time at which
// they began. It stands in for the kernel where that cannot debounce, and for several
// lines, of which the kernel would report each for itself.
type debouncer struct {
	// immutable
	period time.Duration
	report func(edge)
	failed func(error) // of a panic of report

	mu      sync.Mutex
	settled uint64 // the levels last reported, at first those of the lines
	last    edge
	due     time.Time // when last will have lasted for a period
	timer   *time.Timer
	stopped bool
}

// edge takes an edge as the line has it. What was lost before it is part of the bouncing.
func (b *debouncer) edge(e edge) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.lost, e.doubted = 0, e.doubted || b.last.doubted
	b.last, b.due = e, time.Now().Add(b.period)
	if b.timer == nil {
		b.timer = time.AfterFunc(b.period, func() {
			if err := drivers.Guard("debounce", func() error { b.expire(); return nil }); err != nil {
				b.failed(err)
			}
		})
		return
	}
	b.timer.Reset(b.period)
}

// expire runs when there was no edge for a period. It does nothing if one came between
// the timer's firing and this: the timer fires again.
func (b *debouncer) expire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped || time.Now().Before(b.due) || b.last.levels == b.settled && !b.last.doubted {
		return
	}
	b.settled = b.last.levels
	b.report(b.last)
	b.last.doubted = false
}

// levels are those that have lasted.
func (b *debouncer) levels() uint64 {
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
