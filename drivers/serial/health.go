package serial

import (
	"fmt"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/link"
	"github.com/ioclet/ioclet/pv"
)

// health is how well a device answers, and speaks by itself.
type health struct {
	link.Health
	asked bool // immutable: some channel wants an answer

	mu   sync.Mutex
	told time.Time // when the last line came that was not asked for, or the port opened
}

// renew gives the device another chance on a new connection.
func (h *health) renew() {
	h.Health = link.Health{}
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
