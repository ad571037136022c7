package ioc_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// TestLongRun: after thirty days periodic scans come at the very moment at which they
// are due, and nothing has grown.
func TestLongRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const day, period = 24 * time.Hour, time.Minute
		bench := ioc.New("")
		temp := bench.Float("TEMP", ioc.High(10, pv.Minor))
		calls := 0
		bench.Every(period, func(context.Context) error { calls++; temp.Set(float64(calls % 20)); return nil })
		began := time.Now()
		scans, late := 0, time.Duration(0)
		look := noted(func() {
			scans++
			late = max(late, time.Since(began.Add(time.Duration(scans)*period)))
		})
		if _, err := bench.Database().Add(record.Spec{Name: "SCANNED", Type: record.AI, Scan: record.Every(period), Device: look}); err != nil {
			t.Fatal(err)
		}
		stop := work(t, bench)
		defer stop()
		state := func() (goroutines int, heap uint64) {
			synctest.Wait()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return runtime.NumGoroutine(), m.HeapAlloc
		}
		<-time.After(day + period/2)
		goroutines, heap := state()
		<-time.After(29 * day)
		if n, h := state(); n > goroutines+10 || h > heap+64<<10 {
			t.Errorf("after a day %d goroutines and %d bytes, after thirty %d and %d", goroutines, heap, n, h)
		}
		const want = int(30 * day / period)
		if scans != want || late != 0 || calls != want+1 { // the function is called at once, too
			t.Errorf("%d scans, the latest by %v, %d calls; want %d, in time, %d", scans, late, calls, want, want+1)
		}
	})
}

// noted is device support that notes when it is asked.
type noted func()

func (n noted) Read(*record.Record) (record.Result, bool) {
	n()
	return record.Result{Value: pv.Float64Value(1)}, true
}

func (noted) Write(*record.Record, pv.Value) (record.Result, bool) { return record.Result{}, true }
