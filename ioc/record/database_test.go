package record

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

func TestLookup(t *testing.T) {
	var db Database
	mustAdd(t, &db, Spec{Name: "A:B", Aliases: []string{"C"}, Type: AO, Desc: "hello"})
	mustAdd(t, &db, Spec{Name: "W", Type: Waveform, ElementKind: pv.Float64, Elements: 5})
	tests := []struct {
		name  string
		field string // "" for not found
		kind  pv.Kind
		count uint32
		has   bool
	}{
		{"A:B", "VAL", pv.Float64, 1, true},
		{"A:B.VAL", "VAL", pv.Float64, 1, true},
		{"A:B.", "VAL", pv.Float64, 1, true},
		{"C.DESC", "DESC", pv.String, 1, true},
		{"A:B.DESC$", "DESC$", pv.Uint8, 41, true},
		{"A:B.OUT$", "OUT$", pv.Uint8, linkSize, true},
		{"A:B.SCAN", "SCAN", pv.Enum, 1, true},
		{"A:B.RTYP", "RTYP", pv.String, 1, true},
		{"W", "VAL", pv.Float64, 5, true},
		{"W.NORD", "NORD", pv.Uint32, 1, true},
		// Found by a search, refused when the channel is made.
		{"A:B.VAL$", "", 0, 0, true},
		{"A:B.VAL{\"dbnd\":{}}", "", 0, 0, true},
		{"W.[1:2]", "", 0, 0, true},
		{"A:B. x", "", 0, 0, true},
		{"A:B.1", "", 0, 0, true},
		{"A:B.VAL-1", "", 0, 0, true},
		{"A:B.VAL1", "", 0, 0, false},
		{"A:B{\"dbnd\":{}}", "", 0, 0, false},
		{"A:B$", "", 0, 0, false},
		{"A:B.INP", "", 0, 0, false},
		{"A:B.val", "", 0, 0, false},
		{"A:B.TIME", "", 0, 0, false},
		{"A", "", 0, 0, false},
		{"", "", 0, 0, false},
		{".VAL", "", 0, 0, false},
	}
	for _, tt := range tests {
		f, err := db.Lookup(tt.name)
		var missing *NotFoundError
		switch {
		case tt.field == "":
			if !errors.As(err, &missing) {
				t.Errorf("Lookup(%q): %v, want a NotFoundError", tt.name, err)
			}
		case err != nil:
			t.Errorf("Lookup(%q): %v", tt.name, err)
		case f.Name() != tt.field || f.Kind() != tt.kind || f.Count() != tt.count:
			t.Errorf("Lookup(%q): %s, %d of %v; want %s, %d of %v", tt.name, f.Name(), f.Count(), f.Kind(), tt.field, tt.count, tt.kind)
		}
		if got := db.Has([]byte(tt.name)); got != tt.has {
			t.Errorf("Has(%q) = %v, want %v", tt.name, got, tt.has)
		}
	}
	if f, _ := db.Lookup("C.NAME"); f.Record().Name() != "A:B" {
		t.Errorf("alias: %v", f.Record())
	}
	if f, g := must(db.Lookup("C")), must(db.Lookup("A:B.VAL")); f != g {
		t.Error("the same field found twice is not equal")
	}
}

func must(f Field, err error) Field {
	if err != nil {
		panic(err)
	}
	return f
}

// TestResolve: what stands behind a field's name is returned as it is.
func TestResolve(t *testing.T) {
	var db Database
	if _, err := db.Add(Spec{Name: "A", Type: AO}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, field, rest string }{
		{"A", "VAL", ""},
		{"A.", "VAL", ""},
		{"A.VAL", "VAL", ""},
		{"A.{ts:{}}", "VAL", "{ts:{}}"},
		{"A.DESC$[1:2]{}", "DESC$", "[1:2]{}"},
		{"A.DESC[1:2]$", "DESC", "[1:2]$"},
		{"A.EGU x", "EGU", " x"},
		{"A.1", "VAL", "1"},
		{"A.{a.b}", "VAL", "{a.b}"},
	} {
		f, rest, err := db.Resolve(tt.name)
		if err != nil || f.Name() != tt.field || rest != tt.rest {
			t.Errorf("Resolve(%q): %s, %q, %v; want %s, %q", tt.name, f.Name(), rest, err, tt.field, tt.rest)
		}
	}
	for _, name := range []string{"B.{ts:{}}", "A.NONE[1]", "A.VAL$[1]", "A{ts:{}}", "A[1]"} {
		if f, rest, err := db.Resolve(name); err == nil {
			t.Errorf("Resolve(%q): %s, %q; want an error", name, f.Name(), rest)
		}
	}
}

