package record

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// echo is a device whose input is the number in, and that keeps what is written.
type echo struct {
	in      pv.Value
	written []string
}

func (d *echo) Read(*Record) (Result, bool) { return Result{Value: d.in}, true }

func (d *echo) Write(_ *Record, v pv.Value) (Result, bool) {
	d.written = append(d.written, v.String())
	return Result{}, true
}

// An integer of a device is raw, a float is in engineering units and only adjusted.
func TestInputConversion(t *testing.T) {
	fields := map[string]string{"LINR": "SLOPE", "ESLO": "0.5", "EOFF": "1", "ASLO": "2", "AOFF": "3", "ROFF": "4"}
	for _, tt := range []struct {
		in        pv.Value
		fields    map[string]string
		val, rval string
	}{
		{pv.Int32Value(100), nil, "100.00", "100"},
		{pv.Int32Value(100), fields, "106.50", "100"}, // ((100+4)×2 + 3)×0.5 + 1, as in softIoc
		{pv.IntValue(pv.Uint16, 65535), nil, "65535.00", "65535"},
		{float(100), fields, "203.00", "0"},
		{float(100), nil, "100.00", "0"},
		{str("7"), fields, "7.00", "0"},
	} {
		var db Database
		r := mustAdd(t, &db, Spec{Type: AI, Device: &echo{in: tt.in}, Info: pv.Info{Precision: 2}, Fields: tt.fields})
		r.Process()
		if val, rval := text(t, r, "VAL"), text(t, r, "RVAL"); val != tt.val || rval != tt.rval {
			t.Errorf("%v with %v: VAL %s, RVAL %s; want %s, %s", tt.in, tt.fields, val, rval, tt.val, tt.rval)
		}
	}
}

func TestSmoothing(t *testing.T) {
	var db Database
	d := &echo{in: float(100)}
	r := mustAdd(t, &db, Spec{Type: AI, Device: d, Fields: map[string]string{"SMOO": "0.75"}})
	var got []string
	for _, x := range []float64{100, 200, 200} {
		d.in = float(x)
		r.Process()
		got = append(got, text(t, r, "VAL"))
	}
	equalLines(t, "smoothed", got, "100", "125", "144") // as softIoc: the first as it is
}

// What an ao writes is VAL as a raw value, not rounded; RVAL is.
func TestOutputConversion(t *testing.T) {
	var db Database
	d := new(echo)
	r := mustAdd(t, &db, Spec{Type: AO, Device: d, Fields: map[string]string{
		"LINR": "SLOPE", "ESLO": "0.5", "EOFF": "1", "ASLO": "2", "AOFF": "3", "ROFF": "4",
	}})
	mustPut(t, r, "VAL", float(10.25))
	equalLines(t, "written", d.written, "3.75") // ((10.25-1)/0.5 - 3)/2 - 4
	if got := text(t, r, "RVAL"); got != "4" {
		t.Errorf("RVAL = %s, want 4", got)
	}
}

// With OROC an ao goes to VAL by steps, also if it is read back.
func TestOutputRate(t *testing.T) {
	var db Database
	d := &echo{in: float(2)}
	r := mustAdd(t, &db, Spec{Type: AO, Device: d, Readback: true, Fields: map[string]string{"OROC": "2"}})
	mustPut(t, r, "VAL", float(5))
	r.Process() // reads back
	mustPut(t, r, "PROC", pv.Int32Value(1))
	mustPut(t, r, "VAL", float(5))
	mustPut(t, r, "VAL", float(5))
	equalLines(t, "written", d.written, "2", "4", "5")
	if got := text(t, r, "VAL"); got != "5" {
		t.Errorf("VAL = %s, want 5", got)
	}
}

// IVOA says what an output does whose value's alarm is INVALID; the alarm stays.
func TestOutputsInAlarm(t *testing.T) {
	for ivoa, want := range map[string]string{
		"Continue normally": "1 6", "Don't drive outputs": "1", "Set output to IVOV": "1 -7",
	} {
		var db Database
		d := new(echo)
		r := mustAdd(t, &db, Spec{
			Type: AO, Device: d, Info: pv.Info{Alarm: pv.Limits{High: 5}}, HHSV: pv.InvalidAlarm,
			Fields: map[string]string{"IVOA": ivoa, "IVOV": "-7"},
		})
		mustPut(t, r, "VAL", float(1))
		mustPut(t, r, "VAL", float(6))
		s, _ := r.Value().Get()
		if got := strings.Join(d.written, " "); got != want || s.Alarm.Status != pv.StatusHiHi {
			t.Errorf("%s: written %q, want %q; alarm %v", ivoa, got, want, s.Alarm)
		}
	}
	var db Database
	d := new(echo)
	r := mustAdd(t, &db, Spec{Type: AO, Device: d, Fields: map[string]string{"IVOA": "Set output to IVOV", "IVOV": "3"}})
	r.Process()
	equalLines(t, "an undefined output with IVOV", d.written, "3")
}

