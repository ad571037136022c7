package device

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

func TestLifeCycle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{RetryMin: 100 * time.Millisecond, RetryMax: time.Second})
		in := r.input("IN", &fakeInput{"in", always})
		wantState(t, "before", in, "0 INVALID/UDF")
		r.start()
		equal(t, "journal", r.driver.journal.take(), "open")
		wantState(t, "open", in, "7 NO_ALARM")
		if s := r.port.Status(); !s.Connected || s.Opened != 1 || s.Requests != 1 || s.Err != nil {
			t.Errorf("status %+v", s)
		}

		r.driver.faults <- lostBy("unplugged")
		synctest.Wait()
		equal(t, "journal", r.driver.journal.take(), "close")
		wantState(t, "lost", in, "7 INVALID/COMM unplugged")
		if s := r.port.Status(); s.Connected || s.Err == nil {
			t.Errorf("status %+v", s)
		}

		r.driver.set(func(d *fakeDriver) { d.open = func(context.Context) error { return drivers.ErrAbsent } })
		pass(5 * time.Second)
		// 100, 200, 400, 800 and then 1000 ms apart, each up to a quarter more.
		if n := strings.Count(r.driver.journal.take(), "open close"); n < 6 || n > 8 {
			t.Errorf("opened %d times in 5 s", n)
		}
		wantState(t, "absent", in, "7 INVALID/COMM not on this machine")

		r.driver.set(func(d *fakeDriver) { d.open = nil })
		pass(2 * time.Second)
		wantState(t, "back", in, "7 NO_ALARM")
		r.driver.journal.take()
		r.finish()
		equal(t, "journal", r.driver.journal.take(), "close")
		wantState(t, "ended", in, "7 INVALID/COMM the IOC ends")
		if got := r.log.take(""); len(got) != 3 {
			t.Errorf("log: %q", got)
		}
	})
}

// A driver must not end by itself, but if it does it is opened again.
func TestRunThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		in := r.input("IN", &fakeInput{"in", always})
		r.start()
		r.driver.faults <- nil
		synctest.Wait()
		wantState(t, "ended", in, "7 INVALID/COMM the driver has ended")
		pass(time.Second)
		wantState(t, "back", in, "7 NO_ALARM")
		r.finish()
	})
}

// A port that had worked for long is tried again soon; one that fails at once, not.
func TestBackoffStartsAnewAfterWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{RetryMin: 100 * time.Millisecond, RetryMax: 10 * time.Second})
		fails := func(context.Context) error { return errors.New("no") }
		r.driver.open = fails
		r.start()
		pass(time.Minute)
		r.driver.set(func(d *fakeDriver) { d.open = nil })
		pass(time.Minute)
		r.driver.journal.take()
		r.driver.faults <- lostBy("unplugged")
		pass(125 * time.Millisecond)
		equal(t, "journal", r.driver.journal.take(), "close open")
		r.finish()
	})
}

