package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// hang is a device whose Read does not return until it is let go.
type hang struct{ release chan struct{} }

func (h hang) Read(*record.Record) (record.Result, bool) {
	<-h.release
	return record.Result{Value: pv.Float64Value(1)}, true
}

func (hang) Write(*record.Record, pv.Value) (record.Result, bool) { return record.Result{}, true }

// A scan that hangs takes the watchdog's food away, and gives it back when it goes on.
func TestWatchdogIsFedFromScans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db record.Database
		device := hang{make(chan struct{})}
		if _, err := db.Add(record.Spec{Name: "FAST", Scan: record.Every(time.Second)}); err != nil {
			t.Fatal(err)
		}
		r, err := db.Add(record.Spec{Name: "SLOW", Scan: record.Every(7 * time.Second), Device: device})
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		var mu sync.Mutex
		var told []string
		take := func() string {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			s := strings.Join(told, " | ")
			told = nil
			return s
		}
		clients := "1 client"
		s := &supervised{
			patience: 4 * time.Second, log: slog.New(slog.NewTextHandler(&log, nil)), stalled: db.Stalled,
			status: func() string { return clients },
			notify: func(state string) error {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, strings.ReplaceAll(state, "\n", ","))
				return errors.New("nobody listens")
			},
		}
		ctx, stop := context.WithCancel(context.Background())
		var group sync.WaitGroup
		group.Go(func() { _ = db.Run(ctx) }) // until stop
		group.Go(func() { s.run(ctx) })      // until stop
		want := func(what, want string) {
			t.Helper()
			if got := take(); got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		want("started", "READY=1,STATUS=1 client")
		<-time.After(4*time.Second + time.Millisecond)
		want("alive", "WATCHDOG=1 | WATCHDOG=1")
		<-time.After(6 * time.Second) // the scan at 7 s hangs
		want("hanging", "WATCHDOG=1 | WATCHDOG=1 | STATUS=scan 7 second has not advanced for 3s")
		<-time.After(2 * time.Second)
		want("hanging for long", "STATUS=scan 7 second has not advanced for 5s")
		if n := strings.Count(log.String(), "does not advance"); n != 1 {
			t.Errorf("logged %d times: %s", n, log.String())
		}
		close(device.release)
		<-time.After(2 * time.Second)
		want("going on", "STATUS=1 client | WATCHDOG=1")
		stop()
		group.Wait()
		want("ended", "STOPPING=1")
		if s, _ := r.Value().Get(); s.Value.Float64() != 1 {
			t.Errorf("SLOW is %v", s.Value)
		}
	})
}

func TestNoServiceManager(t *testing.T) {
	if s := underSystemd(func(string) (string, bool) { return "", false }, slog.Default()); s != nil {
		t.Error("somebody is told")
	}
}
