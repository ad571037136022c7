package record

import (
	"math"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

func TestLimitAlarms(t *testing.T) {
	spec := func(typ Type) Spec {
		return Spec{
			Type: typ, HYST: 2, HHSV: pv.Major, HSV: pv.Minor, LSV: pv.Minor, LLSV: pv.Major,
			Info: pv.Info{Alarm: pv.Limits{Low: -20, High: 20}, Warning: pv.Limits{Low: -10, High: 10}},
		}
	}
	steps := []struct {
		value float64
		want  string
	}{
		{0, "NO_ALARM"},
		{10, "MINOR/HIGH"},
		{8, "MINOR/HIGH"}, // within HYST of the limit that was reached
		{7, "NO_ALARM"},
		{9, "NO_ALARM"}, // no alarm before the limit is reached again
		{20, "MAJOR/HIHI"},
		{18, "MAJOR/HIHI"},
		{17, "MINOR/HIGH"},
		{8, "MINOR/HIGH"},
		{-10, "MINOR/LOW"},
		{-20, "MAJOR/LOLO"},
		{-18, "MAJOR/LOLO"},
		{-17, "MINOR/LOW"},
		{-7, "NO_ALARM"},
	}
	for _, typ := range []Type{AI, AO, Longin, Longout, Int64in, Int64out} {
		var db Database
		r := mustAdd(t, &db, spec(typ))
		for i, s := range steps {
			r.Post(float(s.value), pv.Stamp{}, pv.Alarm{})
			if got, _ := r.Value().Get(); got.Alarm.String() != s.want {
				t.Errorf("%v: step %d: %v is %v, want %s", typ, i, s.value, got.Alarm, s.want)
			}
		}
	}
}

func TestLimitsWithoutSeverityDoNotShow(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{Type: AI, Info: pv.Info{Alarm: pv.Limits{Low: -20, High: 20}, Warning: pv.Limits{Low: math.NaN(), High: 10}}, HSV: pv.Minor, LSV: pv.Minor})
	i := r.Value().Info()
	if !isNaN(i.Alarm.High) || !isNaN(i.Alarm.Low) || !isNaN(i.Warning.Low) || i.Warning.High != 10 {
		t.Errorf("limits %v %v, want only HIGH", i.Alarm, i.Warning)
	}
	if got := text(t, r, "HIHI"); got != "20" {
		t.Errorf("HIHI = %s, want 20", got)
	}
	mustPut(t, r, "HHSV", str("MAJOR"))
	if i := r.Value().Info(); i.Alarm.High != 20 {
		t.Errorf("alarm limit %v after HHSV is set, want 20", i.Alarm.High)
	}
}

func TestUndefinedUntilFirstValue(t *testing.T) {
	var db Database
	minor := pv.Minor
	tests := []struct {
		name string
		spec Spec
		want string
	}{
		{"input", Spec{Type: AI}, "INVALID/UDF"},
		{"severity of its own", Spec{Type: BI, UDFS: &minor}, "MINOR/UDF"},
		{"output", Spec{Type: AO, Device: asyncDevice{}}, "INVALID/UDF"},
		{"value", Spec{Type: AO, Initial: float(1), Device: asyncDevice{}}, "NO_ALARM"},
		{"value in alarm", Spec{Type: AO, Initial: float(1), HSV: pv.Minor, Info: pv.Info{Warning: pv.Limits{High: 1}}}, "MINOR/HIGH"},
	}
	for _, tt := range tests {
		tt.spec.Name = tt.name[:3] + tt.want[:2]
		r := mustAdd(t, &db, tt.spec)
		if s, _ := r.Value().Get(); s.Alarm.String() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, s.Alarm, tt.want)
		}
	}
}

