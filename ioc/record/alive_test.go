package record

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// hangingDevice does not return from its Read until it is let go.
type hangingDevice struct{ release chan struct{} }

func (d hangingDevice) Read(*Record) (Result, bool) {
	<-d.release
	return Result{Value: pv.Float64Value(1)}, true
}

func (d hangingDevice) Write(*Record, pv.Value) (Result, bool) { return Result{}, true }

func TestWatchdogIsFedOnlyWhileScansAdvance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db Database
		stalled := func(when, want string) {
			t.Helper()
			synctest.Wait()
			scan, late, ok := db.Stalled(3 * time.Second)
			got := ""
			if ok {
				got = scan.String() + " for " + late.String()
			}
			if got != want {
				t.Errorf("%s: stalled %q, want %q", when, got, want)
			}
		}
		device := hangingDevice{make(chan struct{}, 100)}
		for range 20 {
			device.release <- struct{}{}
		}
		for _, s := range []Spec{
			{Name: "SLOW", Scan: Every(10 * time.Second)},
			{Name: "HANGS", Scan: Every(time.Second), Device: device},
		} {
			if _, err := db.Add(s); err != nil {
				t.Fatal(err)
			}
		}
		stalled("before Run", "")
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- db.Run(ctx) }() // until stop
		<-time.After(20*time.Second + time.Millisecond)
		stalled("advancing, one scan with a period above the limit", "")
		<-time.After(4 * time.Second) // the tick at 21 s hangs
		stalled("hanging", "1 second for 3.001s")
		for range 10 {
			device.release <- struct{}{}
		}
		stalled("going on", "")
		<-time.After(time.Second)
		stalled("and on", "")
		stop()
		close(device.release)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		stalled("after Run", "")
	})
}