func TestAddRefuses(t *testing.T) {
	tests := []struct {
		spec Spec
		want string
	}{
		{Spec{Name: ""}, "empty"},
		{Spec{Name: strings.Repeat("x", 61)}, "61 bytes"},
		{Spec{Name: "a b"}, "blank"},
		{Spec{Name: "a.b"}, "'.'"},
		{Spec{Name: "X", Aliases: []string{"taken"}}, "exists"},
		{Spec{Name: "X", Aliases: []string{"X"}}, "exists"},
		{Spec{Name: "taken"}, "exists"},
		{Spec{Name: "X", Type: typeCount}, "type"},
		{Spec{Name: "X", Scan: Every(MinPeriod - 1)}, "period"},
		{Spec{Name: "X", Scan: Every(0)}, "period"},
		{Spec{Name: "X", Scan: Every(-2)}, "period"},
		{Spec{Name: "X", Type: Waveform, Elements: maxElements + 1}, "above"},
		{Spec{Name: "X", Type: BI, Info: pv.Info{Choices: make([]string, 3)}}, "2 states"},
		{Spec{Name: "X", Type: MBBI, StateValues: make([]uint32, 17)}, "16 states"},
		{Spec{Name: "X", HYST: -1}, "negative"},
		{Spec{Name: "X", Initial: str("abc")}, "VAL"},
		{Spec{Name: "X", Fields: map[string]string{"NOPE": "1"}}, "no such field"},
		{Spec{Name: "X", Fields: map[string]string{"PREC": "x"}}, "PREC"},
		{Spec{Name: "X", Fields: map[string]string{"STAT": "1"}}, "cannot be set"},
		{Spec{Name: "X", Fields: map[string]string{"SCAN": "often"}}, "not a scan"},
		{Spec{Name: "X", Fields: map[string]string{"SCAN": "1e-12 second"}}, "not a scan"},
	}
	for _, tt := range tests {
		var db Database
		mustAdd(t, &db, Spec{Name: "taken"})
		_, err := db.Add(tt.spec)
		var bad *SpecError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Add(%+v): %v, want %q", tt.spec, err, tt.want)
		}
		if db.Len() != 1 || db.Has([]byte("X")) {
			t.Errorf("Add(%+v) has left something behind", tt.spec)
		}
	}
}

func TestManyNames(t *testing.T) {
	var db Database
	const n = 100_000
	for i := range n {
		name := fmt.Sprintf("PV:%06d", i)
		if db.Has([]byte(name)) {
			t.Fatalf("%s is there too early", name)
		}
		mustAdd(t, &db, Spec{Name: name})
		if i%1000 == 0 && db.Record(name) == nil {
			t.Fatalf("%s is not found", name)
		}
	}
	i := 0
	for r := range db.Records() {
		if want := fmt.Sprintf("PV:%06d", i); r.Name() != want {
			t.Fatalf("record %d is %s, want %s", i, r.Name(), want)
		}
		if db.Record(r.Name()) != r {
			t.Fatalf("%s is not found", r.Name())
		}
		i++
	}
	if i != n {
		t.Errorf("%d records, want %d", i, n)
	}
}

func TestSearchDoesNotAllocate(t *testing.T) {
	var db Database
	mustAdd(t, &db, Spec{Name: "A:B"})
	name, field, missing := []byte("A:B"), []byte("A:B.EGU$"), []byte("A:C.VAL")
	if n := testing.AllocsPerRun(100, func() {
		if !db.Has(name) || !db.Has(field) || db.Has(missing) {
			t.Fatal("wrong answer")
		}
	}); n != 0 {
		t.Errorf("%v allocations a search", n)
	}
}

// discard is a subscriber and a completion to which nothing happens.
type discard struct{ last pv.Sample }

