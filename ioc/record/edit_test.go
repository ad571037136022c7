package record

import (
	"errors"
	"slices"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

func change(t testing.TB, r *Record, edit func(*Spec)) {
	t.Helper()
	if err := r.Change(edit); err != nil {
		t.Fatal(err)
	}
}

// A change is heard by those who watch its field, and those who watch properties; the
// alarm follows.
func TestChange(t *testing.T) {
	db, log := new(Database), new(eventLog)
	r := mustAdd(t, db, Spec{Name: "A", Type: AO, Initial: pv.Float64Value(5), Info: pv.Info{Units: "C", Precision: 1}})
	for _, f := range []string{"EGU", "HIGH", "DESC", "PREC"} {
		mustField(t, r, f).Subscribe(pv.EventValue, watcher{log, f})
	}
	r.Value().Subscribe(pv.EventProperty|pv.EventAlarm, watcher{log, "VAL"})
	log.take()
	change(t, r, func(s *Spec) {
		if s.Info.Units != "C" || s.Info.Precision != 1 || s.Scan != Passive {
			t.Errorf("shown %+v", s)
		}
		s.Info.Units, s.Info.Warning.High, s.HSV = "K", 4, pv.Minor
		s.Info.Control = pv.Limits{Low: -1, High: 10}
		s.Fields = map[string]string{"HYST": "2"}
	})
	if want := []string{
		"EGU K V NO_ALARM", "HIGH 4 V NO_ALARM", "VAL 5 P NO_ALARM", "VAL 5 A MINOR/HIGH",
	}; !sameLines(log.lines, want) {
		t.Errorf("heard %q, want %q", log.lines, want)
	}
	log.take()
	i := r.Value().Info()
	if i.Units != "K" || i.Warning.High != 4 || i.Control.High != 10 || i.Precision != 1 {
		t.Errorf("info %+v", i)
	}
	if s, _ := mustField(t, r, "HYST").Get(); s.Value.Float64() != 2 {
		t.Errorf("HYST %v", s.Value)
	}

	// What was set stays when something else changes; what stays the same is no news.
	change(t, r, func(s *Spec) { s.Desc = "text" })
	if got := log.take(); !slices.Equal(got, []string{"DESC text V MINOR/HIGH"}) {
		t.Errorf("heard %q", got)
	}
	change(t, r, func(*Spec) {})
	if got := log.take(); len(got) != 0 {
		t.Errorf("of nothing: %q", got)
	}
	if i := r.Value().Info(); i.Units != "K" || i.Warning.High != 4 || i.Control.High != 10 {
		t.Errorf("info %+v", i)
	}
	change(t, r, func(s *Spec) { s.HSV = pv.NoAlarm })
	if s, _ := r.Value().Get(); s.Alarm != (pv.Alarm{}) {
		t.Errorf("without a limit: %v", s.Alarm)
	}

	// The alarm of a device is its own.
	r.Fault(pv.Alarm{Status: pv.StatusComm, Severity: pv.InvalidAlarm}, errors.New("no"))
	change(t, r, func(s *Spec) { s.HSV = pv.Major })
	if s, _ := r.Value().Get(); s.Alarm.Status != pv.StatusComm {
		t.Errorf("with a fault: %v", s.Alarm)
	}
}

// sameLines reports whether the same lines have come, in any order of the fields.
func sameLines(got, want []string) bool {
	got, want = slices.Clone(got), slices.Clone(want)
	slices.Sort(got)
	slices.Sort(want)
	return slices.Equal(got, want)
}

func TestChangeStatesAndScan(t *testing.T) {
	db, log := new(Database), new(eventLog)
	r := mustAdd(t, db, Spec{
		Name: "A", Type: MBBO, Initial: pv.EnumValue(1), Info: pv.Info{Choices: []string{"a", "b"}},
		StateSeverities: []pv.Severity{pv.NoAlarm, pv.Major}, StateValues: []uint32{3, 4},
	})
	r.Value().Subscribe(pv.EventProperty, watcher{log, "VAL"})
	log.take()
	change(t, r, func(s *Spec) { s.Info.Choices, s.Scan = []string{"a", "B", "c"}, Every(MinPeriod) })
	if got := log.take(); !slices.Equal(got, []string{"VAL 1 P MAJOR/STATE"}) {
		t.Errorf("heard %q", got)
	}
	if i := r.Value().Info(); !slices.Equal(i.Choices, []string{"a", "B", "c"}) {
		t.Errorf("choices %q", i.Choices)
	}
	if s, _ := mustField(t, r, "ONVL").Get(); s.Value.Int64() != 4 {
		t.Errorf("ONVL %v", s.Value)
	}
	if s := db.Scans(); len(s) != 1 || s[0].Records != 1 {
		t.Errorf("scans %+v", s)
	}
}

// What cannot be is refused as a whole.
func TestBadChange(t *testing.T) {
	db := new(Database)
	r := mustAdd(t, db, Spec{Name: "A", Type: BO, Info: pv.Info{Choices: []string{"a", "b"}}})
	for what, edit := range map[string]func(*Spec){
		"states":   func(s *Spec) { s.Info.Choices = []string{"x", "y", "z"} },
		"period":   func(s *Spec) { s.Scan = Every(1) },
		"no field": func(s *Spec) { s.Fields = map[string]string{"HIHI": "1"} },
		"value":    func(s *Spec) { s.Fields = map[string]string{"VAL": "1"} },
		"constant": func(s *Spec) { s.Fields = map[string]string{"RTYP": "ai"} },
		"text": func(s *Spec) {
			s.Desc, s.Info.Choices, s.Scan = "x", []string{"x", "y"}, Every(MinPeriod)
			s.Fields = map[string]string{"COSV": "MAJOR", "OSV": "nonsense"}
		},
		"scan": func(s *Spec) { s.Fields = map[string]string{"ONAM": "x", "SCAN": "Event"} },
	} {
		var bad *SpecError
		if err := r.Change(edit); !errors.As(err, &bad) || bad.Record != "A" {
			t.Errorf("%s: %v", what, err)
		}
		if i := r.Value().Info(); !slices.Equal(i.Choices, []string{"a", "b"}) {
			t.Errorf("%s: choices %q", what, i.Choices)
		}
		if got := text(t, r, "DESC") + text(t, r, "SCAN") + text(t, r, "COSV"); got != "PassiveNO_ALARM" {
			t.Errorf("%s: DESC, SCAN and COSV are %s", what, got)
		}
	}
	mustRemove(t, db, "A")
	if err := r.Change(func(*Spec) { t.Error("called") }); !errors.Is(err, ErrRemoved) {
		t.Errorf("removed: %v", err)
	}
}
