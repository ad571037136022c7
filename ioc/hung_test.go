package ioc_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/pv"
)

// A function that panics again and again is logged once, with its stack, until it is good.
func TestPanicsAreLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bench := ioc.New("")
		var good atomic.Bool
		bench.Every(time.Second, func(context.Context) error {
			if !good.Load() {
				panic("boom")
			}
			return nil
		})
		x := bench.Float("X", ioc.Initial(1.0), ioc.Scan(time.Second))
		x.OnPut(func(context.Context, float64) error { panic("bang") })
		log := new(logLines)
		bench.Log = log.logger()
		stop := work(t, bench)
		<-time.After(10500 * time.Millisecond)
		good.Store(true)
		<-time.After(time.Second)
		good.Store(false)
		<-time.After(10 * time.Second)
		stop()
		for what, want := range map[string]int{"panic=boom stack=": 2, "periodic function failed": 2, "panic=bang stack=": 1, "put failed": 1} {
			if n := log.count(what); n != want {
				t.Errorf("%d log lines with %s, want %d", n, what, want)
			}
		}
	})
}

// Run does not wait for ever for a function of the program's that has not heard of the end.
func TestRunLeavesHungFunctionsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bench := ioc.New("T:")
		release := make(chan struct{})
		defer close(release)
		hang := func() error { <-release; return nil }
		bench.Every(time.Minute, func(context.Context) error { return hang() })
		bench.Every(time.Hour, func(context.Context) error { return nil })
		x := bench.Float("X", ioc.Initial(1.0))
		x.OnPut(func(context.Context, float64) error { return hang() })
		bench.Float("Y", ioc.Initial(1.0)).OnPut(func(context.Context, float64) error { return nil })
		bench.Log = new(logLines).logger()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- ioc.RunOn(ctx, bench, silent{make(chan struct{})}) }() // until ctx ends
		synctest.Wait()
		if err := x.Record().Value().Put(pv.Float64Value(2), nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		began := time.Now()
		cancel()
		err := <-ended
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("Run has ended after %v", took)
		}
		const want = "functions that do not return are left behind: Every 1m0s, OnPut of T:X"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run: %v, want %s", err, want)
		}
	})
}
