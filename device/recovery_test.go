package device

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// supplied is a device with a supply, of which it is journaled when it is switched.
type supplied struct {
	*rig
	pv, other, supply *record.Record
	dead              shared[bool]  // it does not answer
	broken            shared[error] // of the supply
	began             shared[time.Time]
	switched          journal
}

func newSupplied(t *testing.T, r Recovery) *supplied {
	s := &supplied{rig: newRig(t, Config{Name: "i2c-1", RetryMax: time.Second})}
	s.pv = s.add(record.Spec{Name: "A", Type: record.AI, Scan: record.Every(time.Second)}, &fakeInput{"a", func(context.Context) (pv.Value, error) {
		if s.dead.get() {
			return pv.Value{}, timedOut()
		}
		return reading(1)
	}}, Options{Unit: "A"})
	s.other = s.add(record.Spec{Name: "B", Type: record.AI, Scan: record.Every(time.Second)}, &fakeInput{"b", always}, Options{Unit: "B"})
	var err error
	s.supply, err = s.db.Add(record.Spec{
		Name: "A:SUPPLY", Type: record.BO, Initial: pv.EnumValue(1),
		Device: fakeSupply(func(on bool) error {
			s.switched.add("%v@%v", on, time.Since(s.began.get()))
			return s.broken.get()
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Unit, r.Supply = "A", s.supply
	r.Restarted = func() { s.switched.add("restarted@%v", time.Since(s.began.get())) }
	s.port.Recover(r)
	return s
}

// begin starts what has to run; the device dies at once.
func (s *supplied) begin(t *testing.T) (end func()) {
	ctx, stop := context.WithCancel(t.Context())
	scanned := make(chan error, 1)
	go func() { scanned <- s.db.Run(ctx) }() // until end
	s.start()
	pass(1500 * time.Millisecond)
	s.began.set(time.Now())
	s.dead.set(true)
	return func() {
		s.finish()
		stop()
		if err := <-scanned; err != nil {
			t.Error(err)
		}
	}
}

// fakeSupply is device support of an output.
type fakeSupply func(on bool) error

func (fakeSupply) Read(*record.Record) (record.Result, bool) { return record.Result{}, true }

func (f fakeSupply) Write(_ *record.Record, v pv.Value) (record.Result, bool) {
	return record.Result{Err: f(v.Int64() == 1)}, true
}

// A device that stays dead is switched off and on, more and more rarely; one that answers
// again is left alone, and has all its chances again when it has been well for long enough.
func TestRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSupplied(t, Recovery{After: 5 * time.Second, Off: time.Second, Settle: 200 * time.Millisecond, Every: time.Minute})
		count, err := s.port.AddStatus(s.db, RecoverySpec(), "RECOVERIES", "A")
		if err != nil {
			t.Fatal(err)
		}
		end := s.begin(t)
		defer end()
		pass(5400 * time.Millisecond) // silent since the first scan, 0.5 s
		equal(t, "early", s.switched.take(), "")
		pass(1900 * time.Millisecond)
		equal(t, "once", s.switched.take(), "false@5.5s true@6.5s restarted@6.7s")
		wantState(t, "others", s.other, "7 NO_ALARM")
		want := `level=WARN msg="silent: switched off and on" port=i2c-1 device=A for=5s again_after=1m0s`
		equal(t, "log", strings.Join(s.log.take("switched"), "\n"), want)
		s.switched.take()
		pass(6*time.Minute + time.Second)
		// A minute after the first, two after the second, four, eight …
		equal(t, "dead", s.switched.take(), "false@1m5.5s true@1m6.5s restarted@1m6.7s false@3m5.5s true@3m6.5s restarted@3m6.7s")
		if s, _ := count.Value().Get(); s.Value.Int64() != 3 {
			t.Errorf("counted %v", s.Value)
		}
		pass(12 * time.Hour)
		if n := strings.Count(s.switched.take(), "false"); n < 12 || n > 16 {
			t.Errorf("%d times in 12 hours, want once an hour in the end", n)
		}

		s.dead.set(false)
		pass(2 * time.Hour)
		s.switched.take()
		s.dead.set(true)
		s.began.set(time.Now())
		pass(70 * time.Second)
		if got := strings.Count(s.switched.take(), "false"); got != 2 {
			t.Errorf("%d times in 70 s after it has been well, want 2", got)
		}
	})
}

// The device is not spoken to while it is without power, and nobody else is kept waiting.
func TestRecoveryKeepsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSupplied(t, Recovery{After: time.Second, Off: 5 * time.Second, Settle: time.Second, Every: time.Minute})
		defer s.begin(t)()
		pass(3 * time.Second)
		wantState(t, "off", s.pv, "1 INVALID/COMM the device is being switched off and on")
		wantState(t, "off", s.other, "7 NO_ALARM")
		s.dead.set(false)
		pass(2 * time.Second) // it would answer
		wantState(t, "off", s.pv, "1 INVALID/COMM the device is being switched off and on")
		pass(5 * time.Second)
		wantState(t, "on", s.pv, "1 NO_ALARM")
		pass(time.Hour)
		equal(t, "well", s.switched.take(), "false@1.5s true@6.5s restarted@7.5s")
	})
}

