package link

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Health is how well a device answers. It is guarded by the turn of the device's link.
type Health struct {
	// Log takes a line when the device falls silent and one when it answers again.
	Log *slog.Logger

	silent   int       // questions in a row without an answer
	since    time.Time // of the first of them
	retry    time.Time // not asked before
	why      error     // what the last of them came to
	reported bool      // the log knows
}

// deadAfter is the number of timeouts after which a device is dead, not late: nobody waits
// for its late answer any more.
const deadAfter = 3

// MaxRetry is how long a dead device is left alone at most.
const MaxRetry = 10 * time.Second

// Fresh gives the device another chance on a new connection.
func (h *Health) Fresh() { h.silent, h.retry = 0, time.Time{} }

// Silent is how many questions in a row had no answer.
func (h *Health) Silent() int { return h.silent }

// Dead reports whether its answers are not to be expected any more.
func (h *Health) Dead() bool { return h.silent >= deadAfter }

// Paused is the fault of a device that is left alone now, nil if it is not. Until it is asked
// again it stays the same, since an alarm with another message is an event.
func (h *Health) Paused() error {
	if time.Until(h.retry) <= 0 {
		return nil
	}
	return &drivers.Fault{Status: pv.StatusTimeout, Err: fmt.Errorf("%v, %d times in a row; asked less often", h.why, h.silent)}
}

// Heard counts an answer.
func (h *Health) Heard(now time.Time) {
	h.silent, h.retry = 0, time.Time{}
	if h.reported {
		h.reported = false
		h.Log.Info("instrument answers again", "after", now.Sub(h.since).Round(time.Millisecond))
	}
}

// Unheard counts a question without an answer, or without the end of one, as why says. From
// the second in a row on the device is left alone for its timeout, then twice that, and so on.
func (h *Health) Unheard(now time.Time, timeout time.Duration, why error) {
	h.silent++
	h.why = why
	if h.silent > 1 {
		h.retry = now.Add(min(timeout<<min(h.silent-2, 10), MaxRetry))
	}
	if !h.reported {
		h.reported = true
		h.since = now
		h.Log.Warn("instrument does not answer", "err", why)
	}
}