func TestRecordsHeal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		level := shared[float64]{value: 1}
		reads := func(context.Context) (pv.Value, error) { return reading(level.get()) }
		passive := r.add(record.Spec{Name: "PASSIVE", Type: record.AI}, &fakeInput{"a", reads}, Options{})
		once := r.add(record.Spec{Name: "ONCE", Type: record.AI, PINI: true}, &fakeInput{"b", reads}, Options{})
		edge := r.add(record.Spec{Name: "EDGE", Type: record.AI, Scan: record.IOIntr}, &fakeInput{"c", reads}, Options{})
		periodic := r.add(record.Spec{Name: "PERIODIC", Type: record.AI, Scan: record.Every(time.Second)}, &fakeInput{"d", reads}, Options{})
		both := r.output("BOTH", &fakeBoth{fakeInput{"e", reads}, accepts})
		listens := &fakeListener{name: "f"}
		heard := r.input("HEARD", listens)
		only := r.output("ONLY", &fakeOutput{"g", accepts})
		silent := r.output("SILENT", &fakeOutput{"h", accepts})
		unwritten := r.output("UNWRITTEN", &fakeOutput{"i", accepts})
		ctx, cancel := context.WithCancel(context.Background())
		scans := make(chan error)
		go func() { scans <- r.db.Run(ctx) }() // until cancel
		synctest.Wait()
		wantState(t, "read before it is open", once, "0 INVALID/COMM not opened yet")
		r.start()
		put(t, only, 3, nil)
		put(t, unwritten, 4, nil)
		listens.post(2)
		synctest.Wait()
		good := func(when string, x float64) {
			t.Helper()
			for _, rec := range []*record.Record{passive, once, edge, periodic, both} {
				wantState(t, when, rec, fmt.Sprintf("%v NO_ALARM", x))
			}
			wantState(t, when, only, "3 NO_ALARM")
			wantState(t, when, silent, "0 INVALID/UDF")
		}
		good("open", 1)
		wantState(t, "open", heard, "2 NO_ALARM")

		r.driver.set(func(d *fakeDriver) { d.open = func(context.Context) error { return errors.New("no such file") } })
		r.driver.faults <- lostBy("unplugged")
		synctest.Wait()
		for rec := range r.db.Records() {
			if s := state(t, rec); !strings.HasSuffix(s, " INVALID/COMM unplugged") {
				t.Errorf("lost: %s = %q", rec.Name(), s)
			}
		}
		put(t, unwritten, 5, nil)
		if err := fieldOf(t, heard, "PROC").Put(pv.Int32Value(1), nil); err != nil {
			t.Fatal(err)
		}
		pass(3 * time.Second)
		for rec := range r.db.Records() {
			if s := state(t, rec); !strings.HasSuffix(s, " INVALID/COMM no such file") {
				t.Errorf("absent: %s = %q", rec.Name(), s)
			}
		}

		level.set(6)
		r.driver.set(func(d *fakeDriver) { d.open = nil })
		pass(10 * time.Second)
		good("back", 6)
		wantState(t, "back", unwritten, "5 INVALID/WRITE the last value has not been written")
		wantState(t, "silent since", heard, "2 INVALID/COMM no such file")
		if err := fieldOf(t, heard, "PROC").Put(pv.Int32Value(1), nil); err != nil {
			t.Fatal(err)
		}
		wantState(t, "processing does not make it good", heard, "2 INVALID/COMM no such file")
		listens.post(8)
		wantState(t, "heard again", heard, "8 NO_ALARM")
		put(t, unwritten, 5, nil)
		synctest.Wait()
		wantState(t, "written", unwritten, "5 NO_ALARM")

		cancel()
		<-scans
		r.finish()
	})
}

func fieldOf(t testing.TB, r *record.Record, name string) record.Field {
	t.Helper()
	f, err := r.Field(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestHungBusCostsOnlyItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newRig(t, Config{Name: "A"}), newRig(t, Config{Name: "B"})
		hang := make(chan struct{})
		inA := a.input("A", &fakeInput{"a", func(context.Context) (pv.Value, error) { <-hang; return pv.Value{}, nil }})
		inB := b.input("B", &fakeInput{"b", always})
		a.start()
		b.start()
		pass(15 * time.Second)
		wantState(t, "hangs", inA, "0 INVALID/COMM an operation has not returned for 10s")
		wantState(t, "works", inB, "7 NO_ALARM")
		if got := b.log.take("level=WARN"); got != nil {
			t.Errorf("log of the other: %q", got)
		}
		close(hang)
		a.finish()
		b.finish()
	})
}

func TestFaultOfOneChannel(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{timedOut(), "INVALID/TIMEOUT no answer"},
		{&drivers.Fault{Status: pv.StatusCalc, Err: errors.New("does not parse")}, "INVALID/CALC does not parse"},
		{errors.New("refused"), "INVALID/READ refused"},
		{fmt.Errorf("chip: %w", drivers.ErrAbsent), "INVALID/COMM chip: not on this machine"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{})
				var fault shared[error]
				bad := r.input("BAD", &fakeInput{"bad", func(context.Context) (pv.Value, error) { return pv.Float64Value(1), fault.get() }})
				good := r.input("GOOD", &fakeInput{"good", always})
				r.start()
				fault.set(tt.err)
				for range 3 {
					bad.Process()
					good.Process()
					synctest.Wait()
				}
				wantState(t, "fault", bad, "1 "+tt.want)
				wantState(t, "fault", good, "7 NO_ALARM")
				if got := r.log.take("level=WARN"); len(got) != 1 || !strings.Contains(got[0], "pv=BAD") {
					t.Errorf("log: %q", got)
				}
				fault.set(nil)
				bad.Process()
				synctest.Wait()
				wantState(t, "healed", bad, "1 NO_ALARM")
				if got := r.log.take("good again"); len(got) != 1 {
					t.Errorf("log: %q", got)
				}
				if s := r.port.Status(); s.Faults != 3 || s.Opened != 1 {
					t.Errorf("status %+v", s)
				}
				r.finish()
			})
		})
	}
}