// What somebody has switched off stays off, and so does what hangs on a port that is
// switched off.
func TestRecoveryRespectsTheOperator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSupplied(t, Recovery{After: time.Second, Off: time.Second, Every: time.Minute})
		defer s.begin(t)()
		put(t, s.supply, 0, nil)
		pass(time.Hour)
		equal(t, "by hand", s.switched.take(), "false@0s")
		s.port.Enable(false)
		put(t, s.supply, 1, nil)
		pass(time.Hour)
		equal(t, "switched off", s.switched.take(), "true@1h0m0s")
		s.port.Enable(true)
		pass(5 * time.Second)
		if got := s.switched.take(); strings.Count(got, "false") != 1 || strings.Count(got, "true") != 1 {
			t.Errorf("both on: %s", got)
		}
	})
}

// One command that has failed is no reason: nobody knows how the device is now.
func TestRecoveryNeedsEvidence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSupplied(t, Recovery{After: time.Second, Off: time.Second, Every: time.Minute})
		out := s.add(record.Spec{Name: "C", Type: record.AO}, &fakeOutput{"c", func(context.Context, pv.Value) error { return timedOut() }}, Options{Unit: "A"})
		s.start()
		s.began.set(time.Now())
		put(t, out, 1, nil)
		pass(time.Hour)
		equal(t, "once", s.switched.take(), "")
		put(t, out, 1, nil)
		pass(10 * time.Second)
		equal(t, "again", s.switched.take(), "false@1h0m0s true@1h0m1s restarted@1h0m1s")
		s.finish()
	})
}

// A supply that cannot be switched off is said once for each try; one that cannot be
// switched on is tried until it can.
func TestRecoveryWithoutSupply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSupplied(t, Recovery{After: time.Second, Off: 10 * time.Second, Every: time.Minute})
		defer s.begin(t)()
		s.broken.set(errors.New("busy"))
		pass(10 * time.Second)
		equal(t, "not off", s.switched.take(), "false@1.5s")
		equal(t, "log", strings.Join(s.log.take("cannot"), "\n"), `level=WARN msg="cannot be switched off" port=i2c-1 device=A err=busy`)
		s.broken.set(nil)
		// The failed put has left the output in alarm, until somebody sets it.
		put(t, s.supply, 1, nil)
		s.switched.take()
		pass(55 * time.Second)
		equal(t, "off", s.switched.take(), "false@1m1.5s")
		s.broken.set(errors.New("busy"))
		pass(10 * time.Second)
		s.broken.set(nil)
		pass(10 * time.Second)
		got := strings.Fields(s.switched.take())
		if n := len(got); n < 3 || !strings.HasPrefix(got[n-1], "restarted") || !strings.HasPrefix(got[n-2], "true") {
			t.Errorf("on: %v", got)
		}
		if lines := s.log.take("cannot be switched on"); len(lines) != 1 {
			t.Errorf("log: %v", lines)
		}
	})
}

// A port that ends does not wait for a device to be switched on: the output's driver sees
// to that.
func TestRecoveryEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSupplied(t, Recovery{After: time.Second, Off: time.Minute, Every: 2 * time.Minute})
		end := s.begin(t)
		pass(3 * time.Second)
		before := time.Now()
		end()
		if took := time.Since(before); took != 0 {
			t.Errorf("the end takes %v", took)
		}
		equal(t, "switched", s.switched.take(), "false@1.5s")
	})
}
