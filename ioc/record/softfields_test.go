package record

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// A soft record that processes takes the value it has for one, if its type does so in
// base; an output to hardware never gets a value that nobody has given.
func TestSoftRecordsDefineThemselves(t *testing.T) {
	for typ, want := range map[Type]string{
		AI: "0", AO: "0", BI: "0", Longin: "0", Stringin: "0", Waveform: "0", AAO: "0",
		BO: "1", MBBO: "1", Longout: "1", Int64out: "1", Stringout: "1", LSO: "1",
	} {
		var db Database
		r := mustAdd(t, &db, Spec{Type: typ})
		mustPut(t, r, "PROC", pv.Int32Value(1))
		if got := text(t, r, "UDF"); got != want {
			t.Errorf("%v: UDF %s after it processed, want %s", typ, got, want)
		}
	}
	var db Database
	log := new(eventLog)
	ao := mustAdd(t, &db, Spec{Type: AO, Device: &syncDevice{log: log}})
	ao.Process()
	if text(t, ao, "UDF") != "1" || len(log.take()) > 0 {
		t.Error("an ao without a value has written one")
	}
}

// A number becomes text by the record's PREC, or with six digits where there is none.
func TestNumberIntoString(t *testing.T) {
	for typ, want := range map[Type]string{Stringout: "2.500000", LSO: "2.500000"} {
		var db Database
		r := mustAdd(t, &db, Spec{Type: typ})
		mustPut(t, r, "VAL", float(2.5))
		if got := text(t, r, "VAL"); got != want {
			t.Errorf("%v: 2.5 is %q, want %q", typ, got, want)
		}
	}
	for typ, want := range map[Type]string{AI: "2.50", Waveform: "2.50", Longin: "2.500000", BO: "2.500000"} {
		var db Database
		r := mustAdd(t, &db, Spec{Type: typ, Info: pv.Info{Precision: 2}})
		mustPut(t, r, "DESC", float(2.5))
		if got := text(t, r, "DESC"); got != want {
			t.Errorf("%v: 2.5 is %q as DESC, want %q", typ, got, want)
		}
	}
}

// Fields of what does not exist here keep what is written to them.
func TestFieldsWithoutFunction(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{Type: AO})
	for name, v := range map[string]pv.Value{"FLNK": str("OTHER"), "PRIO": str("HIGH"), "EVNT": str("go"), "OMSL": str("closed_loop")} {
		log := new(eventLog)
		sub := mustField(t, r, name).Subscribe(pv.EventValue, watcher{log, name})
		log.take()
		mustPut(t, r, name, v)
		if got := text(t, r, name); got != v.Str() || len(log.lines) != 1 {
			t.Errorf("%s = %q, events %q", name, got, log.lines)
		}
		sub.Unsubscribe()
	}
	if err := mustField(t, r, "FLNK").Put(float(1), nil); !errors.Is(err, pv.ErrNoConvert) {
		t.Errorf("a number as a link: %v", err)
	}
	if got := text(t, r, "FLNK"); got != "OTHER" {
		t.Errorf("FLNK = %q", got)
	}
	if err := mustField(t, r, "RTYP").Put(str("ai"), nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("RTYP: %v", err)
	}
}

// PROC and DISP keep the byte that was written.
func TestBytes(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{Type: AI})
	mustPut(t, r, "PROC", pv.Int32Value(7))
	mustPut(t, r, "DISP", pv.Int32Value(-3))
	if text(t, r, "PROC") != "7" || text(t, r, "DISP") != "253" {
		t.Errorf("PROC %s, DISP %s", text(t, r, "PROC"), text(t, r, "DISP"))
	}
	if err := mustField(t, r, "DESC").Put(str("x"), nil); !errors.Is(err, ErrDisabled) {
		t.Errorf("with DISP 253: %v", err)
	}
}

// A string array is readable as one long string: that of its first element.
func TestFirstStringAsCharacters(t *testing.T) {
	var db Database
	mustAdd(t, &db, Spec{Name: "WF", Type: Waveform, ElementKind: pv.String, Elements: 3, Initial: pv.ArrayValue([]string{"one", "two"})})
	mustAdd(t, &db, Spec{Name: "EMPTY", Type: Waveform, ElementKind: pv.String, Elements: 3})
	for name, want := range map[string]string{"WF.VAL$": "one\x00", "EMPTY.$": "\x00"} {
		f := must(db.Lookup(name))
		s, _ := f.Get()
		if b, _ := pv.Elements[uint8](s.Value); string(b) != want || f.Count() != 40 {
			t.Errorf("%s = %q of %d", name, b, f.Count())
		}
	}
}

// The name of the present state is part of what VAL shows.
func TestRenamingThePresentState(t *testing.T) {
	var db Database
	log := new(eventLog)
	r := mustAdd(t, &db, Spec{Type: MBBI, Scan: Every(time.Second), Info: pv.Info{Choices: []string{"a", "b"}}, Initial: str("b")})
	r.Value().Subscribe(pv.EventValue|pv.EventLog, watcher{log, "VAL"})
	log.take()
	mustPut(t, r, "ZRST", str("A"))
	mustPut(t, r, "ONST", str("B"))
	equalLines(t, "renamed", log.take(), "VAL 1 VL NO_ALARM")
}

func TestStateBeyondAll(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{Type: MBBO, Info: pv.Info{Choices: []string{"a", "b"}}})
	mustPut(t, r, "VAL", pv.Int32Value(16))
	if s, _ := r.Value().Get(); s.Alarm != (pv.Alarm{Status: pv.StatusSoft, Severity: pv.InvalidAlarm}) {
		t.Errorf("state 16: %v", s.Alarm)
	}
}

// At the start PINI's YES goes before RUN, and RUN before RUNNING; within one choice,
// and within a scan, PHAS gives the order.
func TestOrderOfProcessing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db Database
		log := new(eventLog)
		add := func(name, pini, phas string, scan Scan) *Record {
			return mustAdd(t, &db, Spec{
				Name: name, Type: AI, Scan: scan, Device: named{name, log},
				Fields: map[string]string{"PINI": pini, "PHAS": phas},
			})
		}
		add("running", "RUNNING", "-5", Passive)
		add("run", "RUN", "0", Passive)
		add("late", "YES", "3", Passive)
		add("early", "YES", "-1", Passive)
		add("paused", "PAUSED", "0", Passive)
		add("second", "NO", "2", Every(time.Second))
		moving := add("first", "NO", "1", Every(time.Second))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- db.Run(ctx) }() // ends with ctx
		synctest.Wait()
		equalLines(t, "start", log.take(), "early", "late", "run", "running")
		time.Sleep(time.Second)
		synctest.Wait()
		equalLines(t, "scan", log.take(), "first", "second")
		mustPut(t, moving, "PHAS", pv.Int32Value(7))
		time.Sleep(time.Second)
		synctest.Wait()
		equalLines(t, "scan after PHAS was changed", log.take(), "second", "first")
		cancel()
		<-ended
	})
}

// named is a device that notes when its record reads.
type named struct {
	name string
	log  *eventLog
}

func (d named) Read(*Record) (Result, bool) {
	d.log.add(d.name)
	return Result{}, true
}

func (d named) Write(*Record, pv.Value) (Result, bool) { return Result{}, true }
