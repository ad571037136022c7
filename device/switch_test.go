package device

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

func TestSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		in := r.input("IN", &fakeInput{"in", always})
		r.start()
		r.log.take("")
		r.port.Enable(true) // it is
		pass(time.Second)
		equal(t, "steps", r.driver.journal.take(), "open")

		r.port.Enable(false)
		synctest.Wait()
		equal(t, "steps", r.driver.journal.take(), "close")
		wantState(t, "off", in, "7 INVALID/COMM the port is switched off")
		in.Process()
		r.port.Reconnect()
		pass(time.Hour)
		equal(t, "steps while it is off", r.driver.journal.take(), "")
		wantState(t, "long off", in, "7 INVALID/COMM the port is switched off")

		r.port.Enable(true)
		synctest.Wait()
		equal(t, "steps", r.driver.journal.take(), "open")
		wantState(t, "on", in, "7 NO_ALARM")
		if got := r.log.take(""); len(got) != 2 || !strings.Contains(got[0], "level=INFO msg=\"the port is switched off\"") || !strings.Contains(got[1], "level=INFO msg=connected") {
			t.Errorf("log: %q", got)
		}

		r.port.Enable(false)
		synctest.Wait()
		r.finish()
		wantState(t, "ended", in, "7 INVALID/COMM the IOC ends")
	})
}

func TestSwitchedOffWhileItIsNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		in := r.input("IN", &fakeInput{"in", always})
		r.driver.open = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		r.start()
		r.port.Enable(false)
		synctest.Wait()
		equal(t, "steps", r.driver.journal.take(), "open close")
		wantState(t, "off", in, "0 INVALID/COMM the port is switched off")
		r.driver.set(func(d *fakeDriver) { d.open = nil })
		r.port.Enable(true)
		synctest.Wait()
		wantState(t, "on", in, "7 NO_ALARM")
		r.finish()
	})
}

func TestReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		in := r.input("IN", &fakeInput{"in", always})
		r.start()
		r.driver.journal.take()
		r.port.Reconnect()
		synctest.Wait()
		equal(t, "steps", r.driver.journal.take(), "close open")
		wantState(t, "at once", in, "7 NO_ALARM")

		r.driver.set(func(d *fakeDriver) { d.open = func(context.Context) error { return errors.New("no") } })
		r.driver.faults <- lostBy("unplugged")
		pass(time.Minute)
		r.driver.set(func(d *fakeDriver) { d.open = nil })
		r.driver.journal.take()
		r.port.Reconnect() // in the middle of a long wait
		synctest.Wait()
		equal(t, "steps", r.driver.journal.take(), "open")
		r.finish()
	})
}

// pluggedDriver has hardware that can be seen.
type pluggedDriver struct {
	*fakeDriver
	there atomic.Bool
}

func (d *pluggedDriver) Present() bool { return d.there.Load() }

func (d *pluggedDriver) Open(ctx context.Context) error {
	if !d.there.Load() {
		_ = d.fakeDriver.Open(ctx)
		return drivers.ErrAbsent
	}
	return d.fakeDriver.Open(ctx)
}

// An adapter that was away for long is back as soon as it is plugged in, ten times in a
// row.
func TestReplugIsNoticedWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		d := &pluggedDriver{fakeDriver: r.driver}
		r.port.driver = d
		in := r.input("IN", &fakeInput{"in", always})
		r.start()
		for i := range 10 {
			pass(time.Duration(i) * 7 * time.Second)
			wantState(t, "absent", in, map[bool]string{true: "0", false: "7"}[i == 0]+" INVALID/COMM not on this machine")
			d.there.Store(true)
			pass(300 * time.Millisecond)
			wantState(t, "plugged in", in, "7 NO_ALARM")
			d.there.Store(false)
			r.driver.faults <- lostBy("unplugged")
			pass(300 * time.Millisecond)
		}
		r.finish()
	})
}

// Nothing tells when such a one is plugged in: it is tried soon after each connection that
// has lasted for a second.
func TestQuickReplugs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.start()
		for range 10 {
			pass(1100 * time.Millisecond)
			r.driver.journal.take()
			r.driver.faults <- lostBy("unplugged")
			pass(250 * time.Millisecond)
			equal(t, "steps", r.driver.journal.take(), "close open")
		}
		for range 5 { // and less and less often after those that have not
			r.driver.faults <- lostBy("refused")
			pass(2500 * time.Millisecond)
		}
		r.driver.journal.take()
		r.finish()
	})
}

// What flaps is in the log once a minute, with how often it has.
func TestRepeatedFaultsAreSummarised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{RetryMin: 10 * time.Millisecond, RetryMax: 10 * time.Millisecond})
		fails := shared[bool]{}
		in := r.input("IN", &fakeInput{"in", always})
		bad := &fakeOutput{"out", func(context.Context, pv.Value) error {
			if fails.get() {
				return timedOut()
			}
			return nil
		}}
		out := r.output("OUT", bad)
		r.start()
		r.log.take("")
		for range 240 { // four minutes
			r.driver.faults <- lostBy("loose")
			pass(time.Second)
		}
		got := r.log.take("loose")
		if len(got) != 4 || !strings.HasSuffix(got[3], " repeated=59") {
			t.Errorf("of the port: %q", got)
		}
		for range 240 {
			fails.set(true)
			put(t, out, 1, nil)
			pass(500 * time.Millisecond)
			fails.set(false)
			put(t, out, 1, nil)
			pass(500 * time.Millisecond)
		}
		if got := r.log.take("msg=fault"); len(got) != 4 || !strings.HasSuffix(got[3], " repeated=59") {
			t.Errorf("of the PV: %q", got)
		}
		fails.set(true)
		pass(time.Hour)
		for range 240 { // one that lasts
			put(t, out, 1, nil)
			pass(time.Second)
		}
		fails.set(false)
		put(t, out, 1, nil)
		pass(time.Second)
		if got := r.log.take("pv=OUT"); len(got) != 2 || !strings.Contains(got[1], "good again") ||
			!strings.HasSuffix(got[1], "repeated=239") {
			t.Errorf("of a fault that lasts: %q", got)
		}
		wantState(t, "beside it", in, "7 NO_ALARM")
		r.finish()
	})
}

