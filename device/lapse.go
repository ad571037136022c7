package device

import (
	"sync"
	"time"
)

// flapping is how long after a fault was logged the next one of the same thing is only
// counted.
const flapping = time.Minute

// lapse decides what the log is told of something that is good and bad by turns: the
// first fault and its end, and of those that follow within a minute how many there were.
type lapse struct {
	mu     sync.Mutex
	bad    bool
	told   bool      // the log knows of the present fault
	at     time.Time // when it was told last
	since  time.Time // of the present fault
	faults int       // not told of
}

// fault notes a fault, a new one or that it lasts. It reports whether it is to be logged,
// and how many have not been since the last that was.
func (l *lapse) fault(now time.Time) (tell bool, repeated int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.bad {
		l.bad, l.told, l.since = true, false, now
	}
	if l.told || !l.at.IsZero() && now.Sub(l.at) < flapping {
		l.faults++
		return false, 0
	}
	repeated = l.faults
	l.told, l.at, l.faults = true, now, 0
	return true, repeated
}

// good notes the end of a fault. It reports whether that is to be logged, how many faults
// there were beside the one that was logged, and how long the last has been.
func (l *lapse) good(now time.Time) (tell bool, repeated int, lasted time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.bad {
		return false, 0, 0
	}
	l.bad = false
	if !l.told {
		return false, 0, 0
	}
	repeated, l.faults = l.faults, 0
	return true, repeated, now.Sub(l.since).Round(time.Millisecond)
}