// A device that falls silent costs the log one line, however many records it has, and one
// when it answers again; what is wrong with one of its channels is a line of its own.
func TestFaultOfADevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{RetryMax: time.Hour})
		var fault, ofOne shared[error]
		silent := &drivers.Fault{Status: pv.StatusTimeout, Device: true, Err: errors.New("no answer")}
		var all []*record.Record
		for i := range 16 {
			all = append(all, r.add(record.Spec{Name: fmt.Sprint("IO:", i), Type: record.AI}, &fakeInput{"io", func(context.Context) (pv.Value, error) {
				return pv.Float64Value(1), cmp.Or(fault.get(), ofOne.get())
			}}, Options{Unit: "IO"}))
		}
		r.start()
		scan := func(alarm string) {
			for _, rec := range all {
				rec.Process()
				synctest.Wait()
				wantState(t, "scanned", rec, "1 "+alarm)
			}
			pass(500 * time.Millisecond)
		}
		r.log.take("")
		fault.set(silent)
		scan("INVALID/TIMEOUT no answer")
		scan("INVALID/TIMEOUT no answer")
		equal(t, "silent", strings.Join(r.log.take(""), "\n"), `level=WARN msg="device fault" device=IO port=P err="no answer"`)
		fault.set(nil)
		scan("NO_ALARM")
		equal(t, "back", strings.Join(r.log.take(""), "\n"), `level=INFO msg="device good again" device=IO port=P after=1s repeated=31`)
		pass(time.Minute)
		for range 240 { // four minutes, every other answer lost
			fault.set(silent)
			scan("INVALID/TIMEOUT no answer")
			fault.set(nil)
			scan("NO_ALARM")
		}
		if got := r.log.take("device fault"); len(got) != 4 || !strings.Contains(got[3], " repeated=") {
			t.Errorf("flapping: %q", got)
		}
		pass(time.Minute)
		fault.set(silent)
		scan("INVALID/TIMEOUT no answer")
		fault.set(nil)
		ofOne.set(&drivers.Fault{Status: pv.StatusCalc, Err: errors.New("does not fit")})
		all[0].Process()
		synctest.Wait()
		ofOne.set(nil)
		scan("NO_ALARM")
		var lines []string
		for _, l := range r.log.take("") {
			lines = append(lines, strings.Join(strings.Fields(l)[:4], " "))
		}
		equal(t, "what is wrong with one", strings.Join(lines, "\n"), `level=WARN msg="device fault" device=IO
level=INFO msg="device good again"
level=WARN msg=fault pv=IO:0 channel=io
level=INFO msg="good again" pv=IO:0`)
		r.finish()
	})
}

// What is read only once is not INVALID for ever because the instrument was off.
func TestFaultyChannelIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{RetryMax: 2 * time.Second})
		fault, reads := shared[error]{value: timedOut()}, new(journal)
		id := r.input("ID", &fakeInput{"id", func(context.Context) (pv.Value, error) { reads.add("r"); return pv.Float64Value(1), fault.get() }})
		r.start()
		pass(7 * time.Second)
		equal(t, "every 2 s for 7 s", reads.take(), "r r r r")
		fault.set(nil)
		pass(2 * time.Second)
		wantState(t, "on", id, "1 NO_ALARM")
		pass(time.Minute)
		equal(t, "once more", reads.take(), "r")
		r.finish()
	})
}

// A channel that comes and goes does not keep the others from being read again.
func TestFaultyChannelsAreReadAgainBesideOneThatFlaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{RetryMax: 2 * time.Second})
		reads := new(journal)
		r.input("ID", &fakeInput{"id", func(context.Context) (pv.Value, error) { reads.add("r"); return pv.Value{}, timedOut() }})
		bad := false // the worker's
		flaps := r.input("FLAPS", &fakeInput{"flaps", func(context.Context) (pv.Value, error) {
			if bad = !bad; bad {
				return pv.Value{}, timedOut()
			}
			return reading(1)
		}})
		r.start()
		for range 21 {
			pass(500 * time.Millisecond)
			flaps.Process()
		}
		equal(t, "every 2 s for 10 s", reads.take(), "r r r r r r")
		r.finish()
	})
}