// Setpoints that wait while the cable is pulled are answered with an error, and not sent
// when it is plugged in again: what they were for may be over.
func TestOldSetpointsAreNotReplayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		var sent journal
		gate := make(chan struct{})
		out := func(name string) *fakeOutput {
			return &fakeOutput{name, func(ctx context.Context, v pv.Value) error {
				select {
				case <-gate:
				case <-ctx.Done():
					return ctx.Err()
				}
				sent.add("%s=%v", name, v)
				return nil
			}}
		}
		a, b := r.output("A", out("a")), r.output("B", out("b"))
		r.start()
		var ofA, ofB journal
		put(t, a, 1, answer{"1", &ofA})
		put(t, a, 2, answer{"2", &ofA})
		put(t, b, 3, answer{"3", &ofB})
		synctest.Wait()
		r.driver.faults <- lostBy("cable")
		synctest.Wait()
		equal(t, "answers of a", ofA.take(), "1: cable 2: cable")
		equal(t, "answers of b", ofB.take(), "3: cable")
		put(t, b, 4, answer{"4", &ofB})
		equal(t, "answer while it is away", ofB.take(), "4: cable")
		close(gate)
		pass(time.Second)
		equal(t, "sent when it is back", sent.take(), "")
		wantState(t, "back", a, "2 INVALID/WRITE the last value has not been written")
		put(t, a, 5, nil)
		synctest.Wait()
		equal(t, "sent", sent.take(), "a=5")
		r.finish()
	})
}

// brokenLook is a driver that panics when it is asked whether its hardware is there.
type brokenLook struct{ *fakeDriver }

func (brokenLook) Present() bool { panic("boom") }

func TestPanicOfALookCostsTheLookOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{RetryMin: 10 * time.Second, RetryMax: 10 * time.Second})
		r.port.driver = brokenLook{r.driver}
		in := r.input("IN", &fakeInput{"in", always})
		r.start()
		r.driver.faults <- lostBy("unplugged")
		pass(15 * time.Second)
		wantState(t, "opened again", in, "7 NO_ALARM")
		if got := r.log.take("stack="); len(got) != 1 {
			t.Errorf("log: %q", got)
		}
		r.finish()
	})
}

// TestThousandReplugs: as many lives of a driver leave no goroutine behind.
func TestThousandReplugs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		in := r.input("IN", &fakeInput{"in", always})
		r.start()
		goroutines := runtime.NumGoroutine()
		for i := range 1000 {
			r.driver.faults <- lostBy("unplugged")
			synctest.Wait()
			wantState(t, "unplugged", in, "7 INVALID/COMM unplugged")
			pass(2 * time.Second)
			wantState(t, "back", in, "7 NO_ALARM")
			if t.Failed() {
				t.Fatalf("the time %d", i)
			}
		}
		if n := runtime.NumGoroutine(); n > goroutines+10 { // the runtime has some of its own
			t.Errorf("%d goroutines, at first %d", n, goroutines)
		}
		if n := r.port.Status().Opened; n != 1001 {
			t.Errorf("opened %d times", n)
		}
		r.finish()
	})
}

// An output that cannot be read shows what the driver has left it at, not what was put
// before.
func TestExitOfAnOutputIsShown(t *testing.T) {
	for _, tt := range []struct {
		name string
		lose func(r *rig)
		fail error // of Close
		want string
	}{
		{"reconnect", func(r *rig) { r.port.Reconnect() }, nil, "0 NO_ALARM"},
		{"panic", func(r *rig) { r.driver.faults <- &drivers.Fault{Lost: true, Err: &drivers.Panic{}} }, nil, "0 NO_ALARM"},
		{"not reached", func(r *rig) { r.port.Reconnect() }, errors.New("no answer"), "1 INVALID/WRITE the last value has not been written"},
		{"unplugged", func(r *rig) { r.driver.faults <- lostBy("unplugged") }, nil, "1 NO_ALARM"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{})
				spec := record.Spec{Name: "OUT", Type: record.BO, Info: pv.Info{Choices: []string{"Off", "On"}}}
				out := r.add(spec, &fakeOutput{"out", accepts}, Options{Exit: pv.StringValue("Off"), WriteAs: pv.String})
				never := r.add(record.Spec{Name: "KEPT", Type: record.AO}, &fakeOutput{"kept", accepts}, Options{})
				r.driver.set(func(d *fakeDriver) { d.close = func() error { return tt.fail } })
				r.start()
				put(t, out, 1, nil)
				put(t, never, 3, nil)
				synctest.Wait()
				tt.lose(r)
				pass(5 * time.Second)
				wantState(t, "afterwards", out, tt.want)
				wantState(t, "afterwards", never, "3 NO_ALARM")
				put(t, out, 1, nil)
				synctest.Wait()
				wantState(t, "put", out, "1 NO_ALARM")
				r.driver.set(func(d *fakeDriver) { d.close = nil })
				r.finish()
				wantState(t, "at the end", out, "0 INVALID/COMM the IOC ends")
			})
		})
	}
}
