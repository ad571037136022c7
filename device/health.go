package device

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// health is what operations on channels have shown: on those of one device, or on all of a
// port. It is guarded by the port's mu.
type health struct {
	name   string // of the device
	outage lapse  // what the log is told of it

	requests, faults uint64
	last, worst      time.Duration // of an operation, since the port was opened
	err              error         // the last
	silent           bool          // the last operation has found nobody
	since, seen      time.Time     // from which one on, and the last of these

	recoveries uint64        // how often the device was switched off and on
	turned     chan struct{} // capacity 1, for a recovery: something may be due; nil: it has none
	off        atomic.Bool   // it is being switched off and on; not guarded
}

// note takes the outcome of an operation, and reports whether the device has gone silent
// or is heard again.
func (h *health) note(took time.Duration, err error) (changed bool) {
	h.requests++
	h.last, h.worst = took, max(h.worst, took)
	if err != nil {
		h.faults++
	}
	return h.heard(err)
}

// heard takes what a device has said unasked, or that it has not.
func (h *health) heard(err error) (changed bool) {
	was := h.silent
	switch {
	case err == nil:
		h.silent = false
	case errors.Is(err, context.Canceled):
	case drivers.IsLost(err): // which says nothing about the device
		h.err = err
	default:
		status := drivers.AlarmOf(err, pv.StatusRead).Status
		h.err = err
		h.silent = (status == pv.StatusTimeout || status == pv.StatusComm) && !errors.Is(err, errNotDone) // else it answers, though not well
	}
	if h.silent {
		if h.seen = time.Now(); !was {
			h.since = h.seen
		}
		h.turn()
	}
	return h.silent != was
}

// turn has the device's recovery look whether something is due. mu need not be held.
func (h *health) turn() {
	select {
	case h.turned <- struct{}{}:
	default:
	}
}

// unit is the health of the device of that name, nil for "". mu is held.
func (p *Port) unit(name string) *health {
	if name == "" {
		return nil
	}
	u := p.units[name]
	if u == nil {
		u = &health{name: name}
		if p.units == nil {
			p.units = make(map[string]*health)
		}
		p.units[name] = u
	}
	return u
}

// report logs a change of a device between good and bad, once: err is what an operation on
// it has come to.
func (p *Port) report(u *health, err error) {
	switch now := time.Now(); {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), drivers.IsLost(err): // which says nothing about the device
	case drivers.IsOfDevice(err):
		if tell, repeated := u.outage.fault(now); tell {
			p.warn("device fault", err, repeated, "device", u.name)
		}
	default:
		if tell, repeated, lasted := u.outage.good(now); tell {
			p.good("device good again", repeated, "device", u.name, "port", p.config.Name, "after", lasted)
		}
	}
}

// heard notes what a device says unasked.
func (p *Port) heard(unit *health, err error) {
	if unit == nil {
		return
	}
	p.mu.Lock()
	changed := unit.heard(err)
	p.mu.Unlock()
	if changed {
		p.tell()
	}
}

// fresh begins a connection: how long operations took on the last is forgotten. mu is held.
func (p *Port) fresh() {
	p.health.last, p.health.worst = 0, 0
	for _, u := range p.units {
		u.last, u.worst = 0, 0
		u.turn()
	}
}
