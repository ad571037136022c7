package record

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

// output is an output on a device that takes its time, watched.
func output(t *testing.T, s Spec) (*Record, *eventLog) {
	var db Database
	log := new(eventLog)
	s.Device = asyncDevice{log}
	r := mustAdd(t, &db, s)
	r.Value().Subscribe(pv.EventValue|pv.EventAlarm, watcher{log, "mon"})
	log.take()
	return r, log
}

func TestPutIsAnsweredAfterItsOwnAction(t *testing.T) {
	r, log := output(t, Spec{Type: AO})
	v := r.Value()
	for i, name := range []string{"first", "second", "third"} {
		if err := v.Put(float(float64(i+1)), waiter{log, name}); err != nil {
			t.Fatal(err)
		}
	}
	equalLines(t, "first begins", log.take(), "write 1")
	if s, _ := v.Get(); s.Value.Float64() != 1 {
		t.Errorf("value %v while writing, want 1", s.Value)
	}
	if got := text(t, r, "PACT"); got != "1" {
		t.Errorf("PACT = %s, want 1", got)
	}
	r.Complete(Result{})
	equalLines(t, "monitor, answer, next", log.take(), "mon 1 VA NO_ALARM", "first done", "write 2")
	r.Complete(Result{Err: errors.New("no answer"), Alarm: pv.Alarm{Status: pv.StatusTimeout, Severity: pv.InvalidAlarm}})
	equalLines(t, "a failure is the second's own", log.take(), "mon 2 VA INVALID/TIMEOUT", "second failed: no answer", "write 3")
	r.Complete(Result{})
	equalLines(t, "healed", log.take(), "mon 3 VA NO_ALARM", "third done")
	r.Complete(Result{})
	equalLines(t, "a stray completion does nothing", log.take())
	if got := text(t, r, "PACT"); got != "0" {
		t.Errorf("PACT = %s, want 0", got)
	}
}

func TestFloodOfPutsTheLastWins(t *testing.T) {
	r, log := output(t, Spec{Type: AO})
	v := r.Value()
	for x := range 5 {
		if err := v.Put(float(float64(x+1)), nil); err != nil {
			t.Fatal(err)
		}
	}
	equalLines(t, "one write under way", log.take(), "write 1")
	if s, _ := v.Get(); s.Value.Float64() != 5 {
		t.Errorf("value %v, want the last put, 5", s.Value)
	}
	// What the hardware says of the first write is of the past.
	r.Complete(Result{Value: float(1)})
	equalLines(t, "the last wins", log.take(), "mon 5 VA NO_ALARM", "write 5")
	r.Post(float(1), pv.Stamp{}, pv.Alarm{})
	equalLines(t, "a readback does not undo a write under way", log.take())
	r.Complete(Result{Value: float(4.5)})
	equalLines(t, "what the hardware made of it", log.take(), "mon 4.5 V NO_ALARM")
}

func TestPutsKeepTheirOrder(t *testing.T) {
	r, log := output(t, Spec{Type: Longout})
	v := r.Value()
	put := func(x int32, name string) {
		t.Helper()
		var c Completion
		if name != "" {
			c = waiter{log, name}
		}
		if err := v.Put(pv.Int32Value(x), c); err != nil {
			t.Fatal(err)
		}
	}
	put(1, "")
	put(2, "a")
	put(3, "")
	put(4, "")
	put(5, "b")
	mustPut(t, r, "PROC", pv.Int32Value(1))
	for range 5 {
		r.Complete(Result{})
	}
	equalLines(t, "order", log.take(), "write 1", "mon 1 VA NO_ALARM", "write 2", "mon 2 V NO_ALARM", "a done",
		"write 4", "mon 4 V NO_ALARM", "write 5", "mon 5 V NO_ALARM", "b done", "write 5")
}

func TestReadErrorsBecomeAlarms(t *testing.T) {
	tests := []struct {
		name string
		res  Result
		want string
	}{
		{"value", Result{Value: float(3)}, "mon 3 VA NO_ALARM"},
		{"error alone", Result{Err: errors.New("x")}, "mon 0 A INVALID/READ"},
		{"alarm", Result{Value: float(3), Alarm: pv.Alarm{Status: pv.StatusHwLimit, Severity: pv.Minor}}, "mon 3 VA MINOR/HWLIMIT"},
		{"not a number", Result{Value: str("abc")}, "mon 0 A INVALID/READ"},
		{"NaN is undefined", Result{Value: float(math.NaN())}, "mon NaN V INVALID/UDF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var db Database
			log := new(eventLog)
			r := mustAdd(t, &db, Spec{Type: AI, Device: asyncDevice{log}})
			r.Value().Subscribe(pv.EventValue|pv.EventAlarm, watcher{log, "mon"})
			log.take()
			r.Process()
			r.Complete(tt.res)
			equalLines(t, "events", log.take(), "read", tt.want)
		})
	}
}

