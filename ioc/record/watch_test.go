package record

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

// changed is the changes as text: +A for added, -A for removed.
func changed(c []Change) (list []string) {
	for _, c := range c {
		sign := "+"
		if c.Removed {
			sign = "-"
		}
		list = append(list, sign+c.Record.Name())
	}
	return list
}

// A watcher hears of what comes after it, and may itself use the database; what it
// adds is told, too.
func TestWatch(t *testing.T) {
	db := new(Database)
	mustAdd(t, db, Spec{Name: "A"})
	var told []string
	existing, stop := db.Watch(func(c []Change) {
		told = append(told, changed(c)...)
		if len(c) == 1 && c[0].Record.Name() == "B" {
			mustAdd(t, db, Spec{Name: "C"})
			if db.Len() != 3 || db.Record("C") == nil {
				t.Error("the watcher does not see its own record")
			}
		}
	})
	if len(existing) != 1 || existing[0].Name() != "A" {
		t.Errorf("existing: %v", existing)
	}
	mustAdd(t, db, Spec{Name: "B"})
	stop()
	mustAdd(t, db, Spec{Name: "D"})
	if want := []string{"+B", "+C"}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

// With records added from many goroutines each watcher hears of each once, one call
// at a time, and of those that it was given as existing never.
func TestWatchBesideAdd(t *testing.T) {
	db := new(Database)
	var adders sync.WaitGroup
	for i := range 4 {
		adders.Go(func() { // ends by itself
			for k := range 200 {
				mustAdd(t, db, Spec{Name: fmt.Sprintf("R%d:%d", i, k)})
			}
		})
	}
	heard := make([]map[string]int, 5)
	for i := range heard {
		heard[i] = make(map[string]int)
		gate := make(chan struct{})
		existing, _ := db.Watch(func(c []Change) {
			<-gate
			for _, c := range c {
				heard[i][c.Record.Name()]++
			}
		})
		for _, r := range existing {
			heard[i][r.Name()]++
		}
		close(gate)
	}
	adders.Wait()
	for i, h := range heard {
		if len(h) != 800 {
			t.Errorf("watcher %d has heard of %d records, want 800", i, len(h))
		}
		for name, n := range h {
			if n != 1 {
				t.Errorf("watcher %d has heard of %s %d times", i, name, n)
			}
		}
	}
}
