package device

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// fakeStage is a stage that moves for a while after it was told to.
type fakeStage struct {
	fakeBoth
	stands shared[time.Time]
	fault  shared[error]
	asked  journal
}

func newFakeStage(moves time.Duration) *fakeStage {
	s := &fakeStage{}
	s.name = "stage"
	s.write = func(_ context.Context, v pv.Value) error {
		s.asked.add("move%v", v)
		s.stands.set(time.Now().Add(moves))
		return nil
	}
	s.read = func(context.Context) (pv.Value, error) { return reading(100) }
	return s
}

func (s *fakeStage) Finished(context.Context) (bool, error) {
	s.asked.add("?")
	return !time.Now().Before(s.stands.get()), s.fault.get()
}

func (s *fakeStage) Patience() (every, most time.Duration) { return time.Second, 10 * time.Second }

// A put to a stage completes when it stands, with what is read back then; until then the
// port serves others, and puts to the stage wait.
func TestPutCompletesWhenDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		stage := newFakeStage(2500 * time.Millisecond)
		pos := r.output("POS", stage)
		stop := r.add(record.Spec{Name: "STOP", Type: record.AO}, &fakeOutput{"stop", func(context.Context, pv.Value) error {
			stage.asked.add("stop")
			stage.stands.set(time.Now())
			return nil
		}}, Options{Urgent: true})
		other := r.input("OTHER", &fakeInput{"other", func(context.Context) (pv.Value, error) { stage.asked.add("other"); return reading(1) }})
		r.start()
		stage.asked.take()
		puts := new(journal)
		put(t, pos, 5, answer{"first", puts})
		put(t, pos, 6, answer{"second", puts})
		synctest.Wait()
		other.Process()
		pass(1500 * time.Millisecond)
		equal(t, "while it moves", puts.take(), "")
		equal(t, "the port meanwhile", stage.asked.take(), "move5 other ?")
		pass(1600 * time.Millisecond)
		equal(t, "first", puts.take(), "first ok")
		equal(t, "then the second", stage.asked.take(), "? ? move6")
		put(t, stop, 1, nil)
		pass(time.Second)
		equal(t, "stopped", puts.take(), "second ok")
		equal(t, "stopped", stage.asked.take(), "stop ?")
		wantState(t, "stands", pos, "100 NO_ALARM")
		r.finish()
	})
}

// What never ends is TIMEOUT; a question without an answer is asked again.
func TestNotDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{RetryMax: time.Hour})
		stage := newFakeStage(time.Hour)
		pos := r.output("POS", stage)
		r.start()
		puts := new(journal)
		put(t, pos, 5, answer{"put", puts})
		pass(9500 * time.Millisecond)
		equal(t, "before", puts.take(), "")
		pass(time.Second)
		equal(t, "after", puts.take(), "put: not done after 10s")
		wantState(t, "after", pos, "5 INVALID/TIMEOUT not done after 10s")
		stage.fault.set(timedOut())
		put(t, pos, 6, answer{"put", puts})
		pass(10500 * time.Millisecond)
		equal(t, "no answers", puts.take(), "put: not done after 10s: no answer")
		put(t, pos, 7, answer{"put", puts})
		pass(3500 * time.Millisecond)
		stage.fault.set(nil)
		stage.stands.set(time.Now())
		pass(time.Second)
		equal(t, "answers again", puts.take(), "put ok")
		r.finish()
	})
}

// That a stage is scanned while it moves is no fault of anybody's.
func TestScannedWhileItMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		stage := newFakeStage(5 * time.Second)
		pos := r.output("POS", stage)
		r.start()
		put(t, pos, 5, nil)
		for range 40 {
			pass(100 * time.Millisecond)
			pos.Process()
		}
		wantState(t, "moves", pos, "5 NO_ALARM")
		pass(2 * time.Second)
		wantState(t, "stands", pos, "100 NO_ALARM")
		r.finish()
	})
}

// That something is not done yet, or in time, does not say that the device is not there;
// a question about it without an answer does.
func TestConnectedWhileItMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{RetryMax: time.Hour})
		stage := newFakeStage(time.Hour)
		pos := r.add(record.Spec{Name: "POS", Type: record.AO}, stage, Options{Unit: "STAGE"})
		connected := statusOf(t, r, "STAGE")["STAGE:CONNECTED"]
		r.start()
		events := new(journal)
		connected.Value().Subscribe(pv.EventValue, monitor{events})
		equal(t, "open", events.take(), "1 NO_ALARM")
		put(t, pos, 5, nil)
		pass(10500 * time.Millisecond)
		wantState(t, "not done", pos, "5 INVALID/TIMEOUT not done after 10s")
		equal(t, "connected", events.take(), "")
		stage.fault.set(timedOut())
		put(t, pos, 6, nil)
		pass(1500 * time.Millisecond)
		equal(t, "no answer while it moves", events.take(), "0 MAJOR/STATE")
		pass(9 * time.Second)
		equal(t, "given up", events.take(), "")
		wantState(t, "given up", pos, "6 INVALID/TIMEOUT not done after 10s: no answer")
		r.finish()
	})
}