func TestFaultOfASink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		ch := &fakeListener{name: "ch"}
		in := r.input("IN", ch)
		r.start()
		ch.post(1)
		ch.sink.Fault(timedOut())
		ch.sink.Fault(timedOut())
		wantState(t, "stale", in, "1 INVALID/TIMEOUT no answer")
		in.Process()
		wantState(t, "processing does not make it good", in, "1 INVALID/TIMEOUT no answer")
		ch.post(2)
		wantState(t, "good", in, "2 NO_ALARM")
		if got := r.log.take("pv=IN"); len(got) != 2 {
			t.Errorf("log: %q", got)
		}
		r.finish()
	})
}

// An edge that is told while the level is read is not undone by what was read, even if it
// is older, as a debounced one is; but the answer is newer than a line of text.
func TestEdgeDuringARead(t *testing.T) {
	for _, test := range []struct {
		name string
		at   func() pv.Stamp
		want string
	}{
		{"edge", func() pv.Stamp { return pv.StampOf(time.Now()) }, "1 NO_ALARM"},
		{"debounced edge", func() pv.Stamp { return pv.StampOf(time.Now().Add(-time.Minute)) }, "1 NO_ALARM"},
		{"line of text", func() pv.Stamp { return pv.Stamp{} }, "0 NO_ALARM"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{})
				ch := &fakeReadListener{fakeListener: fakeListener{name: "ch"}}
				ch.read = func(context.Context) (pv.Value, error) {
					<-time.After(time.Millisecond)
					ch.sink.Post(pv.Float64Value(1), test.at(), pv.Alarm{})
					return reading(0)
				}
				in := r.input("IN", ch)
				r.start()
				pass(time.Second)
				wantState(t, "after the read", in, test.want)
				r.finish()
			})
		})
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		words := func(context.Context) (pv.Value, error) { return pv.StringValue("ERR"), nil }
		in := r.input("IN", &fakeInput{"in", words})
		out := r.output("OUT", &fakeBoth{fakeInput{"out", words}, accepts})
		ch := &fakeListener{name: "ch"}
		heard := r.input("HEARD", ch)
		r.start()
		in.Process()
		synctest.Wait()
		ch.sink.Post(pv.StringValue("x"), pv.Stamp{}, pv.Alarm{})
		ch.sink.Post(pv.StringValue("x"), pv.Stamp{}, pv.Alarm{})
		for _, rec := range []*record.Record{in, out, heard} {
			if s := state(t, rec); !strings.HasPrefix(s, "0 INVALID/READ convert string to float64") {
				t.Errorf("%s = %q", rec.Name(), s)
			}
			heard.Process()
		}
		if got := r.log.take("fault"); len(got) != 3 {
			t.Errorf("log: %q", got)
		}
		puts := new(journal)
		put(t, out, 1, answer{"put", puts})
		synctest.Wait()
		if got := puts.take(); !strings.HasPrefix(got, "put: convert string to float64") {
			t.Errorf("put: %q", got)
		}
		r.finish()
	})
}

func TestPutCompletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		var fault shared[error]
		readBack := 0.0 // the worker's
		write := func(_ context.Context, v pv.Value) error { readBack = v.Float64() / 2; return fault.get() }
		only := r.output("ONLY", &fakeOutput{"only", write})
		both := r.output("BOTH", &fakeBoth{fakeInput{"both", func(context.Context) (pv.Value, error) { return reading(readBack) }}, write})
		puts := new(journal)
		put(t, only, 1, answer{"early", puts})
		equal(t, "before", puts.take(), "early: not opened yet")
		r.start()
		wantState(t, "open", only, "1 INVALID/WRITE the last value has not been written")
		both.Value().Subscribe(pv.EventValue|pv.EventAlarm, monitor{puts})
		puts.take()

		put(t, only, 2, answer{"good", puts})
		synctest.Wait()
		equal(t, "good", puts.take(), "good ok")
		put(t, both, 9, answer{"both", puts})
		synctest.Wait()
		equal(t, "readback", puts.take(), "4.5 NO_ALARM both ok")

		fault.set(&drivers.Fault{Status: pv.StatusHwLimit, Err: errors.New("30 V at most")})
		put(t, only, 40, answer{"bad", puts})
		synctest.Wait()
		equal(t, "bad", puts.take(), "bad: 30 V at most")
		wantState(t, "bad", only, "40 INVALID/HWLIMIT 30 V at most")
		fault.set(errors.New("no"))
		put(t, both, 3, answer{"bad", puts})
		synctest.Wait()
		equal(t, "bad", puts.take(), "3 INVALID/WRITE bad: no")
		fault.set(nil)
		pass(5 * time.Second)
		equal(t, "read back again", puts.take(), "1.5 NO_ALARM")

		fault.set(lostBy("unplugged"))
		put(t, only, 5, answer{"lost", puts})
		put(t, only, 6, answer{"waiting", puts})
		synctest.Wait()
		put(t, only, 7, answer{"late", puts})
		answers, marked := puts.take(), "1.5 INVALID/COMM " // of the other record, whenever that is marked
		equal(t, "lost", strings.Replace(answers, marked, "", 1), "lost: unplugged waiting: unplugged late: unplugged")
		if !strings.Contains(answers, marked) {
			t.Errorf("lost: the other output does not show it: %s", answers)
		}
		r.finish()
	})
}

