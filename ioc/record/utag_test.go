package record

import (
	"testing"

	"github.com/ioclet/ioclet/pv"
)

func TestUTag(t *testing.T) {
	var db Database
	r, err := db.Add(Spec{Name: "A", Type: AO})
	if err != nil {
		t.Fatal(err)
	}
	f, err := db.Lookup("A.UTAG")
	if err != nil {
		t.Fatal(err)
	}
	var log eventLog
	f.Subscribe(pv.EventValue, watcher{&log, "UTAG"})
	r.SetUTag(1<<63 + 5)
	s, _ := f.Get()
	if want := uint64(1<<63 + 5); uint64(s.Value.Int64()) != want || s.Value.Kind() != pv.Uint64 {
		t.Errorf("UTAG %v, want %v", s.Value, want)
	}
	if len(log.lines) != 1 || f.Writable() {
		t.Errorf("events %q, writable %v; want the first event alone, and no writing", log.lines, f.Writable())
	}
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
