package record

import "time"

// Stalled finds a periodic scan whose turn came more than limit ago and which has not
// got through its records since: its goroutine hangs in one of them, or gets no
// processor. late is how long ago; ok is false if all scans advance, as they do when
// there are none and when Run is not on. It is the proof of life that a watchdog may be
// fed on, where a clock that ticks by itself proves nothing. It looks at the scans, runs
// through none of the records, and may be called from any goroutine.
func (db *Database) Stalled(limit time.Duration) (scan Scan, late time.Duration, ok bool) {
	s := &db.scanner
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		return Scan{}, 0, false
	}
	now := time.Since(s.began)
	for _, l := range s.lists {
		if behind := now - time.Duration(l.due.Load()); l.started && behind > max(limit, late) {
			scan, late, ok = l.scan, behind, true
		}
	}
	return scan, late, ok
}
