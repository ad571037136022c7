package record

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/pv"
)

func mustRemove(t testing.TB, db *Database, name string) {
	t.Helper()
	if err := db.Remove(name); err != nil {
		t.Fatal(err)
	}
}

// listed is the database's records, and the names by which they are found.
func listed(db *Database, names ...string) string {
	var list []string
	for r := range db.Records() {
		list = append(list, r.Name())
	}
	list = append(list, "/")
	for _, n := range names {
		if db.Record(n) != nil && db.Has([]byte(n)) {
			list = append(list, n)
		}
	}
	return strings.Join(list, " ")
}

// A record leaves with its aliases, and one of the same name may follow at once. An
// alias alone cannot be removed.
func TestRemove(t *testing.T) {
	db := new(Database)
	for _, n := range []string{"A", "B", "C"} {
		mustAdd(t, db, Spec{Name: n, Aliases: []string{n + "1", n + "2"}, InfoTags: map[string]string{"of": n}})
	}
	b := db.Record("B")
	if got := db.InfoTags(b); !maps.Equal(got, map[string]string{"of": "B"}) {
		t.Errorf("info tags %v", got)
	}
	if got := db.Aliases(b); !slices.Equal(got, []string{"B1", "B2"}) {
		t.Errorf("aliases %v", got)
	}
	var told []string
	_, stop := db.Watch(func(c []Change) { told = append(told, changed(c)...) })
	defer stop()
	for _, n := range []string{"B1", "X", ""} {
		var missing *NotFoundError
		if err := db.Remove(n); !errors.As(err, &missing) || missing.Record != n {
			t.Errorf("Remove(%q): %v", n, err)
		}
	}
	mustRemove(t, db, "B")
	if err := db.Remove("B"); err == nil {
		t.Error("removed twice")
	}
	names := []string{"A", "A1", "A2", "B", "B1", "B2", "C", "C1", "C2"}
	if got, want := listed(db, names...), "A C / A A1 A2 C C1 C2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if _, err := db.Lookup("B1.EGU"); err == nil {
		t.Error("a field of it is found")
	}
	mustAdd(t, db, Spec{Name: "B1"})
	mustAdd(t, db, Spec{Name: "B"})
	if err := b.Remove(); !errors.Is(err, ErrRemoved) {
		t.Errorf("removed before: %v", err)
	}
	if got, want := listed(db, names...), "A C B1 B / A A1 A2 B B1 C C1 C2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if db.Len() != 4 || !b.Removed() || db.Record("B1").Removed() || db.Aliases(b) != nil || db.InfoTags(b) != nil {
		t.Errorf("Len %d", db.Len())
	}
	if want := []string{"-B", "+B1", "+B"}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

// What is removed takes no memory for ever, and those that are left keep their order.
func TestRemoveMany(t *testing.T) {
	const n = 10_000
	db := new(Database)
	name := func(i int) string { return fmt.Sprintf("R%d", i) }
	for i := range n {
		mustAdd(t, db, Spec{Name: name(i)})
	}
	for i := range n {
		if i%1000 != 0 {
			mustRemove(t, db, name(i))
		}
	}
	if db.Len() != n/1000 || len(db.order) > 2*db.Len() {
		t.Errorf("%d records in a list of %d", db.Len(), len(db.order))
	}
	if got, want := listed(db), "R0 R1000 R2000 R3000 R4000 R5000 R6000 R7000 R8000 R9000 /"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for i := range n {
		if found := db.Record(name(i)) != nil; found != (i%1000 == 0) {
			t.Fatalf("R%d found: %v", i, found)
		}
	}
}

// tenant is a device with an operation under way.
type tenant struct {
	asyncDevice
	released []string
}

func (d *tenant) Release(r *Record) { d.released = append(d.released, r.Name()) }

// answered keeps the outcomes of puts.
type answered struct{ errs []error }

func (a *answered) PutDone(err error) { a.errs = append(a.errs, err) }

