package device

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// talkative is a driver that counts and is traced.
type talkative struct {
	*fakeDriver
	trace drivers.Trace
	bytes uint64
}

func (d *talkative) Trace() *drivers.Trace { return &d.trace }

func (d *talkative) Counters() []drivers.Counter {
	return []drivers.Counter{{Name: "BYTES", Desc: "bytes", Read: func() uint64 { return d.bytes }}}
}

// statusOf makes all records about a port and a device on it.
func statusOf(t *testing.T, r *rig, unit string) map[string]*record.Record {
	t.Helper()
	all := map[string]*record.Record{}
	add := func(specs []record.Spec, prefix, unit string) {
		for _, s := range specs {
			about := s.Name
			s.Name = prefix + s.Name
			rec, err := r.port.AddStatus(r.db, s, about, unit)
			if err != nil {
				t.Fatal(err)
			}
			all[s.Name] = rec
		}
	}
	add(UnitSpecs(), "", "")
	add(UnitSpecs(), unit+":", unit)
	add(PortSpecs(r.port.driver), "", "")
	return all
}

func TestStatusRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Name: "VAC"})
		d := &talkative{fakeDriver: r.driver, bytes: 3}
		r.port.driver = d
		answers := shared[error]{}
		slow := &fakeInput{"slow", func(context.Context) (pv.Value, error) {
			<-time.After(2 * time.Millisecond)
			return pv.Float64Value(7), answers.get()
		}}
		g1 := r.add(record.Spec{Name: "G1:P", Type: record.AI}, slow, Options{Unit: "G1"})
		r.input("OTHER", &fakeInput{"other", always})
		all := statusOf(t, r, "G1")
		ctx, stop := context.WithCancel(context.Background())
		scanned := make(chan error)
		go func() { scanned <- r.db.Run(ctx) }() // until stop
		synctest.Wait()
		value := func(when, name, want string) {
			t.Helper()
			if s, _ := all[name].Value().Get(); fmt.Sprint(s.Value, " ", s.Alarm) != want {
				t.Errorf("%s: %s = %v %v, want %s", when, name, s.Value, s.Alarm, want)
			}
		}
		value("not open yet", "CONNECTED", "0 MAJOR/STATE")
		value("not open yet", "ENABLE", "1 NO_ALARM")
		r.start()
		value("open", "CONNECTED", "1 NO_ALARM")
		value("open", "G1:CONNECTED", "1 NO_ALARM")

		d.trace.Sent("G1", []byte("P?\r"))
		pass(time.Second)
		value("counted", "REQUESTS", "2 NO_ALARM")
		value("counted", "G1:REQUESTS", "1 NO_ALARM")
		value("counted", "G1:LATENCY", "2 NO_ALARM")
		value("counted", "LATENCY", "0 NO_ALARM")
		value("counted", "LATENCY:WORST", "2 NO_ALARM")
		value("counted", "BYTES", "3 NO_ALARM")
		if s, _ := all["TRACE:LAST"].Value().Get(); !strings.HasSuffix(s.Value.Str(), " > G1 \"P?\\r\"\n") {
			t.Errorf("trace: %q", s.Value.Str())
		}

		answers.set(timedOut())
		g1.Process()
		pass(3 * time.Millisecond)
		value("silent", "G1:CONNECTED", "0 MAJOR/STATE")
		value("the other answers", "CONNECTED", "1 NO_ALARM")
		pass(time.Second)
		value("silent", "G1:FAULTS", "1 NO_ALARM")
		value("silent", "G1:ERROR", "no answer NO_ALARM")
		answers.set(&drivers.Fault{Status: pv.StatusCalc, Err: io.ErrUnexpectedEOF})
		g1.Process()
		pass(3 * time.Millisecond)
		value("answers, if not well", "G1:CONNECTED", "1 NO_ALARM")
		answers.set(nil)

		if err := all["ENABLE"].Value().Put(pv.StringValue("Disable"), nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		value("switched off", "CONNECTED", "0 MAJOR/STATE")
		value("switched off", "G1:CONNECTED", "0 MAJOR/STATE")
		if err := all["ENABLE"].Value().Put(pv.EnumValue(1), nil); err != nil {
			t.Fatal(err)
		}
		pass(3 * time.Millisecond)
		value("switched on", "CONNECTED", "1 NO_ALARM")
		r.driver.journal.take()
		if err := all["RECONNECT"].Value().Put(pv.EnumValue(1), nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		equal(t, "steps of RECONNECT", r.driver.journal.take(), "close open")
		pass(time.Second)
		value("momentary", "RECONNECT", "0 NO_ALARM")
		equal(t, "steps since", r.driver.journal.take(), "")

		stop()
		<-scanned
		r.finish()
	})
}