func TestFailedReadKeepsTheValue(t *testing.T) {
	r, log := output(t, Spec{Type: AI})
	r.Process()
	r.Complete(Result{Value: float(7)})
	r.Process()
	r.Complete(Result{Err: errors.New("gone")})
	equalLines(t, "events", log.take(), "read", "mon 7 VA NO_ALARM", "read", "mon 7 A INVALID/READ")
	r.Post(pv.Value{}, pv.Stamp{}, pv.Alarm{})
	equalLines(t, "healed without a value", log.take(), "mon 7 A NO_ALARM")
}

func TestScansOfAnActiveRecord(t *testing.T) {
	r, log := output(t, Spec{Type: AI})
	r.Process()
	r.Complete(Result{Value: float(1)})
	r.Process()
	log.take()
	for range maxLock {
		r.Process()
	}
	equalLines(t, "ten are only counted", log.take())
	if got := text(t, r, "LCNT"); got != "10" {
		t.Errorf("LCNT = %s, want 10", got)
	}
	r.Process()
	r.Process()
	equalLines(t, "the eleventh is an alarm, once", log.take(), "mon 1 VA INVALID/SCAN")
	r.Complete(Result{Value: float(1)})
	r.Process()
	equalLines(t, "healed", log.take(), "mon 1 A NO_ALARM", "read")
	if got := text(t, r, "LCNT"); got != "0" {
		t.Errorf("LCNT = %s, want 0", got)
	}
}

func TestScansWhileAnOperationIsUnderway(t *testing.T) {
	r, log := output(t, Spec{Type: AI})
	r.Underway() // nothing is
	for range 2 {
		r.Process()
		r.Underway()
		log.take()
		for range 2 * maxLock {
			r.Process()
		}
		equalLines(t, "no alarm", log.take())
		r.Complete(Result{Value: float(1)})
	}
	r.Process()
	log.take()
	for range 2 * maxLock {
		r.Process()
	}
	equalLines(t, "of the next operation", log.take(), "mon 1 VA INVALID/SCAN")
}

func TestUndefinedOutputIsNotWritten(t *testing.T) {
	r, log := output(t, Spec{Type: AO})
	r.Process()
	equalLines(t, "scan", log.take())
	if err := r.Value().Put(float(math.NaN()), waiter{log, "put"}); err != nil {
		t.Fatal(err)
	}
	equalLines(t, "NaN", log.take(), "mon NaN VA INVALID/UDF", "put failed: "+ErrUndefined.Error())
	r.Post(float(2), pv.Stamp{}, pv.Alarm{})
	r.Process()
	equalLines(t, "a scan writes what it has", log.take(), "mon 2 VA NO_ALARM", "write 2")
}

func TestReadbackOutputReadsWhenScanned(t *testing.T) {
	r, log := output(t, Spec{Type: AO, Readback: true, Scan: Every(1e9)})
	r.Process()
	r.Complete(Result{Value: float(12)})
	equalLines(t, "scan", log.take(), "read", "mon 12 VA NO_ALARM")
	r.Process()
	if err := r.Value().Put(float(13), waiter{log, "put"}); err != nil {
		t.Fatal(err)
	}
	r.Complete(Result{Value: float(12)})
	r.Complete(Result{Value: float(13)})
	equalLines(t, "put behind a readback", log.take(), "read", "write 13", "mon 13 V NO_ALARM", "put done")
}

func TestDisabledRecord(t *testing.T) {
	r, log := output(t, Spec{Type: AO, Fields: map[string]string{"DISS": "MAJOR"}})
	mustPut(t, r, "DISA", pv.Int32Value(1))
	if err := r.Value().Put(float(3), waiter{log, "put"}); err != nil {
		t.Fatal(err)
	}
	r.Process()
	r.Post(float(4), pv.Stamp{}, pv.Alarm{})
	equalLines(t, "disabled", log.take(), "mon 3 VA MAJOR/DISABLE", "put done")
	mustPut(t, r, "DISA", pv.Int32Value(0))
	r.Process()
	r.Complete(Result{})
	equalLines(t, "enabled", log.take(), "write 3", "mon 3 VA NO_ALARM")
}