func TestWritesToOnePV(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		all := new(journal)
		step := make(chan struct{})
		out := r.output("OUT", &fakeOutput{"out", func(_ context.Context, v pv.Value) error {
			all.add("w%v", v)
			<-step
			return nil
		}})
		r.start()
		put(t, out, 1, nil)
		synctest.Wait()
		for x := range 3 {
			put(t, out, float64(2+x), nil)
		}
		put(t, out, 5, answer{"5", all})
		put(t, out, 6, answer{"6", all})
		put(t, out, 7, nil)
		put(t, out, 8, nil)
		close(step)
		synctest.Wait()
		equal(t, "last wins, notify never merged", all.take(), "w1 w4 w5 5 ok w6 6 ok w8")
		r.finish()
	})
}

func TestWritesComeFirstButReadsAreNotStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		all := new(journal)
		gate := make(chan struct{})
		first := r.input("FIRST", &fakeInput{"first", func(context.Context) (pv.Value, error) { <-gate; return reading(0) }})
		var ins, outs []*record.Record
		for i := range 10 {
			outs = append(outs, r.output(fmt.Sprintf("W%d", i), &fakeOutput{"w", func(context.Context, pv.Value) error { all.add("w%d", i); return nil }}))
		}
		r.start()
		for i := range 3 {
			// added after the start, so that they are not read when the port opens
			ins = append(ins, r.input(fmt.Sprintf("R%d", i), &fakeInput{"r", func(context.Context) (pv.Value, error) { all.add("r%d", i); return reading(0) }}))
		}
		for _, in := range ins {
			in.Process()
		}
		for _, out := range outs {
			put(t, out, 1, nil)
		}
		close(gate)
		synctest.Wait()
		equal(t, "order", all.take(), "w0 w1 w2 w3 r0 w4 w5 w6 w7 r1 w8 w9 r2")
		wantState(t, "first", first, "0 NO_ALARM")
		r.finish()
	})
}

func TestInitialValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		all := new(journal)
		var fault shared[error]
		write := func(_ context.Context, v pv.Value) error { all.add("%v %v", v.Kind(), v); return fault.get() }
		out := r.add(record.Spec{Name: "OUT", Type: record.BO, Info: pv.Info{Choices: []string{"Off", "On"}}},
			&fakeOutput{"out", write}, Options{Initial: pv.StringValue("On"), WriteAs: pv.String})
		bad := r.add(record.Spec{Name: "BAD", Type: record.AO}, &fakeOutput{"bad", write}, Options{Initial: pv.StringValue("much")})
		fault.set(lostBy("unplugged"))
		r.start()
		equal(t, "initial", all.take(), "string On")
		wantState(t, "lost", out, "1 INVALID/COMM unplugged")
		fault.set(nil)
		pass(time.Second)
		equal(t, "initial after it was lost", all.take(), "string On")
		wantState(t, "written", out, "1 NO_ALARM")
		put(t, out, 0, nil)
		synctest.Wait()
		equal(t, "put", all.take(), "string Off")
		r.driver.faults <- lostBy("unplugged")
		pass(time.Second)
		equal(t, "not written again", all.take(), "")
		wantState(t, "kept", out, "0 NO_ALARM")
		if s := state(t, bad); !strings.Contains(s, "INVALID/READ") || !strings.Contains(s, "convert") && !strings.Contains(s, "put") {
			t.Errorf("initial value that does not fit: %q", s)
		}
		r.finish()
	})
}

