package caserver

import (
	"testing"

	"github.com/ioclet/ioclet/pv"
)

// TestInflightParts: an array and a part of it that begins with it share an address, but
// not their size; what the budget has lent it gets back, whoever is done first.
func TestInflightParts(t *testing.T) {
	whole := pv.ArrayValue(make([]float64, 1000))
	most, none := whole.Slice(0, 900), whole.Slice(0, 0)
	for _, tt := range []struct {
		what  string
		held  []pv.Value
		bytes int64
	}{
		{"the part first", []pv.Value{most, whole}, 8000},
		{"the part last", []pv.Value{whole, most}, 8000},
		{"nothing first", []pv.Value{none, whole, whole}, 8000},
		{"parts alone", []pv.Value{most, most}, 7200},
	} {
		b := &budget{limit: 8000}
		f := inflight{budget: b}
		for _, v := range tt.held {
			if !f.hold(v) {
				t.Errorf("%s: no room for %d elements", tt.what, v.Len())
			}
		}
		if n := b.used.Load(); n != tt.bytes {
			t.Errorf("%s: %d bytes in use, want %d", tt.what, n, tt.bytes)
		}
		if f.hold(pv.ArrayValue(make([]float64, 900))) {
			t.Errorf("%s: room for another array", tt.what)
		}
		for _, v := range tt.held {
			f.done(v)
		}
		if n := b.used.Load(); n != 0 || len(f.arrays) != 0 {
			t.Errorf("%s: %d bytes in use in the end", tt.what, n)
		}
	}
}
