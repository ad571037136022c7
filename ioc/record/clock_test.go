package record

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// TestHoldTime: no value has a time while the clock is wrong, and each gets one then.
func TestHoldTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db Database
		soft := mustAdd(t, &db, Spec{Name: "SOFT", Type: AO, Initial: float(1)})
		edge := mustAdd(t, &db, Spec{Name: "EDGE", Type: BI, Device: &echo{in: float(0)}})
		never := mustAdd(t, &db, Spec{Name: "NEVER", Type: AI, Device: &echo{in: float(0)}})
		removed := mustAdd(t, &db, Spec{Name: "REMOVED", Type: AO, Initial: float(1)})
		log := new(eventLog)
		for _, r := range []*Record{soft, edge, never, removed} {
			defer r.Value().Subscribe(pv.EventLog, watcher{log, r.Name()}).Unsubscribe()
		}
		times := func() string {
			var all []string
			for _, r := range []*Record{soft, edge, never} {
				s, _ := r.Value().Get()
				if s.Time.IsZero() {
					all = append(all, "-")
				} else {
					all = append(all, time.Since(s.Time.Time()).String())
				}
			}
			return strings.Join(all, " ")
		}
		want := func(when, want string) {
			t.Helper()
			if got := times(); got != want {
				t.Errorf("%s: ages %s, want %s", when, got, want)
			}
		}
		want("at first", "0s - -")
		db.HoldTime(true)
		want("held", "- - -")
		<-time.After(time.Minute) // of the bubble
		mustPut(t, soft, "VAL", float(2))
		if err := edge.Post(pv.EnumValue(1), pv.StampOf(time.Now().Add(-time.Hour)), pv.Alarm{}); err != nil {
			t.Fatal(err)
		}
		late := mustAdd(t, &db, Spec{Name: "LATE", Type: AO, Initial: float(1)})
		if s, _ := late.Value().Get(); !s.Time.IsZero() {
			t.Errorf("a record made meanwhile has the time %v", s.Time)
		}
		want("with new values", "- - -")
		if err := db.Remove("REMOVED"); err != nil {
			t.Fatal(err)
		}
		log.take()
		db.HoldTime(false)
		want("released", "0s 0s -")
		if got := strings.Join(log.take(), ", "); got != "SOFT 2 L NO_ALARM, EDGE 1 L NO_ALARM" {
			t.Errorf("events: %s", got)
		}
		<-time.After(time.Second)
		mustPut(t, soft, "VAL", float(3))
		want("after", "0s 1s -")
	})
}

// A record that is made at the very moment the clock becomes good gets a time all the
// same, and one that is made when it turns out to be wrong has none.
func TestHoldTimeBesideAdd(t *testing.T) {
	for range 2000 {
		for _, hold := range []bool{false, true} {
			var db Database
			db.HoldTime(!hold)
			var both sync.WaitGroup
			var r *Record
			both.Go(func() { db.HoldTime(hold) })
			both.Go(func() { r = mustAdd(t, &db, Spec{Name: "SOFT", Type: AO, Initial: float(1)}) })
			both.Wait()
			if s, _ := r.Value().Get(); s.Time.IsZero() != hold {
				t.Fatalf("hold %t: it has the time %v", hold, s.Time)
			}
		}
	}
}