// A port that is lost answers who waits for the end of an action, once.
func TestLostWhileItMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		stage := newFakeStage(time.Hour)
		pos := r.output("POS", stage)
		r.start()
		puts := new(journal)
		put(t, pos, 5, answer{"put", puts})
		pass(1500 * time.Millisecond)
		r.driver.faults <- lostBy("unplugged")
		synctest.Wait()
		equal(t, "lost", puts.take(), "put: unplugged")
		stage.asked.take()
		pass(2 * time.Second)
		equal(t, "not asked any more", stage.asked.take(), "")
		wantState(t, "back", pos, "100 NO_ALARM")
		stage.fault.set(lostBy("gone"))
		put(t, pos, 6, answer{"put", puts})
		pass(1500 * time.Millisecond)
		equal(t, "lost in a question", puts.take(), "put: gone")
		stage.fault.set(nil)
		pass(time.Minute)
		put(t, pos, 7, answer{"put", puts})
		pass(500 * time.Millisecond)
		r.finish()
		equal(t, "the end", puts.take(), "put: the IOC ends")
	})
}

// An urgent write goes ahead of all that waits.
func TestUrgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		all := new(journal)
		step := make(chan struct{})
		out := func(name string, o Options) *record.Record {
			return r.add(record.Spec{Name: name, Type: record.AO}, &fakeOutput{name, func(context.Context, pv.Value) error {
				all.add("%s", name)
				<-step
				return errors.ErrUnsupported
			}}, o)
		}
		a, b, c := out("A", Options{}), out("B", Options{}), out("C", Options{})
		stop := out("STOP", Options{Urgent: true})
		r.start()
		for _, rec := range []*record.Record{a, b, c, stop} {
			put(t, rec, 1, nil)
			synctest.Wait()
		}
		close(step)
		synctest.Wait()
		equal(t, "order", all.take(), "A STOP B C")
		r.finish()
	})
}

var _ drivers.Finisher = (*fakeStage)(nil)

// fakeConverter is a channel that has its value a while after it was asked.
type fakeConverter struct {
	fakeInput
	takes time.Duration
	began time.Time // zero: nothing is under way
	asked journal
}

func (c *fakeConverter) Measure(context.Context) (v pv.Value, wait time.Duration, err error) {
	switch {
	case c.began.IsZero():
		c.began = time.Now()
		c.asked.add("begin")
		return v, c.takes, nil
	case time.Since(c.began) < c.takes:
		c.asked.add("early")
		return v, c.takes - time.Since(c.began), nil
	}
	c.began = time.Time{}
	c.asked.add("end")
	return pv.Float64Value(3), 0, nil
}

// While a channel measures the port serves others; it is one operation, which takes as long
// as that.
func TestMeasurementLetsOthersIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		c := &fakeConverter{fakeInput: fakeInput{name: "slow"}, takes: time.Second}
		slow := r.input("SLOW", c)
		other := r.input("OTHER", &fakeInput{"other", func(context.Context) (pv.Value, error) { c.asked.add("other"); return reading(1) }})
		r.start()
		equal(t, "while it measures", c.asked.take(), "begin other")
		wantState(t, "while it measures", slow, "0 INVALID/UDF")
		pass(500 * time.Millisecond)
		other.Process()
		synctest.Wait()
		equal(t, "while it measures", c.asked.take(), "other")
		pass(500 * time.Millisecond)
		equal(t, "then", c.asked.take(), "end")
		wantState(t, "measured", slow, "3 NO_ALARM")
		if s := r.port.Status(); s.Requests != 3 || s.Latency != time.Second {
			t.Errorf("%d requests, the last took %v", s.Requests, s.Latency)
		}

		r.driver.set(func(d *fakeDriver) { d.close = func() error { c.began = time.Time{}; return nil } })
		slow.Process()
		synctest.Wait()
		r.driver.faults <- lostBy("unplugged")
		synctest.Wait()
		wantState(t, "lost", slow, "3 INVALID/COMM unplugged")
		pass(5 * time.Second)
		equal(t, "after the loss", c.asked.take(), "begin begin other end")
		wantState(t, "back", slow, "3 NO_ALARM")
		r.finish()
	})
}
