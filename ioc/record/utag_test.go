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
