package pv_test

import (
	"math"
	"testing"
	"time"

	"github.com/ioclet/ioclet/pv"
)

func TestAlarm(t *testing.T) {
	minor, major := pv.Alarm{Status: pv.StatusHigh, Severity: pv.Minor}, pv.Alarm{Status: pv.StatusHiHi, Severity: pv.Major}
	for _, test := range []struct{ a, b, want pv.Alarm }{
		{pv.Alarm{}, minor, minor},
		{minor, pv.Alarm{}, minor},
		{minor, major, major},
		{major, pv.Alarm{Status: pv.StatusRead, Severity: pv.Major}, major}, // the first cause stands
	} {
		if got := test.a.Raise(test.b); got != test.want {
			t.Errorf("%v raised to %v: %v", test.a, test.b, got)
		}
	}
	for got, want := range map[string]string{
		pv.Alarm{}.String():      "NO_ALARM",
		major.String():           "MAJOR/HIHI",
		pv.InvalidAlarm.String(): "INVALID",
		pv.Severity(4).String():  "UNKNOWN",
		pv.Status(17).String():   "UDF", // the numbers are those of alarm.h
		pv.Status(21).String():   "WRITE_ACCESS",
		pv.Status(22).String():   "UNKNOWN",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestStamp(t *testing.T) {
	epoch := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		t    time.Time
		want pv.Stamp
	}{
		{epoch.Add(5*time.Second + 7), pv.Stamp{Sec: 5, Nsec: 7}},
		{epoch.Add(-1), pv.Stamp{}},
		{epoch.Add((1<<32 - 1) * time.Second), pv.Stamp{Sec: 1<<32 - 1}},
		{epoch.Add(1 << 32 * time.Second), pv.Stamp{}},
		{time.Time{}, pv.Stamp{}},
	} {
		got := pv.StampOf(test.t)
		if got != test.want {
			t.Errorf("%v: %+v, want %+v", test.t, got, test.want)
		}
		if !got.IsZero() && !got.Time().Equal(test.t) {
			t.Errorf("%v comes back as %v", test.t, got.Time())
		}
	}
	if got := (pv.Stamp{}).String(); got != "<undefined>" {
		t.Errorf("%q", got)
	}
	at := pv.Stamp{Sec: 100, Nsec: 123456789}
	if got, want := at.String(), at.Time().Format("2006-01-02 15:04:05")+".123456"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestLimits(t *testing.T) {
	l := pv.Limits{Low: -1, High: 2}
	for x, want := range map[float64]float64{-5: -1, 0.5: 0.5, 7: 2, math.Inf(1): 2} {
		if got := l.Clamp(x); got != want {
			t.Errorf("Clamp(%v) = %v", x, got)
		}
	}
	if got := l.Clamp(math.NaN()); !math.IsNaN(got) {
		t.Errorf("Clamp(NaN) = %v", got)
	}
	nan := math.NaN()
	for _, none := range []pv.Limits{{}, {Low: 3, High: 3}, {Low: 3, High: 1}, {Low: nan, High: 1}, {Low: 3, High: nan}} {
		if none.Clamp(9) != 9 {
			t.Errorf("%v holds 9", none)
		}
	}
	if l.Unset() || !(pv.Limits{}).Unset() {
		t.Error("Unset")
	}
}

func TestChoice(t *testing.T) {
	info := &pv.Info{Choices: []string{"Off", "On"}}
	for index, want := range map[int]string{0: "Off", 1: "On", 2: "", -1: ""} {
		if got := info.Choice(index); got != want {
			t.Errorf("%d: %q", index, got)
		}
	}
	if got := (*pv.Info)(nil).Choice(0); got != "" {
		t.Errorf("nil: %q", got)
	}
}
