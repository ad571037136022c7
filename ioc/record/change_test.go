package record

import (
	"math"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

func TestDeadbands(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	tests := []struct {
		name       string
		typ        Type
		mdel, adel float64
		values     []float64
		want       string // V, L, both or - for each
	}{
		{"any change", AI, 0, 0, []float64{1, 1, 2, 1}, "VL - VL VL"},
		{"always", AI, -1, -1, []float64{1, 1, 1}, "VL VL VL"},
		{"of their own", AI, 1, 3, []float64{1, 1.5, 2.5, 3.6, 3.7, 8}, "- V - VL - VL"},
		{"slow drift adds up", AI, 1, 1, []float64{0.6, 1.2, 1.8, 2.4}, "- VL - VL"},
		{"exactly the deadband is inside", AI, 1, 0, []float64{1, 2}, "L VL"},
		{"infinite", AI, 5, 5, []float64{inf, inf, -inf, 0}, "VL - VL VL"},
		{"NaN in and out", AI, 5, 5, []float64{nan, nan, 1}, "VL - VL"},
		{"integers", Longin, 2, 0, []float64{1, 2, 3, 3, 5, 6}, "L L VL - L VL"},
		{"integers, always", Longin, -1, 0, []float64{0, 0}, "V V"},
		{"far apart", Longin, 10, 10, []float64{math.MinInt32, math.MaxInt32}, "VL VL"},
		{"64 bits", Int64in, 0, 0, []float64{math.MinInt64, 1 << 62}, "VL VL"},
		{"states", MBBI, 0, 0, []float64{1, 1, 0}, "VL - VL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var db Database
			log := new(eventLog)
			r := mustAdd(t, &db, Spec{Type: tt.typ, MDEL: tt.mdel, ADEL: tt.adel, Initial: float(0)})
			r.Value().Subscribe(pv.EventValue|pv.EventLog, watcher{log, "m"})
			log.take()
			var got []string
			for _, x := range tt.values {
				r.Post(float(x), pv.Stamp{}, pv.Alarm{})
				switch lines := log.take(); len(lines) {
				case 0:
					got = append(got, "-")
				default:
					got = append(got, strings.Fields(lines[0])[2])
				}
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}

func TestStringAndArrayEvents(t *testing.T) {
	var db Database
	log := new(eventLog)
	post := func(r *Record, v pv.Value) []string {
		r.Post(v, pv.Stamp{}, pv.Alarm{})
		return log.take()
	}
	array := func(x ...float64) pv.Value { return pv.ArrayValue(x) }

	s := mustAdd(t, &db, Spec{Name: "S", Type: Stringin, Initial: str("a")})
	s.Value().Subscribe(pv.EventValue|pv.EventLog, watcher{log, "s"})
	log.take()
	equalLines(t, "same", post(s, str("a")))
	equalLines(t, "other", post(s, str("b")), "s b VL NO_ALARM")
	mustPut(t, s, "MPST", str("Always"))
	equalLines(t, "MPST", post(s, str("b")), "s b V NO_ALARM")
	mustPut(t, s, "APST", str("Always"))
	equalLines(t, "APST", post(s, str("b")), "s b VL NO_ALARM")

	w := mustAdd(t, &db, Spec{Name: "W", Type: Waveform, ElementKind: pv.Float64, Elements: 3, Initial: array(1, 2)})
	w.Value().Subscribe(pv.EventValue|pv.EventLog, watcher{log, "w"})
	log.take()
	equalLines(t, "arrays are posted always", post(w, array(1, 2)), "w [1 2] VL NO_ALARM")
	mustPut(t, w, "MPST", str("On Change"))
	mustPut(t, w, "APST", str("On Change"))
	equalLines(t, "same", post(w, array(1, 2)))
	equalLines(t, "other", post(w, array(1, 3)), "w [1 3] VL NO_ALARM")
	equalLines(t, "shorter", post(w, array(1)), "w [1] VL NO_ALARM")
}

func TestPropertyEvents(t *testing.T) {
	var db Database
	log := new(eventLog)
	r := mustAdd(t, &db, Spec{Type: AO, Initial: float(1), Info: pv.Info{Units: "V"}})
	r.Value().Subscribe(pv.EventProperty, watcher{log, "prop"})
	equalLines(t, "the first comes at once", log.take(), "prop 1 P NO_ALARM")
	mustField(t, r, "EGU").Subscribe(pv.EventValue, watcher{log, "egu"})
	log.take()
	before := r.Value().Info()
	mustPut(t, r, "EGU", str("mV"))
	equalLines(t, "EGU", log.take(), "egu mV V NO_ALARM", "prop 1 P NO_ALARM")
	if before.Units != "V" || r.Value().Info().Units != "mV" {
		t.Errorf("units %q then %q, want V then mV", before.Units, r.Value().Info().Units)
	}
	mustPut(t, r, "EGU", str("mV"))
	equalLines(t, "the same again", log.take(), "egu mV V NO_ALARM")
	mustPut(t, r, "DESC", str("x"))
	equalLines(t, "no property", log.take())
	for _, f := range []string{"PREC", "HOPR", "LOPR", "DRVH", "HIHI", "HSV"} {
		mustPut(t, r, f, pv.Int32Value(2))
		if got := log.take(); len(got) != 1 {
			t.Errorf("%s: %q, want one event", f, got)
		}
	}
	m := mustAdd(t, &db, Spec{Name: "M", Type: MBBI, Info: pv.Info{Choices: []string{"a", "b"}}})
	m.Value().Subscribe(pv.EventProperty, watcher{log, "m"})
	log.take()
	mustPut(t, m, "FRST", str("e"))
	if got := m.Value().Info().Choices; len(got) != 5 || got[4] != "e" || len(log.take()) != 1 {
		t.Errorf("choices %q", got)
	}
	mustPut(t, m, "FRST", str(""))
	if got := m.Value().Info().Choices; len(got) != 2 {
		t.Errorf("choices %q, want two again", got)
	}
}
