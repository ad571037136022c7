package gpio

import (
	"testing"
	"testing/synctest"
	"time"
)

// A timer that has fired may come too late: the edge that put it off was first.
func TestDebouncerFiresTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reported []edge
		b := &debouncer{period: 20 * time.Millisecond, report: func(e edge) { reported = append(reported, e) }}
		seen := func() []edge { // as report wrote it, with b locked
			b.mu.Lock()
			defer b.mu.Unlock()
			return reported
		}
		b.edge(edge{Event: Event{Active: true, Seq: 1}, levels: 1})
		time.Sleep(5 * time.Millisecond)
		b.expire()
		if got := seen(); len(got) != 0 {
			t.Errorf("reported %+v before it has lasted", got)
		}
		time.Sleep(20 * time.Millisecond)
		synctest.Wait()
		if got := seen(); len(got) != 1 || got[0].Seq != 1 {
			t.Errorf("reported %+v, want the one edge", got)
		}
		b.stop()
	})
}