// A bo with HIGH falls back; putting 1 again begins anew.
func TestMomentaryOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db Database
		d := new(echo)
		r := mustAdd(t, &db, Spec{Type: BO, Device: d, Fields: map[string]string{"HIGH": "2"}})
		written := func(when string, want ...string) {
			t.Helper()
			r.lock.Lock() // with it held the device writes
			defer r.lock.Unlock()
			equalLines(t, when, d.written, want...)
		}
		mustPut(t, r, "VAL", pv.EnumValue(1))
		time.Sleep(time.Second)
		mustPut(t, r, "VAL", pv.EnumValue(1))
		time.Sleep(1999 * time.Millisecond)
		written("before", "1", "1")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		written("after", "1", "1", "0")
		if got := text(t, r, "VAL"); got != "0" {
			t.Errorf("VAL = %s", got)
		}
		mustPut(t, r, "VAL", pv.EnumValue(1))
		if err := db.Remove(r.Name()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		written("removed", "1", "1", "0", "1")
	})
}

// In simulation mode the device is left alone; with SDLY the record is active for so
// long, and a put with completion waits.
func TestSimulation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db Database
		log := new(eventLog)
		r := mustAdd(t, &db, Spec{
			Type: Longin, Device: &syncDevice{log: log},
			Fields: map[string]string{"SIMM": "YES", "SIMS": "MINOR", "SVAL": "5", "SDLY": "3"},
		})
		if err := mustField(t, r, "PROC").Put(pv.Int32Value(1), waiter{log, "PROC"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2999 * time.Millisecond)
		if got := log.take(); text(t, r, "PACT") != "1" || len(got) > 0 {
			t.Errorf("PACT %s, %q", text(t, r, "PACT"), got)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		equalLines(t, "done", log.take(), "PROC done")
		if s, _ := r.Value().Get(); s.Value.Int64() != 5 || s.Alarm != (pv.Alarm{Status: pv.StatusSimm, Severity: pv.Minor}) {
			t.Errorf("%v %v", s.Value, s.Alarm)
		}
		mustPut(t, r, "SIMM", str("NO"))
		r.Process()
		equalLines(t, "without simulation", log.take(), "read")
	})
}

// SSCN is the scan in the other mode.
func TestSimulationScan(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{Type: AI, Scan: Every(1e9), Fields: map[string]string{"SSCN": ".1 second"}})
	mustPut(t, r, "SIMM", str("YES"))
	if text(t, r, "SCAN") != ".1 second" || text(t, r, "SSCN") != "1 second" {
		t.Errorf("SCAN %s, SSCN %s", text(t, r, "SCAN"), text(t, r, "SSCN"))
	}
	mustPut(t, r, "SIMM", str("RAW"))
	mustPut(t, r, "SIMM", str("RAW"))
	if text(t, r, "SCAN") != "1 second" {
		t.Errorf("SCAN %s", text(t, r, "SCAN"))
	}
}

// The alarm filter lets pass what lasts longer than about AFTC.
func TestAlarmFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db Database
		d := &echo{in: float(0)}
		r := mustAdd(t, &db, Spec{
			Type: AI, Device: d, Info: pv.Info{Alarm: pv.Limits{High: 5}}, HHSV: pv.Major, HSV: pv.Minor,
			Fields: map[string]string{"AFTC": "5", "HIGH": "5"},
		})
		severities := func(value float64, times int) (s string) {
			d.in = float(value)
			for range times {
				time.Sleep(time.Second)
				r.Process()
				s += text(t, r, "SEVR")[:2] + " "
			}
			return s
		}
		if got := severities(0, 3); got != "NO NO NO " {
			t.Errorf("at rest: %s", got)
		}
		if got := severities(9, 2) + severities(0, 8); strings.Contains(got, "M") {
			t.Errorf("a short excursion: %s", got)
		}
		got := severities(9, 20)
		if !strings.HasPrefix(got, "NO MI MI") || !strings.HasSuffix(got, "MA MA MA ") {
			t.Errorf("a lasting one: %s", got)
		}
	})
}