// An instrument that is off when the IOC starts gets the initial value when it answers, if
// nobody has set another one.
func TestInitialValueOfADeviceThatIsOff(t *testing.T) {
	for _, tt := range []struct {
		name     string
		readback bool
		put      float64 // once it is on; 0: nothing
		want     string
	}{
		{"write only", false, 0, "5 5"},
		{"with readback", true, 0, "5 5"},
		{"put before", false, 7, "5 7"},
		{"put before, with readback", true, 7, "5 7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{RetryMax: 2 * time.Second})
				var all journal
				fault, value := shared[error]{value: timedOut()}, shared[float64]{value: 1}
				write := func(_ context.Context, v pv.Value) error {
					all.add("%v", v)
					if fault.get() == nil {
						value.set(v.Float64())
					}
					return fault.get()
				}
				read := func(context.Context) (pv.Value, error) {
					if err := fault.get(); err != nil {
						return pv.Value{}, err
					}
					return reading(value.get())
				}
				var ch drivers.Channel = &fakeOutput{"out", write}
				if tt.readback {
					ch = &fakeBoth{fakeInput{"out", read}, write}
				}
				out := r.add(record.Spec{Name: "OUT", Type: record.AO}, ch, Options{Initial: pv.Float64Value(5)})
				r.start()
				fault.set(nil)
				if tt.put != 0 {
					put(t, out, tt.put, nil)
				}
				pass(time.Minute)
				equal(t, "written", all.take(), tt.want)
				wantState(t, "on", out, tt.want[2:]+" NO_ALARM")
				r.finish()
			})
		})
	}
}

// An output that forgets gets its value again: that of the last put, also of one that
// came while the hardware was not there.
func TestOutputIsRestoredAfterAFault(t *testing.T) {
	for _, test := range []struct {
		name      string
		put, lost float64 // 0: none
		want      string
	}{
		{"never written", 0, 0, "[]"},
		{"written before", 2, 0, "[2 2]"},
		{"put while it was lost", 2, 3, "[2 3]"},
		{"put only then", 0, 3, "[3]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{})
				var written []float64
				ch := &fakeBoth{fakeInput{"out", func(context.Context) (pv.Value, error) {
					if n := len(written); n > 0 {
						return reading(written[n-1])
					}
					return reading(0)
				}}, func(_ context.Context, v pv.Value) error {
					written = append(written, v.Float64())
					return nil
				}}
				out := r.add(record.Spec{Name: "OUT", Type: record.AO}, ch, Options{Restore: true})
				r.start()
				put := func(x float64) {
					if x == 0 {
						return
					}
					if err := out.Value().Put(pv.Float64Value(x), nil); err != nil {
						t.Error(err)
					}
					synctest.Wait()
				}
				put(test.put)
				r.driver.faults <- lostBy("unplugged")
				synctest.Wait()
				put(test.lost)
				if s := state(t, out); !strings.Contains(s, "INVALID/COMM") {
					t.Errorf("while it is lost: %s", s)
				}
				pass(time.Second)
				if got := fmt.Sprint(written); got != test.want {
					t.Errorf("wrote %s, want %s", got, test.want)
				}
				wantState(t, "back again", out, fmt.Sprintf("%v NO_ALARM", max(test.put, test.lost)))
				r.finish()
			})
		})
	}
}

// A pulse does not go on for ever because its end could not be written.
func TestPulseThatEndsWhileTheHardwareIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		level := int64(0)
		ch := &fakeBoth{
			fakeInput{"out", func(context.Context) (pv.Value, error) { return pv.Int64Value(level), nil }},
			func(_ context.Context, v pv.Value) error { level = v.Int64(); return nil },
		}
		out := r.add(record.Spec{Name: "OUT", Type: record.BO, Fields: map[string]string{"HIGH": "2"}}, ch, Options{Restore: true})
		r.start()
		if err := out.Value().Put(pv.EnumValue(1), nil); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		r.driver.set(func(d *fakeDriver) { d.open = func(context.Context) error { return drivers.ErrAbsent } })
		r.driver.faults <- lostBy("unplugged")
		pass(3 * time.Second)
		if level != 1 {
			t.Error("the pulse has ended without the hardware")
		}
		r.driver.set(func(d *fakeDriver) { d.open = nil })
		pass(6 * time.Second)
		if level != 0 {
			t.Error("the pulse has not ended when the hardware was back")
		}
		wantState(t, "after the pulse", out, "0 NO_ALARM")
		r.finish()
	})
}