func TestFieldsThatFollowTheValue(t *testing.T) {
	var db Database
	log := new(eventLog)
	tests := []struct {
		spec   Spec
		field  string
		values []pv.Value
		want   []string
	}{
		{Spec{Type: MBBO, StateValues: []uint32{3, 5}}, "RVAL", []pv.Value{pv.EnumValue(1), pv.EnumValue(1)}, []string{"RVAL 5 VL NO_ALARM"}},
		{
			Spec{Type: AAI, ElementKind: pv.Int32, Elements: 4},
			"NORD",
			[]pv.Value{pv.ArrayValue([]int32{1, 2}), pv.ArrayValue([]int32{3, 4}), pv.ArrayValue([]int32{3})},
			[]string{"NORD 2 VL NO_ALARM", "NORD 1 VL NO_ALARM"},
		},
		{Spec{Type: LSI}, "LEN", []pv.Value{str("ab"), str("cd"), str("efg")}, []string{"LEN 3 VL NO_ALARM", "LEN 4 VL NO_ALARM"}},
	}
	for _, tt := range tests {
		tt.spec.Name = tt.field
		r := mustAdd(t, &db, tt.spec)
		mustField(t, r, tt.field).Subscribe(pv.EventValue|pv.EventLog, watcher{log, tt.field})
		log.take()
		for _, v := range tt.values {
			r.Post(v, pv.Stamp{}, pv.Alarm{})
		}
		equalLines(t, tt.field, log.take(), tt.want...)
	}
}

func TestPutFollowsScanAndDisp(t *testing.T) {
	var db Database
	log := new(eventLog)
	r := mustAdd(t, &db, Spec{Type: AO})
	r.Value().Subscribe(pv.EventValue, watcher{log, "mon"})
	log.take()
	put := func(x float64) error { return r.Value().Put(float(x), waiter{log, "put"}) }

	if err := put(1); err != nil {
		t.Fatal(err)
	}
	equalLines(t, "passive", log.take(), "mon 1 V NO_ALARM", "put done")
	mustPut(t, r, "SCAN", str("1 second"))
	if err := put(2); err != nil {
		t.Fatal(err)
	}
	equalLines(t, "scanned: the value waits", log.take(), "put done")
	r.Process()
	equalLines(t, "its scan", log.take(), "mon 2 V NO_ALARM")
	mustPut(t, r, "DISP", pv.Int32Value(1))
	if err := put(3); !errors.Is(err, ErrDisabled) {
		t.Errorf("put with DISP: %v, want ErrDisabled", err)
	}
	mustPut(t, r, "DISP", pv.Int32Value(0))
	if err := mustField(t, r, "STAT").Put(pv.Int32Value(0), nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("put to STAT: %v, want ErrReadOnly", err)
	}
	if err := r.Value().Put(str("abc"), nil); !errors.Is(err, pv.ErrSyntax) {
		t.Errorf("put of text: %v, want ErrSyntax", err)
	}
	equalLines(t, "refused puts", log.take())
}

func TestSoftInputTakesPuts(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{Type: AI, Info: pv.Info{Warning: pv.Limits{High: 5}}, HSV: pv.Minor})
	mustPut(t, r, "VAL", float(6))
	if s, _ := r.Value().Get(); s.Value.Float64() != 6 || s.Alarm != (pv.Alarm{Status: pv.StatusHigh, Severity: pv.Minor}) {
		t.Errorf("%v %v, want 6 MINOR/HIGH", s.Value, s.Alarm)
	}
}