// A record removed while active: the puts that wait are answered, its device may say
// what it likes, and nobody hears of it any more.
func TestRemoveActive(t *testing.T) {
	db, dev := new(Database), &tenant{asyncDevice: asyncDevice{new(eventLog)}}
	r := mustAdd(t, db, Spec{Name: "A", Type: AO, Device: dev, Initial: pv.Float64Value(1)})
	log := new(eventLog)
	sub := r.Value().Subscribe(allEvents, watcher{log, "m"})
	var waiting answered
	for i := range 3 {
		if err := r.Value().Put(pv.Float64Value(float64(i)), &waiting); err != nil {
			t.Fatal(err)
		}
	}
	log.take()
	mustRemove(t, db, "A")
	if len(waiting.errs) != 3 || slices.ContainsFunc(waiting.errs, func(err error) bool { return !errors.Is(err, ErrRemoved) }) {
		t.Errorf("puts answered by %v", waiting.errs)
	}
	if !slices.Equal(dev.released, []string{"A"}) {
		t.Errorf("released %v", dev.released)
	}
	before, _ := r.Value().Get()
	for name, do := range map[string]func() error{
		"complete": func() error { return r.Complete(Result{Value: pv.Float64Value(9)}) },
		"post":     func() error { return r.Post(pv.Float64Value(9), pv.Stamp{}, pv.Alarm{}) },
		"fault":    func() error { r.Fault(pv.Alarm{Severity: pv.InvalidAlarm}, nil); return nil },
		"process":  func() error { r.Process(); return nil },
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, field := range []string{"VAL", "EGU", "PROC", "SCAN"} {
		if err := mustField(t, r, field).Put(pv.Int32Value(6), &waiting); !errors.Is(err, ErrRemoved) {
			t.Errorf("put %s: %v", field, err)
		}
	}
	late := r.Value().Subscribe(allEvents, watcher{log, "late"})
	late.Unsubscribe()
	sub.Unsubscribe()
	if after, _ := r.Value().Get(); after.Value.Float64() != before.Value.Float64() || after.Alarm != before.Alarm {
		t.Errorf("the record was %v, is %v", before, after)
	}
	if got := log.take(); len(got) != 0 || len(waiting.errs) != 3 {
		t.Errorf("heard %v, answers %v", got, waiting.errs)
	}
}

// A removed record is not scanned.
func TestRemoveScanned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := new(Database)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- db.Run(ctx) }() // ends with ctx
		var counts [3]atomic.Int32
		for i, n := range []string{"A", "B", "C"} {
			mustAdd(t, db, Spec{Name: n, Scan: Every(time.Second), Device: counter(func() { counts[i].Add(1) })})
		}
		<-time.After(1500 * time.Millisecond)
		mustRemove(t, db, "B")
		<-time.After(time.Second)
		synctest.Wait()
		if a, b, c := counts[0].Load(), counts[1].Load(), counts[2].Load(); a != 2 || b != 1 || c != 2 {
			t.Errorf("processed %d, %d and %d times, want 2, 1 and 2", a, b, c)
		}
		if s := db.Scans(); len(s) != 1 || s[0].Records != 2 {
			t.Errorf("scans %+v", s)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// counter is a device that counts readings.
type counter func()

func (c counter) Read(*Record) (Result, bool)            { c(); return Result{}, true }
func (c counter) Write(*Record, pv.Value) (Result, bool) { return Result{}, true }

// swallow takes events and completions.
type swallow struct{}

func (swallow) Post(*pv.Sample, pv.Mask) {}
func (swallow) PutDone(error)            {}

// Records come and go while they are scanned, read, written, monitored and looked up.
func TestRemoveBesideEverything(t *testing.T) {
	db := new(Database)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { _ = db.Run(ctx) }) // ends with ctx
	count := 0
	_, stop := db.Watch(func(c []Change) {
		for _, c := range c {
			if c.Removed {
				count--
			} else {
				count++
			}
		}
	})
	defer stop()
	const workers, rounds, names = 4, 500, 8
	var changers sync.WaitGroup
	for w := range workers {
		changers.Go(func() { // ends by itself
			for i := range rounds {
				name := fmt.Sprintf("R%d", (i+w)%names)
				if _, err := db.Add(Spec{Name: name, Type: AO, Scan: Every(MinPeriod), Aliases: []string{name + "a"}}); err != nil {
					if err := db.Remove(name); err != nil && !errors.As(err, new(*NotFoundError)) {
						t.Error(err)
					}
				}
			}
		})
		all.Go(func() { // ends with ctx
			for ctx.Err() == nil {
				for r := range db.Records() {
					sub := r.Value().Subscribe(allEvents, swallow{})
					if err := r.Value().Put(pv.Float64Value(1), swallow{}); err != nil && !errors.Is(err, ErrRemoved) {
						t.Error(err)
					}
					_ = db.Has([]byte(r.Name() + "a"))
					sub.Unsubscribe()
				}
			}
		})
	}
	changers.Wait()
	cancel()
	all.Wait()
	if count != db.Len() {
		t.Errorf("told of %d records, there are %d", count, db.Len())
	}
	for _, s := range db.Scans() {
		if s.Records != db.Len() {
			t.Errorf("%d records are scanned, there are %d", s.Records, db.Len())
		}
	}
}
