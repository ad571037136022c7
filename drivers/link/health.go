package link

import (
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Health is how well a device answers. It is guarded by the turn of the device's link.
type Health struct {
	silent int       // questions in a row without an answer
	retry  time.Time // not asked before
	why    error     // what the last of them came to
}

// deadAfter is the number of timeouts after which a device is dead, not late: nobody waits
// for its late answer any more.
const deadAfter = 3

// MaxRetry is how long a dead device is left alone at most.
const MaxRetry = 10 * time.Second

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
	return &drivers.Fault{Status: pv.StatusTimeout, Device: true, Err: fmt.Errorf("%v, %d times in a row; asked less often", h.why, h.silent)}
}

// Heard counts an answer.
func (h *Health) Heard() { h.silent, h.retry = 0, time.Time{} }

// Unheard counts a question without an answer, or without the end of one, as why says. From
// the second in a row on the device is left alone for its timeout, then twice that, and so on.
func (h *Health) Unheard(now time.Time, timeout time.Duration, why error) {
	h.silent++
	h.why = why
	if h.silent > 1 {
		h.retry = now.Add(min(timeout<<min(h.silent-2, 10), MaxRetry))
	}
}