func TestDriveLimits(t *testing.T) {
	tests := []struct {
		typ     Type
		put     pv.Value
		want    string
		limits  pv.Limits
		initial pv.Value
	}{
		{AO, float(11), "10", pv.Limits{Low: -10, High: 10}, pv.Value{}},
		{AO, float(-11), "-10", pv.Limits{Low: -10, High: 10}, pv.Value{}},
		{AO, float(11), "11", pv.Limits{}, pv.Value{}},
		{AO, str("1e3"), "10", pv.Limits{Low: -10, High: 10}, pv.Value{}},
		{Longout, pv.Int32Value(99), "10", pv.Limits{High: 10}, pv.Value{}},
		{Int64out, pv.Int64Value(1 << 62), "10", pv.Limits{High: 10}, pv.Value{}},
		{Int64out, pv.Int64Value(1<<62 + 1), "4611686018427387905", pv.Limits{}, pv.Value{}},
		{AI, float(11), "11", pv.Limits{Low: -10, High: 10}, pv.Value{}},
	}
	for _, tt := range tests {
		var db Database
		r := mustAdd(t, &db, Spec{Type: tt.typ, Info: pv.Info{Control: tt.limits}})
		mustPut(t, r, "VAL", tt.put)
		if s, _ := r.Value().Get(); s.Value.String() != tt.want {
			t.Errorf("%v: put %v: %v, want %s", tt.typ, tt.put, s.Value, tt.want)
		}
	}
	var db Database
	r := mustAdd(t, &db, Spec{Type: AO, Info: pv.Info{Control: pv.Limits{High: 5}}, Initial: float(9)})
	if got := text(t, r, "VAL"); got != "5" {
		t.Errorf("initial value %s, want 5", got)
	}
}

func TestStates(t *testing.T) {
	var db Database
	log := new(eventLog)
	dev := &syncDevice{log: log}
	r := mustAdd(t, &db, Spec{
		Type: MBBO, Device: dev, Info: pv.Info{Choices: []string{"Off", "Low", "High"}},
		StateValues: []uint32{0, 5, 9}, UNSV: pv.Major,
	})
	mustPut(t, r, "VAL", str("High"))
	mustPut(t, r, "VAL", pv.Int32Value(1))
	mustPut(t, r, "VAL", str("0"))
	equalLines(t, "raw values", log.take(), "write 9", "write 5", "write 0")
	if err := r.Value().Put(str("Medium"), nil); !errors.Is(err, pv.ErrChoice) {
		t.Errorf("put of no choice: %v, want ErrChoice", err)
	}
	if err := r.Value().Put(pv.Int32Value(16), waiter{log, "put"}); err != nil {
		t.Fatal(err)
	}
	equalLines(t, "no such state", log.take(), "put failed: "+ErrState.Error())
	r.Post(pv.Int32Value(9), pv.Stamp{}, pv.Alarm{})
	if got := text(t, r, "VAL") + " " + text(t, r, "RVAL"); got != "High 9" {
		t.Errorf("posted raw 9: %s, want High 9", got)
	}
	r.Post(pv.Int32Value(7), pv.Stamp{}, pv.Alarm{})
	if s, _ := r.Value().Get(); s.Value.Int64() != unknownState || s.Alarm.Severity != pv.Major {
		t.Errorf("posted raw 7: %v %v, want 65535 MAJOR", s.Value, s.Alarm)
	}

	mustPut(t, r, "VAL", str("High"))
	log.take()
	mustPut(t, r, "RVAL", pv.Int32Value(7))
	equalLines(t, "a raw value that no state has", log.take(), "write 9")

	o := mustAdd(t, &db, Spec{Name: "O", Type: BO, Device: dev, StateValues: []uint32{9, 5}})
	log.take()
	for _, state := range []uint16{0, 1, 2} {
		if err := o.Value().Put(pv.EnumValue(state), waiter{log, "put"}); err != nil {
			t.Fatal(err)
		}
	}
	equalLines(t, "bo", log.take(), "write 9", "put done", "write 5", "put done", "put failed: "+ErrState.Error())

	b := mustAdd(t, &db, Spec{Name: "B", Type: BI, Info: pv.Info{Choices: []string{"Open", "Shut"}}})
	b.Post(pv.Int32Value(8), pv.Stamp{}, pv.Alarm{})
	if got := text(t, b, "VAL"); got != "Shut" {
		t.Errorf("bi of 8: %s, want Shut", got)
	}
}

