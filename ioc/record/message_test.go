package record

import (
	"errors"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

func TestAlarmMessage(t *testing.T) {
	var (
		invalid = pv.Alarm{Status: pv.StatusComm, Severity: pv.InvalidAlarm}
		minor   = pv.Alarm{Status: pv.StatusHwLimit, Severity: pv.Minor}
		gone    = errors.New("open /dev/ttyUSB0: no such file")
	)
	tests := []struct {
		name string
		do   func(r *Record)
		want string
	}{
		{"nothing has happened", func(*Record) {}, ""},
		{"fault", func(r *Record) { r.Fault(invalid, gone) }, gone.Error()},
		{"fault without a cause", func(r *Record) { r.Fault(invalid, nil) }, ""},
		{"good value", func(r *Record) { r.Fault(invalid, gone); r.Post(float(1), pv.Stamp{}, pv.Alarm{}) }, ""},
		{"failed operation", func(r *Record) { r.Process(); r.Complete(Result{Alarm: invalid, Err: gone}) }, gone.Error()},
		{"failed operation without an alarm", func(r *Record) {
			r.Post(float(1), pv.Stamp{}, pv.Alarm{})
			r.Process()
			r.Complete(Result{Err: gone})
		}, gone.Error()},
		{"value that does not fit", func(r *Record) { r.Post(str("abc"), pv.Stamp{}, pv.Alarm{}) }, "abc"},
		{"a limit is worse", func(r *Record) {
			r.Post(float(11), pv.Stamp{}, pv.Alarm{})
			r.Fault(minor, gone)
		}, ""},
		{"too long", func(r *Record) { r.Fault(invalid, errors.New(strings.Repeat("é", 25)+"\nmore")) }, strings.Repeat("é", 19)},
		{"first line", func(r *Record) { r.Fault(invalid, errors.New("one\ntwo")) }, "one"},
		{"disabled", func(r *Record) {
			r.Fault(invalid, gone)
			if f, err := r.Field("DISA"); err == nil {
				_ = f.Put(pv.Int32Value(1), nil)
			}
			r.Process()
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var db Database
			r := mustAdd(t, &db, Spec{
				Type: AI, Device: asyncDevice{new(eventLog)},
				Info: pv.Info{Warning: pv.Limits{High: 10}}, HSV: pv.Major,
			})
			tt.do(r)
			if got := text(t, r, "AMSG"); got != tt.want && (tt.want != "abc" || !strings.Contains(got, tt.want)) {
				t.Errorf("AMSG = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAlarmMessageIsPosted(t *testing.T) {
	var db Database
	log := new(eventLog)
	r := mustAdd(t, &db, Spec{Type: AI})
	mustField(t, r, "AMSG").Subscribe(allEvents, watcher{log, "AMSG"})
	log.take()
	comm := pv.Alarm{Status: pv.StatusComm, Severity: pv.InvalidAlarm}
	r.Fault(comm, errors.New("a"))
	r.Fault(comm, errors.New("a"))
	r.Fault(comm, errors.New("b"))
	r.Post(float(1), pv.Stamp{}, pv.Alarm{})
	equalLines(t, "changes", log.take(), "AMSG a VA INVALID/COMM", "AMSG b A INVALID/COMM", "AMSG  VA NO_ALARM")
}

func TestValueThatDoesNotFitIsToldOnce(t *testing.T) {
	r, log := output(t, Spec{Type: AO})
	if err := r.Post(str("abc"), pv.Stamp{}, pv.Alarm{}); !errors.Is(err, pv.ErrSyntax) {
		t.Errorf("Post: %v, want ErrSyntax", err)
	}
	if err := r.Value().Put(float(1), waiter{log, "put"}); err != nil {
		t.Fatal(err)
	}
	log.take()
	err := r.Complete(Result{Value: str("abc")})
	if !errors.Is(err, pv.ErrSyntax) {
		t.Errorf("Complete: %v, want ErrSyntax", err)
	}
	equalLines(t, "the put is told", log.take(), "mon 1 V INVALID/READ", "put failed: "+err.Error())
	if err := r.Complete(Result{}); err != nil {
		t.Errorf("stray Complete: %v", err)
	}
}