// TPRO logs each processing.
func TestTrace(t *testing.T) {
	var b strings.Builder
	var db Database
	db.SetLog(slog.New(slog.NewTextHandler(&b, nil)))
	r := mustAdd(t, &db, Spec{Name: "AO", Type: AO})
	mustPut(t, r, "VAL", float(1))
	mustPut(t, r, "TPRO", pv.Int32Value(1))
	mustPut(t, r, "VAL", float(2))
	r.Process()
	mustPut(t, r, "PROC", pv.Int32Value(1))
	got := b.String()
	for _, want := range []string{"pv=AO put=true value=2", "pv=AO put=false value=2", "pv=AO put=true value=2"} {
		line, rest, _ := strings.Cut(got, "\n")
		if !strings.Contains(line, want) {
			t.Errorf("logged %q, want %s", line, want)
		}
		got = rest
	}
	if got != "" {
		t.Errorf("and %q", got)
	}
}

// What is seen while puts wait for a slow device, as in softIoc.
func TestPutsWhileActive(t *testing.T) {
	var db Database
	log := new(eventLog)
	r := mustAdd(t, &db, Spec{Type: AO, Device: asyncDevice{log}})
	look := func() string {
		return "VAL=" + text(t, r, "VAL") + " PACT=" + text(t, r, "PACT") + " PUTF=" + text(t, r, "PUTF") + " RPRO=" + text(t, r, "RPRO")
	}
	check := func(when, want string) {
		t.Helper()
		if got := look(); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	if err := r.Value().Put(float(1), waiter{log, "first"}); err != nil {
		t.Fatal(err)
	}
	check("a put with completion", "VAL=1 PACT=1 PUTF=1 RPRO=0")
	mustPut(t, r, "VAL", float(2))
	mustPut(t, r, "VAL", float(3))
	check("plain ones behind it", "VAL=3 PACT=1 PUTF=1 RPRO=1")
	r.Complete(Result{})
	equalLines(t, "then", log.take(), "write 1", "first done", "write 3")
	check("processing once more", "VAL=3 PACT=1 PUTF=0 RPRO=0")
	if err := r.Value().Put(float(4), waiter{log, "second"}); err != nil {
		t.Fatal(err)
	}
	check("one with completion behind that", "VAL=3 PACT=1 PUTF=0 RPRO=0")
	r.Complete(Result{})
	check("its turn", "VAL=4 PACT=1 PUTF=1 RPRO=0")
	r.Complete(Result{})
	check("in the end", "VAL=4 PACT=0 PUTF=0 RPRO=0")
	r.Process()
	check("a scan", "VAL=4 PACT=1 PUTF=0 RPRO=0")
}

// The filter of an mbbi lets an alarm pass neither before its time nor after it.
func TestAlarmFilterOfStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db Database
		d := &echo{in: pv.EnumValue(0)}
		r := mustAdd(t, &db, Spec{
			Type: MBBI, Device: d, StateSeverities: []pv.Severity{pv.NoAlarm, pv.Major}, Fields: map[string]string{"AFTC": "5"},
		})
		severities := func(state uint16, times int) (s string) {
			d.in = pv.EnumValue(state)
			for range times {
				time.Sleep(time.Second)
				r.Process()
				s += text(t, r, "SEVR")[:2] + " "
			}
			return s
		}
		if got := severities(0, 3) + severities(1, 2) + severities(0, 8); strings.Contains(got, "M") {
			t.Errorf("a short excursion: %s", got)
		}
		if got := severities(1, 20); !strings.HasPrefix(got, "NO ") || !strings.HasSuffix(got, "MA MA MA ") {
			t.Errorf("a lasting one: %s", got)
		}
	})
}

// A device's time may go back, which is no reason for an alarm that there is not.
func TestAlarmFilterWithTimeGoingBack(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{
		Type: MBBI, StateSeverities: []pv.Severity{pv.Minor, pv.Major}, Fields: map[string]string{"AFTC": "1"},
	})
	for i, sec := range []uint32{1000, 1001, 1000, 999, 1001, 1000} {
		nsec := uint32(i * 1e6)
		if err := r.Post(pv.EnumValue(uint16(i%2)), pv.Stamp{Sec: sec, Nsec: nsec}, pv.Alarm{}); err != nil {
			t.Fatal(err)
		}
		if s, _ := r.Value().Get(); s.Alarm.Severity != pv.Minor && s.Alarm.Severity != pv.Major {
			t.Errorf("at %d.%09d: %v", sec, nsec, s.Alarm)
		}
	}
}