// Whoever looks at a device finds out why its port cannot be opened.
func TestWhyAPortIsDownIsTheErrorOfItsDevices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Name: "VAC"})
		r.driver.set(func(d *fakeDriver) { d.open = func(context.Context) error { return io.ErrNoProgress } })
		all := statusOf(t, r, "G1")
		ctx, stop := context.WithCancel(context.Background())
		scanned := make(chan error)
		go func() { scanned <- r.db.Run(ctx) }() // until stop
		r.start()
		pass(time.Second)
		for _, name := range []string{"ERROR", "G1:ERROR"} {
			if s, _ := all[name].Value().Get(); s.Value.Str() != io.ErrNoProgress.Error() {
				t.Errorf("%s is %q", name, s.Value.Str())
			}
		}
		stop()
		<-scanned
		r.finish()
	})
}

func TestUnaskedValuesShowThatADeviceIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{})
		l := &fakeListener{name: "l"}
		r.add(record.Spec{Name: "ARD:T", Type: record.AI}, l, Options{Unit: "ARD"})
		connected := statusOf(t, r, "ARD")["ARD:CONNECTED"]
		r.start()
		l.sink.Fault(timedOut())
		wantState(t, "stale", connected, "0 MAJOR/STATE")
		l.post(1)
		wantState(t, "heard", connected, "1 NO_ALARM")
		r.finish()
	})
}

func TestTraceSwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Name: "VAC"})
		d := &talkative{fakeDriver: r.driver}
		r.port.driver = d
		trace := statusOf(t, r, "G1")["TRACE"]
		r.start()
		r.log.take("")
		for _, on := range []uint16{0, 1, 0} {
			put(t, trace, float64(on), nil)
			d.trace.Received("G1", []byte{0x06, byte(on)})
		}
		if got := r.log.take("msg=trace"); len(got) != 1 || !strings.Contains(got[0], `port=VAC way=received channel=G1 bytes="\"\\x06\\x01\"" hex=0601`) {
			t.Errorf("log: %q", got)
		}
		if r.port.Trace() != &d.trace {
			t.Error("Trace is another")
		}
		r.finish()
	})
}

func TestAddStatusRefuses(t *testing.T) {
	p := NewPort(newFakeDriver(), Config{Name: "P", Log: slog.New(slog.DiscardHandler)})
	db := new(record.Database)
	for _, about := range []string{"TRACE", "BYTES", ""} {
		if _, err := p.AddStatus(db, record.Spec{Name: "X", Type: record.BI}, about, ""); err == nil {
			t.Errorf("%q: no error", about)
		}
	}
	if len(PortSpecs(p.driver)) != 2 || p.Trace() != nil {
		t.Error("a driver that does not count is traced")
	}
	if _, err := p.AddStatus(db, record.Spec{Name: "X", Type: record.BI}, "CONNECTED", ""); err != nil {
		t.Error(err)
	}
	if _, err := p.AddStatus(db, record.Spec{Name: "X", Type: record.BI}, "CONNECTED", ""); err == nil || len(p.watchers) != 1 {
		t.Errorf("twice: %v, %d", err, len(p.watchers))
	}
}