func TestDriverPanicIsRecoveredAndRestarted(t *testing.T) {
	explode := func() { panic("boom") }
	tests := []struct {
		name string
		arm  func(r *rig)
		want string
	}{
		{"open", func(r *rig) { r.driver.open = func(context.Context) error { explode(); return nil } }, "panic in open: boom"},
		{"run", func(r *rig) { r.driver.run = func(context.Context) error { explode(); return nil } }, "panic in run: boom"},
		{"read", func(r *rig) {
			r.input("X", &fakeInput{"x", func(context.Context) (pv.Value, error) { explode(); return pv.Value{}, nil }})
		}, "panic in x: boom"},
		{"write", func(r *rig) {
			r.add(record.Spec{Name: "X", Type: record.AO}, &fakeOutput{"x", func(context.Context, pv.Value) error { explode(); return nil }},
				Options{Initial: pv.Float64Value(1)})
		}, "panic in x: boom"},
		{"close", func(r *rig) {
			r.driver.close = func() error { explode(); return nil }
			r.driver.faults <- lostBy("unplugged")
		}, "unplugged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{})
				in := r.input("IN", &fakeInput{"in", always})
				tt.arm(r)
				r.start()
				if s := state(t, in); !strings.HasSuffix(s, " INVALID/COMM "+tt.want) {
					t.Errorf("after the panic: %q, want COMM %q", s, tt.want)
				}
				if got := r.log.take("stack="); len(got) != 1 || !strings.Contains(got[0], "panic in") || !strings.Contains(got[0], "TestDriverPanic") {
					t.Errorf("log: %q", got)
				}
				r.driver.set(func(d *fakeDriver) { d.open, d.run, d.close = nil, nil, nil })
				pass(time.Second)
				// Closed too, whatever has panicked: its outputs go to their safe states.
				if steps := r.driver.journal.take(); !strings.HasPrefix(steps, "open close open") {
					t.Errorf("steps: %q", steps)
				}
				r.finish()
			})
		})
	}
}

func TestStuckOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Stuck: 3 * time.Second})
		puts := new(journal)
		hang := make(chan struct{})
		out := r.output("OUT", &fakeOutput{"out", func(context.Context, pv.Value) error { <-hang; return nil }})
		in := r.input("IN", &fakeInput{"in", always})
		r.start()
		put(t, out, 1, answer{"stuck", puts})
		put(t, out, 2, answer{"behind", puts})
		pass(2 * time.Second)
		equal(t, "in time", puts.take(), "")
		pass(2 * time.Second)
		equal(t, "stuck", puts.take(), "stuck: an operation has not returned for 3s behind: an operation has not returned for 3s")
		wantState(t, "stuck", in, "7 INVALID/COMM an operation has not returned for 3s")
		pass(time.Hour)
		equal(t, "journal", r.driver.journal.take(), "open close")
		close(hang)
		pass(time.Second)
		equal(t, "it has returned", r.driver.journal.take(), "open")
		wantState(t, "back", in, "7 NO_ALARM")
		wantState(t, "the hardware has the value before", out, "2 INVALID/WRITE the last value has not been written")
		put(t, out, 3, answer{"again", puts})
		synctest.Wait()
		equal(t, "back", puts.take(), "again ok")
		r.finish()
	})
}

func TestShutdownIsBounded(t *testing.T) {
	tests := []struct {
		name string
		arm  func(r *rig, hang chan struct{})
	}{
		{"read", func(r *rig, hang chan struct{}) {
			r.input("IN", &fakeInput{"in", func(context.Context) (pv.Value, error) { <-hang; return pv.Value{}, nil }})
		}},
		{"open", func(r *rig, hang chan struct{}) { r.driver.open = func(context.Context) error { <-hang; return nil } }},
		{"run", func(r *rig, hang chan struct{}) { r.driver.run = func(context.Context) error { <-hang; return nil } }},
		{"close", func(r *rig, hang chan struct{}) { r.driver.close = func() error { <-hang; return nil } }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{})
				puts := new(journal)
				hang := make(chan struct{})
				tt.arm(r, hang)
				out := r.output("OUT", &fakeOutput{"out", func(context.Context, pv.Value) error { <-hang; return nil }})
				r.start()
				put(t, out, 1, answer{"put", puts})
				synctest.Wait()
				began := time.Now()
				r.stop()
				if err := <-r.ended; !errors.Is(err, errStuck) {
					t.Errorf("Run: %v, want errStuck", err)
				}
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("took %v", took)
				}
				if got := puts.take(); got == "" {
					t.Error("the put was not answered")
				}
				close(hang) // lets the bubble end
			})
		})
	}
}

func TestCloseUnblocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		closed := make(chan struct{})
		r.driver.close = func() error { close(closed); return nil }
		in := r.input("IN", &fakeInput{"in", func(context.Context) (pv.Value, error) { <-closed; return pv.Value{}, errors.New("file closed") }})
		r.start()
		began := time.Now()
		r.finish()
		if took := time.Since(began); took != 0 {
			t.Errorf("took %v", took)
		}
		wantState(t, "broken off", in, "0 INVALID/COMM the IOC ends")
		if got := r.log.take("level=WARN"); got != nil {
			t.Errorf("log: %q", got)
		}
	})
}

func TestEndWhileOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		r.driver.open = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		r.start()
		r.finish()
		equal(t, "journal", r.driver.journal.take(), "open close")
		if got := r.log.take(""); got != nil {
			t.Errorf("log: %q", got)
		}
	})
}

func TestSlowOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Stuck: time.Second})
		r.driver.open = func(context.Context) error { <-time.After(5 * time.Second); return nil }
		in := r.input("IN", &fakeInput{"in", always})
		r.start()
		select {
		case <-r.port.Tried():
			t.Error("tried already")
		default:
		}
		pass(2 * time.Second)
		<-r.port.Tried()
		wantState(t, "slow", in, "0 INVALID/COMM open: has not returned for 1s")
		pass(5 * time.Second)
		wantState(t, "open", in, "7 NO_ALARM")
		r.finish()
	})
}

// A value that comes while the driver is being given up does not make its record
// look good.
func TestLastValueOfALostPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		ch := &fakeListener{name: "ch"}
		heard := r.input("HEARD", ch)
		in := r.input("IN", &fakeInput{"in", func(ctx context.Context) (pv.Value, error) { <-ctx.Done(); return reading(3) }})
		r.driver.close = func() error { ch.post(9); return nil }
		r.start()
		r.driver.faults <- lostBy("unplugged")
		synctest.Wait()
		wantState(t, "lost", heard, "9 INVALID/COMM unplugged")
		wantState(t, "lost", in, "3 INVALID/COMM unplugged")
		r.finish()
	})
}

func TestAddRefuses(t *testing.T) {
	r := newRig(t, Config{})
	tests := []struct {
		typ  record.Type
		ch   drivers.Channel
		want string
	}{
		{record.AO, &fakeInput{"in", always}, "cannot be written"},
		{record.AI, &fakeOutput{"out", accepts}, "cannot be read"},
		{record.AO, &fakeListener{name: "ch"}, "cannot be written"},
	}
	for _, tt := range tests {
		_, err := r.port.Add(r.db, record.Spec{Name: "X", Type: tt.typ}, tt.ch, Options{})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), `"X"`) {
			t.Errorf("%v behind %s: %v, want %q", tt.typ, tt.ch.Name(), err, tt.want)
		}
	}
	var spec *record.SpecError
	if _, err := r.port.Add(r.db, record.Spec{Type: record.AI}, &fakeInput{"in", always}, Options{}); !errors.As(err, &spec) {
		t.Errorf("no name: %v, want a SpecError", err)
	}
}

// poll is a port in steady operation, with n inputs: read has all of them read and
// waits for the last.
func poll(tb testing.TB, n int) (read, stop func()) {
	r := newRig(tb, Config{})
	process := make([]record.Field, n)
	for i := range n {
		process[i] = fieldOf(tb, r.input(fmt.Sprintf("IN%d", i), &fakeInput{"in", always}), "PROC")
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { r.ended <- r.port.Run(ctx) }() // until cancel
	<-r.port.Tried()
	done := make(signals, n)
	return func() {
			for _, f := range process {
				if err := f.Put(pv.Int32Value(1), done); err != nil {
					tb.Fatal(err)
				}
			}
			for range n {
				if err := <-done; err != nil {
					tb.Fatal(err)
				}
			}
		}, func() {
			cancel()
			<-r.ended
		}
}

// signals are completions of puts.
type signals chan error

func (s signals) PutDone(err error) { s <- err }

func TestPollingDoesNotAllocate(t *testing.T) {
	read, stop := poll(t, 10)
	defer stop()
	read()
	if n := testing.AllocsPerRun(100, read); n != 0 {
		t.Errorf("%v allocations a poll of 10 channels", n)
	}
}

func BenchmarkPoll(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("channels=%d", n), func(b *testing.B) {
			read, stop := poll(b, n)
			defer stop()
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/read")
		})
	}
}