func TestStringsAndArrays(t *testing.T) {
	var db Database
	long := "0123456789012345678901234567890123456789xyz"
	s := mustAdd(t, &db, Spec{Name: "S", Type: Stringout})
	mustPut(t, s, "VAL", str(long))
	if got := text(t, s, "VAL"); got != long[:39] {
		t.Errorf("stringout: %q", got)
	}
	l := mustAdd(t, &db, Spec{Name: "L", Type: LSO, Elements: 43})
	f, err := db.Lookup("L.VAL$")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Put(pv.ArrayValue([]uint8(long+"\x00junk")), nil); err != nil {
		t.Fatal(err)
	}
	if got := text(t, l, "VAL"); got != long[:42] {
		t.Errorf("lso: %q", got)
	}
	if got := text(t, l, "LEN"); got != "43" {
		t.Errorf("LEN = %s, want 43", got)
	}
	sample, _ := f.Get()
	if b, ok := pv.Elements[uint8](sample.Value); !ok || string(b) != long[:42]+"\x00" || f.Count() != 43 {
		t.Errorf("lso.VAL$ = %q of %d", b, f.Count())
	}

	w := mustAdd(t, &db, Spec{Name: "W", Type: Waveform, ElementKind: pv.Int16, Elements: 3})
	if w.Value().Count() != 3 || w.Value().Kind() != pv.Int16 {
		t.Errorf("waveform: %d of %v", w.Value().Count(), w.Value().Kind())
	}
	mustPut(t, w, "VAL", pv.ArrayValue([]float64{1.9, -2.9, 3, 4}))
	if got := text(t, w, "VAL") + " " + text(t, w, "NORD"); got != "[1 -2 3] 3" {
		t.Errorf("waveform: %s", got)
	}
	mustPut(t, w, "VAL", pv.ArrayValue([]float64{}))
	if got := text(t, w, "NORD"); got != "0" {
		t.Errorf("NORD = %s, want 0", got)
	}
	mustPut(t, w, "VAL", pv.Int32Value(4))
	if got := text(t, w, "VAL"); got != "[4]" {
		t.Errorf("waveform of a scalar: %s", got)
	}
	c := mustAdd(t, &db, Spec{Name: "C", Type: AAI, ElementKind: pv.Int8, Elements: 8})
	c.Post(str("Hi"), pv.Stamp{}, pv.Alarm{})
	if got := text(t, c, "VAL"); got != "[72 105]" {
		t.Errorf("characters from a device: %s", got)
	}
	for k := pv.String; k <= pv.Enum; k++ {
		r := mustAdd(t, &db, Spec{Name: "K" + k.String(), Type: AAO, ElementKind: k, Elements: 2})
		mustPut(t, r, "VAL", pv.ArrayValue([]string{"1", "2"}))
		if s, _ := r.Value().Get(); s.Value.Kind() != k || s.Value.Len() != 2 {
			t.Errorf("aao of %v: %v", k, s.Value)
		}
	}
}

// Puts that nobody waits for any more must not pile up without end.
func TestFloodOfPutsIsBounded(t *testing.T) {
	tests := []struct {
		spec  Spec
		value pv.Value
		room  int
	}{
		{Spec{Type: AO}, float(1), 1024},
		{Spec{Type: AAO, ElementKind: pv.Float64, Elements: 1 << 18}, pv.ArrayValue([]float64{1}), 3},
		{Spec{Type: AAO, ElementKind: pv.Float64, Elements: 1 << 22}, pv.ArrayValue([]float64{1}), 1},
	}
	for _, tt := range tests {
		var db Database
		log := new(eventLog)
		tt.spec.Device = asyncDevice{log}
		r := mustAdd(t, &db, tt.spec)
		for range 1 + tt.room {
			if err := r.Value().Put(tt.value, waiter{log, "put"}); err != nil {
				t.Fatal(err)
			}
		}
		for _, field := range []string{"VAL", "PROC"} {
			if err := mustField(t, r, field).Put(pv.Int32Value(1), waiter{log, "late"}); !errors.Is(err, ErrBusy) {
				t.Errorf("%v of %d: put to %s: %v, want ErrBusy", tt.spec.Type, tt.spec.Elements, field, err)
			}
		}
		mustPut(t, r, "DESC", str("does not wait"))
		r.Complete(Result{})
		if err := mustField(t, r, "PROC").Put(pv.Int32Value(1), waiter{log, "late"}); err != nil {
			t.Error(err)
		}
		for range 2 + tt.room {
			r.Complete(Result{})
		}
		if got := strings.Count(strings.Join(log.take(), "\n"), "done"); got != 2+tt.room || text(t, r, "PACT") != "0" {
			t.Errorf("%v of %d: %d puts done, PACT %s", tt.spec.Type, tt.spec.Elements, got, text(t, r, "PACT"))
		}
	}
}
