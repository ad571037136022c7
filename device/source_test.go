package device

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

func TestSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db record.Database
		began := time.Now()
		r, err := db.Add(record.Spec{Name: "S", Type: record.AI, Device: Source(func(now time.Time) pv.Value {
			return pv.Float64Value(now.Sub(began).Seconds())
		})})
		if err != nil {
			t.Fatal(err)
		}
		pass(1500 * time.Millisecond)
		r.Process()
		wantState(t, "processed", r, "1.5 NO_ALARM")
		if s, _ := r.Value().Get(); s.Time != pv.StampOf(time.Now()) {
			t.Errorf("time %v, want now", s.Time)
		}
	})
}

func sources(tb testing.TB, n int) []*record.Record {
	var db record.Database
	x := 0.0
	all := make([]*record.Record, n)
	for i := range all {
		r, err := db.Add(record.Spec{Name: fmt.Sprintf("S%d", i), Type: record.AI, Device: Source(func(time.Time) pv.Value {
			x++
			return pv.Float64Value(x)
		})})
		if err != nil {
			tb.Fatal(err)
		}
		all[i] = r
	}
	return all
}

func TestSourceDoesNotAllocate(t *testing.T) {
	r := sources(t, 1)[0]
	if n := testing.AllocsPerRun(100, r.Process); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// One tick of a scan with 10,000 signals.
func BenchmarkSources(b *testing.B) {
	all := sources(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range all {
			r.Process()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/record")
}
