package ioc_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/pv"
)

// TestClockNotSet: a Raspberry Pi starts with the time of its last end, and NTP sets it some time
// later.
func TestClockNotSet(t *testing.T) {
	for _, c := range []struct {
		name        string
		good        time.Duration // after what time the clock is good; 0: from the start; below: never
		wait        time.Duration
		held        time.Duration // how long values have no time
		warn, again int           // lines logged
	}{
		{"good from the start", 0, 0, 0, 0, 0},
		{"set after a while", 35 * time.Second, 0, 35 * time.Second, 1, 1},
		{"set in time", 35 * time.Second, time.Minute, 35 * time.Second, 1, 1},
		{"never set", -1, time.Minute, time.Minute, 1, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			bench := ioc.New("")
			temp := bench.Float("TEMP")
			target := bench.Float("TARGET", ioc.Initial(20))
			bench.Every(500*time.Millisecond, func(context.Context) error { return temp.Update(1, nil) })
			bench.ClockGood = func() bool { return c.good >= 0 && time.Since(began) >= c.good }
			bench.ClockWait = c.wait
			log := new(logLines)
			bench.Log = log.logger()
			stop := work(t, bench)
			defer stop()
			want := func(when string, stamped bool) {
				t.Helper()
				synctest.Wait()
				for _, r := range []*ioc.PV[float64]{temp, target} {
					if s, _ := r.Record().Value().Get(); s.Time.IsZero() == stamped || s.Alarm.Severity != pv.NoAlarm {
						t.Errorf("%s: %s: %s has the time %v and %v", c.name, when, r.Record().Name(), s.Time, s.Alarm)
					}
				}
			}
			want("at the start", c.held == 0)
			if c.held > 0 {
				<-time.After(c.held - 100*time.Millisecond)
				want("before", false)
			}
			<-time.After(200 * time.Millisecond)
			want("after", true)
			if n := log.count("level=WARN msg=\"the clock is not synchronized"); n != c.warn {
				t.Errorf("%s: %d warnings", c.name, n)
			}
			if n := log.count("the clock is synchronized") + log.count("still not synchronized"); n != c.again {
				t.Errorf("%s: the end is logged %d times", c.name, n)
			}
		})
	}
}
