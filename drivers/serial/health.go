package serial

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// health is how well a device answers.
type health struct {
	log   *slog.Logger // immutable
	asked bool         // immutable: some channel wants an answer

	// guarded by the port's turn
	silent   int       // questions in a row without an answer
	since    time.Time // of the first of them
	retry    time.Time // not asked before
	reported bool      // the log knows

	mu   sync.Mutex
	told time.Time // when the last line came that was not asked for, or the port opened
}

// deadAfter is the number of timeouts after which a device is dead, not late: the
// port is not kept quiet for its answer any more.
const deadAfter = 3

// maxRetry bounds how long a dead device is left alone.
const maxRetry = 10 * time.Second

// fresh gives the device another chance on a new connection.
func (h *health) fresh() {
	h.silent, h.retry = 0, time.Time{}
	h.tell(time.Now())
}

func (h *health) tell(now time.Time) {
	h.mu.Lock()
	h.told = now
	h.mu.Unlock()
}

func (h *health) lastTold() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.told
}

func (h *health) heard(now time.Time) {
	h.silent, h.retry = 0, time.Time{}
	if h.reported {
		h.reported = false
		h.log.Info("instrument answers again", "after", now.Sub(h.since).Round(time.Millisecond))
	}
}

// unheard counts a timeout. From the second in a row on the device is left alone for
// its timeout, then twice that, and so on.
func (h *health) unheard(now time.Time, timeout time.Duration) {
	h.silent++
	if h.silent > 1 {
		h.retry = now.Add(min(timeout<<min(h.silent-2, 10), maxRetry))
	}
	if !h.reported {
		h.reported = true
		h.since = now
		h.log.Warn("instrument does not answer", "timeout", timeout)
	}
}

// staleness watches devices that should speak by themselves.
type staleness struct {
	timer   *time.Timer
	devices []*device
	faulted []time.Time // told of the device when its channels were last said to be stale
}

func newStaleness(devices []*device, now time.Time) *staleness {
	w := &staleness{timer: time.NewTimer(0)}
	w.timer.Stop()
	for _, d := range devices {
		if d.staleAfter > 0 {
			w.devices = append(w.devices, d)
		}
	}
	w.faulted = make([]time.Time, len(w.devices))
	w.check(now)
	return w
}

func (w *staleness) stop() { w.timer.Stop() }

// check says which devices are stale, once, and sets the timer to when the next may be.
func (w *staleness) check(now time.Time) {
	next := time.Duration(-1)
	for i, d := range w.devices {
		told := d.lastTold()
		left := told.Add(d.staleAfter).Sub(now)
		if left <= 0 {
			left = d.staleAfter
			if !w.faulted[i].Equal(told) {
				w.faulted[i] = told
				d.goStale()
			}
		}
		if next < 0 || left < next {
			next = left
		}
	}
	if next > 0 {
		w.timer.Reset(next)
	}
}

// goStale faults the channels that live on receive lines.
func (d *device) goStale() {
	err := &drivers.Fault{Status: pv.StatusTimeout, Err: fmt.Errorf("nothing received for %v", d.staleAfter)}
	for _, c := range d.channels {
		if c.receive == nil {
			continue
		}
		if c.receive.own >= 0 {
			c.fault(err)
		}
		c.receive.fault(err)
	}
}