func TestStateAlarms(t *testing.T) {
	type step struct {
		value uint16
		want  string
	}
	tests := []struct {
		name  string
		spec  Spec
		steps []step
	}{
		{
			"bi",
			Spec{Type: BI, StateSeverities: []pv.Severity{0, pv.Major}},
			[]step{{0, "NO_ALARM"}, {1, "MAJOR/STATE"}, {2, "NO_ALARM"}},
		},
		{
			"change of state lasts one processing",
			Spec{Type: BO, COSV: pv.Minor},
			[]step{{0, "NO_ALARM"}, {1, "MINOR/COS"}, {1, "NO_ALARM"}, {0, "MINOR/COS"}},
		},
		{
			"state stands before an equal change",
			Spec{Type: BI, COSV: pv.Minor, StateSeverities: []pv.Severity{0, pv.Minor}},
			[]step{{1, "MINOR/STATE"}},
		},
		{
			"mbbi",
			Spec{Type: MBBI, UNSV: pv.InvalidAlarm, StateSeverities: []pv.Severity{0, pv.Minor, pv.Major}},
			[]step{{1, "MINOR/STATE"}, {2, "MAJOR/STATE"}, {15, "NO_ALARM"}, {16, "INVALID/STATE"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var db Database
			r := mustAdd(t, &db, tt.spec)
			for _, s := range tt.steps {
				r.Post(pv.EnumValue(s.value), pv.Stamp{}, pv.Alarm{})
				if got, _ := r.Value().Get(); got.Alarm.String() != s.want {
					t.Errorf("%d is %v, want %s", s.value, got.Alarm, s.want)
				}
			}
		})
	}
}

func TestAlarmEvents(t *testing.T) {
	var db Database
	log := new(eventLog)
	r := mustAdd(t, &db, Spec{Type: AI, Initial: float(0)})
	for _, name := range []string{"VAL", "SEVR", "STAT", "ACKS"} {
		mustField(t, r, name).Subscribe(allEvents, watcher{log, name})
	}
	log.take()
	post := func(x float64, a pv.Alarm) []string {
		r.Post(float(x), pv.Stamp{}, a)
		return log.take()
	}
	minor, major := pv.Alarm{Status: pv.StatusHigh, Severity: pv.Minor}, pv.Alarm{Status: pv.StatusHigh, Severity: pv.Major}
	other := pv.Alarm{Status: pv.StatusLow, Severity: pv.Major}
	equalLines(t, "same", post(0, pv.Alarm{}))
	equalLines(t, "raised", post(0, minor), "SEVR 1 V MINOR/HIGH", "STAT 4 VA MINOR/HIGH", "ACKS 1 V MINOR/HIGH", "VAL 0 A MINOR/HIGH")
	equalLines(t, "severity alone", post(0, major), "SEVR 2 V MAJOR/HIGH", "STAT 4 A MAJOR/HIGH", "ACKS 2 V MAJOR/HIGH", "VAL 0 A MAJOR/HIGH")
	equalLines(t, "status alone", post(0, other), "STAT 6 V MAJOR/LOW", "ACKS 2 V MAJOR/LOW", "VAL 0 A MAJOR/LOW")
	equalLines(t, "ended, not acknowledged", post(1, pv.Alarm{}), "SEVR 0 V NO_ALARM", "STAT 0 VA NO_ALARM", "VAL 1 VLA NO_ALARM")

	r.PutAcks(pv.Minor)
	equalLines(t, "too low", log.take())
	r.PutAcks(pv.Major)
	if ackt, acks := r.Ack(); !ackt || acks != pv.NoAlarm {
		t.Errorf("Ack() = %v %v, want true NO_ALARM", ackt, acks)
	}
	equalLines(t, "acknowledged", log.take(), "ACKS 0 VA NO_ALARM", "VAL 1 A NO_ALARM", "SEVR 0 A NO_ALARM", "STAT 0 A NO_ALARM", "ACKS 0 A NO_ALARM")
	post(1, minor)
	post(1, pv.Alarm{})
	r.PutAckt(false)
	if ackt, acks := r.Ack(); ackt || acks != pv.NoAlarm {
		t.Errorf("Ack() = %v %v, want false NO_ALARM", ackt, acks)
	}
}