func (d *discard) Post(s *pv.Sample, _ pv.Mask) { d.last = *s }
func (d *discard) PutDone(error)                {}

func TestPostAndPutDoNotAllocate(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{Type: AO, HSV: pv.Minor, Info: pv.Info{Warning: pv.Limits{High: 50}}})
	e := mustAdd(t, &db, Spec{Name: "E", Type: MBBO, Info: pv.Info{Choices: []string{"a", "b"}}})
	var d discard
	for range 4 {
		r.Value().Subscribe(allEvents, &d)
		e.Value().Subscribe(allEvents, &d)
		mustField(t, r, "SEVR").Subscribe(allEvents, &d)
	}
	x := 0.0
	if n := testing.AllocsPerRun(200, func() {
		x++
		r.Post(float(x), pv.Stamp{}, pv.Alarm{})
		e.Post(pv.EnumValue(uint16(x)&1), pv.Stamp{}, pv.Alarm{})
		if err := r.Value().Put(float(-x), &d); err != nil {
			t.Fatal(err)
		}
		r.Value().Get()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if d.last.Value.Kind() == pv.Invalid {
		t.Error("nothing was posted")
	}
}

func TestMemoryBudget(t *testing.T) {
	const n, subscribers, budget = 10_000, 4, 1024
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var db Database
	var d discard
	for i := range n {
		r := mustAdd(t, &db, Spec{
			Name: fmt.Sprintf("BENCH:PV:%05d", i), Type: AI, Desc: "a reading", Scan: Every(1e8),
			Info: pv.Info{Units: "V", Precision: 3, Alarm: pv.Limits{High: 5}}, HHSV: pv.Major,
		})
		for range subscribers {
			r.Value().Subscribe(pv.EventValue, &d)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (after.HeapAlloc - before.HeapAlloc) / n
	t.Logf("%d bytes a record with %d subscriptions", each, subscribers)
	if each > budget {
		t.Errorf("%d bytes a record, budget %d", each, budget)
	}
	runtime.KeepAlive(&db)
}

// A short string that was cut out of a long one does not keep that.
func TestStringsLetGoOfTheRest(t *testing.T) {
	const n, size = 32, 1 << 17
	var db Database
	tests := []struct {
		field string
		value func() pv.Value
	}{
		{".DESC", func() pv.Value { return str(strings.Repeat("x", size)) }},
		{".DESC$", func() pv.Value { return pv.ArrayValue(append([]uint8("x\x00"), make([]uint8, size)...)) }},
	}
	for j, tt := range tests {
		round := fmt.Sprint("R", j, ":")
		for i := range n {
			mustAdd(t, &db, Spec{Name: fmt.Sprint(round, i)})
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range n {
			if err := must(db.Lookup(fmt.Sprint(round, i, tt.field))).Put(tt.value(), nil); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > n*size/2 {
			t.Errorf("%s: %d bytes are kept for %d short strings", tt.field, kept, n)
		}
	}
	runtime.KeepAlive(&db)
}

func TestUnsubscribe(t *testing.T) {
	var db Database
	log := new(eventLog)
	r := mustAdd(t, &db, Spec{Type: Longin})
	var subs []*Subscription
	for i := range 5 {
		subs = append(subs, r.Value().Subscribe(pv.EventValue, watcher{log, fmt.Sprint(i)}))
	}
	sevr := mustField(t, r, "SEVR").Subscribe(pv.EventValue, watcher{log, "sevr"})
	log.take()
	for _, i := range []int{1, 4, 1} {
		subs[i].Unsubscribe()
	}
	r.Post(pv.Int32Value(1), pv.Stamp{}, pv.Alarm{})
	got := log.take()
	slices.Sort(got)
	equalLines(t, "those that stayed", got, "0 1 V NO_ALARM", "2 1 V NO_ALARM", "3 1 V NO_ALARM", "sevr 0 V NO_ALARM")
	for _, i := range []int{0, 2, 3} {
		subs[i].Unsubscribe()
	}
	sevr.Unsubscribe()
	r.Post(pv.Int32Value(2), pv.Stamp{}, pv.Alarm{Status: pv.StatusUDF, Severity: pv.InvalidAlarm})
	equalLines(t, "none", log.take())
	if len(r.subs) != 0 || r.fieldSubs != 0 {
		t.Errorf("%d subscriptions left, %d of them at fields", len(r.subs), r.fieldSubs)
	}
}

func TestConcurrentUse(t *testing.T) {
	var db Database
	log := new(eventLog)
	r := mustAdd(t, &db, Spec{Name: "R", Type: AO})
	r.Value().Subscribe(allEvents, watcher{log, "m"})
	var wg sync.WaitGroup
	const n = 200
	work := []func(i int){
		func(i int) { r.Post(float(float64(i)), pv.Stamp{}, pv.Alarm{}) },
		func(i int) { _ = r.Value().Put(float(float64(-i)), &discard{}) },
		func(int) { r.Value().Subscribe(allEvents, &discard{}).Unsubscribe() },
		func(int) { _ = must(db.Lookup("R.EGU")).Put(str("V"), nil) },
		func(int) { r.Value().Get() },
		func(int) { must(db.Lookup("R.SCAN")).Info() },
		func(i int) { _ = must(db.Lookup("R.SCAN")).Put(pv.EnumValue(uint16(i%10)), nil) },
		func(i int) { _, _ = db.Add(Spec{Name: fmt.Sprint("N", i)}) },
		func(i int) { db.Has([]byte(fmt.Sprint("N", i))) },
		func(int) { r.PutAcks(pv.Major) },
		func(int) { r.Process() },
	}
	for _, f := range work {
		wg.Go(func() {
			for i := range n {
				f(i)
			}
		})
	}
	wg.Wait()
	if db.Len() != n+1 {
		t.Errorf("%d records, want %d", db.Len(), n+1)
	}
}

// worker is a device with a goroutine that carries out one write after another.
type worker struct {
	writes chan pv.Value
	last   float64 // what was written last; the record's lock guards it
}

func (w *worker) Read(*Record) (Result, bool) { return Result{}, true }

func (w *worker) Write(_ *Record, v pv.Value) (Result, bool) {
	w.writes <- v // a record has one operation at a time: never full
	return Result{}, false
}

// own checks that its put is answered once, and right after its own write.
type own struct {
	t     *testing.T
	w     *worker
	value float64
	done  chan struct{}
}

func (o *own) PutDone(err error) {
	if err != nil || o.w.last != o.value {
		o.t.Errorf("put of %v answered after the write of %v: %v", o.value, o.w.last, err)
	}
	close(o.done)
}

func TestConcurrentPutsToADevice(t *testing.T) {
	var db Database
	w := &worker{writes: make(chan pv.Value, 1)}
	r := mustAdd(t, &db, Spec{Type: AO, Device: w})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for v := range w.writes {
			r.lock.Lock()
			w.last = v.Float64()
			r.lock.Unlock()
			r.Complete(Result{})
		}
	}()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 100 {
				o := &own{t: t, w: w, value: float64(g*1000 + i), done: make(chan struct{})}
				if err := r.Value().Put(float(o.value), o); err != nil {
					t.Error(err)
					return
				}
				if err := r.Value().Put(float(-1), nil); err != nil {
					t.Error(err)
				}
				r.Process()
				<-o.done
			}
		})
	}
	wg.Wait()
	last := &own{t: t, w: w, value: 7, done: make(chan struct{})}
	if err := r.Value().Put(float(7), last); err != nil {
		t.Fatal(err)
	}
	<-last.done
	close(w.writes)
	<-stopped
}

func FuzzLookup(f *testing.F) {
	for _, s := range []string{"A", "A.VAL", "A.DESC$", "A.", "A.$", ".", "A.VAL.X", "A.[1]", "", "A.{}"} {
		f.Add(s)
	}
	var db Database
	if _, err := db.Add(Spec{Name: "A"}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string) {
		field, err := db.Lookup(name)
		var missing *NotFoundError
		if err != nil && !errors.As(err, &missing) {
			t.Fatalf("%q: %v is no NotFoundError", name, err)
		}
		if err == nil && (!db.Has([]byte(name)) || field.Count() == 0 || field.Kind() == pv.Invalid) {
			t.Fatalf("%q: found, but not by a search, or of no kind", name)
		}
	})
}
