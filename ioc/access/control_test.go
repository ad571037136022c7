package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

const (
	none  = protocol.Access(0)
	read  = protocol.AccessRead
	write = protocol.AccessRead | protocol.AccessWrite
)

func parse(t testing.TB, text string) *Rules {
	t.Helper()
	r, err := Parse("test.acf", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func add(t testing.TB, db *record.Database, s record.Spec) *record.Record {
	t.Helper()
	r, err := db.Add(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func put(t testing.TB, db *record.Database, name string, v pv.Value) {
	t.Helper()
	f, err := db.Lookup(name)
	if err == nil {
		err = f.Put(v, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// watcher is a client that looks at one field's rights.
type watcher struct {
	*Session
	t       testing.TB
	field   record.Field
	changes atomic.Int32
}

func watch(t testing.TB, c *Control, f record.Field) *watcher {
	w := &watcher{t: t, field: f}
	w.Session = c.Open("user", "Host", "10.0.0.7", func() { w.changes.Add(1) })
	return w
}

// expect checks the rights, and how often the client was told that they may have
// changed since the last time.
func (w *watcher) expect(what string, want protocol.Access, changes int) {
	w.t.Helper()
	told := int(w.changes.Swap(0))
	if got, _ := w.Rights(w.field); got != want || told != changes {
		w.t.Errorf("%s: rights %d after %d changes, want %d after %d", what, got, told, want, changes)
	}
}

func TestRightsFollowInputs(t *testing.T) {
	db := new(record.Database)
	add(t, db, record.Spec{Name: "IN", Type: record.AO, Initial: pv.Float64Value(0), HHSV: pv.InvalidAlarm, Info: pv.Info{Alarm: pv.Limits{High: 100}}})
	x := add(t, db, record.Spec{Name: "X", Type: record.AO, ASG: "A"})
	c := &Control{Database: db}
	defer c.Close()
	w := watch(t, c, x.Value())
	w.expect("without rules", write, 0)
	c.Use(parse(t, `ASG(A) { INPA(IN) INPB(IN.HIHI) RULE(1, READ) { CALC("A>=1") } RULE(1, WRITE) { CALC("A=2 && B=100") } }`))
	w.expect("with rules", none, 1)
	for _, step := range []struct {
		name    string
		value   float64
		want    protocol.Access
		changes int
	}{
		{"IN", 1, read, 1},
		{"IN", 1, read, 0},
		{"IN", 3, read, 0},
		{"IN", 2, write, 1},
		{"IN.HIHI", 50, read, 1},
		{"IN", 50, none, 1}, // INVALID
		{"IN", 2, read, 1},
	} {
		put(t, db, step.name, pv.Float64Value(step.value))
		w.expect(step.name, step.want, step.changes)
	}
	w.Close()
	put(t, db, "IN", pv.Float64Value(0))
	if w.changes.Load() != 0 {
		t.Error("told after its end")
	}
}

// VAL in a CALC is 1 if it was true the last time, and else 0, whatever its value
// was. The rights are those that softIoc gave.
func TestResultBeforeInCalc(t *testing.T) {
	db := new(record.Database)
	add(t, db, record.Spec{Name: "IN", Type: record.AO, Initial: pv.Float64Value(0), HHSV: pv.InvalidAlarm, Info: pv.Info{Alarm: pv.Limits{High: 100}}})
	c := &Control{Database: db}
	defer c.Close()
	c.Use(parse(t, `ASG(SUM) { INPA(IN) RULE(1, READ) RULE(1, WRITE) { CALC("VAL+0.5+0*A") } }
ASG(KEPT) { INPA(IN) RULE(1, READ) RULE(1, WRITE) { CALC("A=1?1:A>2?VAL:0") } }`))
	sum := add(t, db, record.Spec{Name: "SUM", Type: record.AO, ASG: "SUM"}).Value()
	kept := add(t, db, record.Spec{Name: "KEPT", Type: record.AO, ASG: "KEPT"}).Value()
	s := c.Open("", "", "", func() {})
	for _, step := range []struct {
		in        float64
		sum, kept protocol.Access
	}{{5, read, read}, {6, read, read}, {7, read, read}, {1, read, write}, {3, read, write}, {200, read, read}, {5, read, write}, {0, read, read}, {6, read, read}} {
		put(t, db, "IN", pv.Float64Value(step.in))
		a, _ := s.Rights(sum)
		b, _ := s.Rights(kept)
		if a != step.sum || b != step.kept {
			t.Errorf("input %v: rights %d and %d, want %d and %d", step.in, a, b, step.sum, step.kept)
		}
	}
}

// What a session remembers does not grow with the names that clients write to ASG.
func TestSessionsAreBounded(t *testing.T) {
	db := new(record.Database)
	c := &Control{Database: db}
	defer c.Close()
	c.Use(parse(t, `ASG(A) { RULE(1, READ) }`))
	s := c.Open("", "", "", func() {})
	for i := range 100 {
		s.Rights(add(t, db, record.Spec{Name: fmt.Sprint("X", i), Type: record.AO, ASG: fmt.Sprint("G", i)}).Value())
	}
	if len(s.known) != 1 {
		t.Errorf("%d verdicts for one group at one level", len(s.known))
	}
}

// An input is bad until its record is there, and once it has gone.
func TestInputsThatComeAndGo(t *testing.T) {
	db := new(record.Database)
	x := add(t, db, record.Spec{Name: "X", Type: record.AO, ASG: "A"})
	var log strings.Builder
	c := &Control{Database: db, Log: slog.New(slog.NewTextHandler(&log, nil))}
	defer c.Close()
	w := watch(t, c, x.Value())
	c.Use(parse(t, `ASG(A) { INPA(IN) RULE(1, WRITE) { CALC("A>=0") } }`))
	w.expect("without input", none, 1)
	if !strings.Contains(log.String(), "group=A pv=IN") {
		t.Errorf("log: %s", log.String())
	}
	for range 2 {
		add(t, db, record.Spec{Name: "IN", Type: record.AO, Initial: pv.Float64Value(0)})
		w.expect("with input", write, 1)
		if err := db.Remove("IN"); err != nil {
			t.Fatal(err)
		}
		w.expect("input gone", none, 1)
	}
}

func TestKindsOfInputs(t *testing.T) {
	tests := []struct {
		spec record.Spec
		want protocol.Access
	}{
		{record.Spec{Type: record.BO, Initial: pv.EnumValue(1), Info: pv.Info{Choices: []string{"Off", "On"}}}, write},
		{record.Spec{Type: record.Longout, Initial: pv.Int32Value(1)}, write},
		{record.Spec{Type: record.Stringout, Initial: pv.StringValue("1")}, none},
		{record.Spec{Type: record.Waveform, ElementKind: pv.Float64, Elements: 3, Initial: pv.ArrayValue([]float64{1, 0})}, write},
		{record.Spec{Type: record.Waveform, ElementKind: pv.Float64, Elements: 3, Initial: pv.ArrayValue([]float64{})}, none},
		{record.Spec{Type: record.AO}, none}, // UDF
	}
	for _, tt := range tests {
		db := new(record.Database)
		tt.spec.Name = "IN"
		add(t, db, tt.spec)
		c := &Control{Database: db}
		c.Use(parse(t, `ASG(DEFAULT) { INPA(IN) RULE(1, WRITE) { CALC("A=1") } }`))
		if a, _ := c.Open("", "", "", func() {}).Rights(db.Record("IN").Value()); a != tt.want {
			t.Errorf("%v %v: rights %d, want %d", tt.spec.Type, tt.spec.Initial, a, tt.want)
		}
		c.Close()
	}
}

func TestRightsFollowTheGroup(t *testing.T) {
	db := new(record.Database)
	x := add(t, db, record.Spec{Name: "X", Type: record.AO})
	c := &Control{Database: db}
	w := watch(t, c, x.Value())
	c.Use(parse(t, `ASG(DEFAULT) { RULE(1, WRITE) } ASG(R) { RULE(1, READ) }`))
	w.expect("DEFAULT", write, 1)
	put(t, db, "X.ASG", pv.StringValue("R"))
	w.expect("R", read, 1)
	put(t, db, "X.ASG", pv.StringValue("R"))
	w.expect("R again", read, 0)
	put(t, db, "X.ASG", pv.StringValue("NONE SUCH"))
	w.expect("unknown", write, 1)
	c.Close()
	put(t, db, "X.ASG", pv.StringValue("R"))
	if w.changes.Load() != 0 {
		t.Error("told after the control's end")
	}
}

// Rules can be replaced; the inputs of those before have no effect any more.
func TestReload(t *testing.T) {
	db := new(record.Database)
	add(t, db, record.Spec{Name: "IN", Type: record.AO, Initial: pv.Float64Value(0)})
	x := add(t, db, record.Spec{Name: "X", Type: record.AO})
	c := &Control{Database: db}
	defer c.Close()
	w := watch(t, c, x.Value())
	c.Use(parse(t, `ASG(DEFAULT) { INPA(IN) RULE(1, WRITE) { CALC("A=0") } }`))
	w.expect("first", write, 1)
	c.Use(parse(t, `ASG(DEFAULT) { RULE(1, READ, TRAPWRITE) }`))
	w.expect("second", read, 1)
	put(t, db, "IN", pv.Float64Value(1))
	w.expect("the first's input", read, 0)
	if _, trap := w.Rights(w.field); !trap {
		t.Error("no trap")
	}
}

func TestHostsByAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := new(record.Database)
		x := add(t, db, record.Spec{Name: "X", Type: record.AO})
		var log strings.Builder
		c := &Control{Database: db, ByAddress: true, Log: slog.New(slog.NewTextHandler(&log, nil))}
		c.Use(parse(t, `HAG(h) { desk, lab, 10.0.0.8 } HAG(said) { host } ASG(DEFAULT) { RULE(1, WRITE) { HAG(h) } RULE(1, READ) { HAG(said) } }`))
		w := watch(t, c, x.Value())
		w.expect("neither by name nor by address", none, 0)
		eighth := c.Open("user", "host", "10.0.0.8", func() {})
		if a, _ := eighth.Rights(x.Value()); a != write {
			t.Errorf("by address: %d", a)
		}
		ctx, cancel := context.WithCancel(t.Context())
		lookups := "" // the resolver's
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			c.Resolve(ctx, func(_ context.Context, host string) ([]string, error) {
				lookups += host + " "
				switch {
				case host == "desk" && lookups == "desk ":
					return []string{"10.0.0.6"}, nil
				case host == "desk" && strings.Count(lookups, "desk") == 2:
					return []string{"10.0.0.6", "10.0.0.7"}, nil
				case host == "desk":
					return []string{"10.0.0.7", "10.0.0.6"}, nil
				}
				return nil, errors.New("no such host")
			})
		}()
		synctest.Wait()
		w.expect("found elsewhere", none, 1)
		time.Sleep(resolveAgain)
		synctest.Wait()
		w.expect("found", write, 1)
		time.Sleep(resolveAgain)
		synctest.Wait()
		w.expect("found the other way round", write, 0)
		c.Use(parse(t, `HAG(h) { desk, new } ASG(DEFAULT) { RULE(1, WRITE) { HAG(h) } }`))
		synctest.Wait()
		w.expect("with other rules", write, 1)
		cancel()
		<-ended
		if lookups != "desk host lab desk host lab desk host lab desk new " || strings.Count(log.String(), "level=WARN") != 3 {
			t.Errorf("looked up %s; log:\n%s", lookups, log.String())
		}
		c.Close()
	})
}

// Asking for rights that are known must cost a server with 100,000 channels nothing.
func TestRightsDoNotAllocate(t *testing.T) {
	db := new(record.Database)
	x := add(t, db, record.Spec{Name: "X", Type: record.AO, ASG: "A"}).Value()
	c := &Control{Database: db}
	defer c.Close()
	c.Use(parse(t, `UAG(u) { user } ASG(A) { RULE(1, WRITE) { UAG(u) } }`))
	s := c.Open("user", "host", "", func() {})
	s.Rights(x)
	if n := testing.AllocsPerRun(100, func() { s.Rights(x) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRights(b *testing.B) {
	db := new(record.Database)
	r, err := db.Add(record.Spec{Name: "X", Type: record.AO, ASG: "A"})
	if err != nil {
		b.Fatal(err)
	}
	c := &Control{Database: db}
	defer c.Close()
	c.Use(parse(b, `UAG(u) { user } ASG(A) { RULE(1, WRITE) { UAG(u) } }`))
	s := c.Open("user", "host", "", func() {})
	b.ReportAllocs()
	for b.Loop() {
		s.Rights(r.Value())
	}
}
