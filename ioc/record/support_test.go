package record

import (
	"fmt"
	"sync"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

// eventLog collects what happens to records, in order, as short lines; from any
// goroutine.
type eventLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *eventLog) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *eventLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	l.lines = nil
	return lines
}

// watcher logs the events of one subscription.
type watcher struct {
	log  *eventLog
	name string
}

func (w watcher) Post(s *pv.Sample, m pv.Mask) {
	w.log.add(fmt.Sprintf("%s %v %s %v", w.name, s.Value, maskText(m), s.Alarm))
}

// waiter logs the completion of one put.
type waiter struct {
	log  *eventLog
	name string
}

func (w waiter) PutDone(err error) {
	if err != nil {
		w.log.add(w.name + " failed: " + err.Error())
		return
	}
	w.log.add(w.name + " done")
}

func maskText(m pv.Mask) string {
	s := ""
	for i, c := range "VLAP" {
		if m&(1<<i) != 0 {
			s += string(c)
		}
	}
	return s
}

// asyncDevice logs the operations that begin; the test completes them.
type asyncDevice struct{ log *eventLog }

func (d asyncDevice) Read(r *Record) (Result, bool) {
	d.log.add("read")
	return Result{}, false
}

func (d asyncDevice) Write(r *Record, v pv.Value) (Result, bool) {
	d.log.add("write " + v.String())
	return Result{}, false
}

// syncDevice answers at once.
type syncDevice struct {
	log *eventLog
	res Result
}

func (d *syncDevice) Read(r *Record) (Result, bool) {
	d.log.add("read")
	return d.res, true
}

func (d *syncDevice) Write(r *Record, v pv.Value) (Result, bool) {
	d.log.add("write " + v.String())
	return d.res, true
}

const allEvents = pv.EventValue | pv.EventLog | pv.EventAlarm | pv.EventProperty

func mustAdd(t testing.TB, db *Database, s Spec) *Record {
	t.Helper()
	if s.Name == "" {
		s.Name = "X"
	}
	r, err := db.Add(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustField(t testing.TB, r *Record, name string) Field {
	t.Helper()
	f, err := r.Field(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mustPut(t testing.TB, r *Record, name string, v pv.Value) {
	t.Helper()
	if err := mustField(t, r, name).Put(v, nil); err != nil {
		t.Fatal(err)
	}
}

// text is what a client that asks for a string gets.
func text(t testing.TB, r *Record, name string) string {
	t.Helper()
	s, i := mustField(t, r, name).Get()
	return string(s.Value.AppendText(nil, i))
}

func equalLines(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func float(x float64) pv.Value { return pv.Float64Value(x) }
func str(s string) pv.Value    { return pv.StringValue(s) }
