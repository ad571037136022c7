package sysfs_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// TestHungReadCostsOnlyItsDevice: the kernel may never return from a read of an
// attribute whose chip holds the bus.
func TestHungReadCostsOnlyItsDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tree sim.Tree
		release := make(chan struct{})
		tree.Set("/sys/class/hwmon/hwmon0/name", "stuck\n")
		tree.Handle("/sys/class/hwmon/hwmon0/temp1_input", func() ([]byte, error) {
			<-release
			return []byte("1000\n"), nil
		}, nil)
		tree.Set("/sys/class/hwmon/hwmon1/name", "good\n")
		tree.Set("/sys/class/hwmon/hwmon1/temp1_input", "20000\n")

		var db record.Database
		var works sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		pvs := map[string]*record.Record{}
		for _, name := range []string{"stuck", "good"} {
			d, err := sysfs.New(sysfs.Options{
				Place: hwmon(name), Files: &tree,
				Attributes: []sysfs.Attribute{{Name: "temp1_input"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			port := device.NewPort(d, device.Config{Name: name, Log: slog.New(slog.DiscardHandler)})
			pvs[name], err = port.Add(&db, record.Spec{Name: name, Type: record.AI, Scan: record.Every(time.Second)}, d.Channels()[0], device.Options{})
			if err != nil {
				t.Fatal(err)
			}
			works.Go(func() { _ = port.Run(ctx) }) // until ctx ends
		}
		works.Go(func() { _ = db.Run(ctx) }) // until ctx ends
		<-time.After(15 * time.Second)
		tree.Set("/sys/class/hwmon/hwmon1/temp1_input", "21000\n")
		<-time.After(2 * time.Second)
		if s, _ := pvs["good"].Value().Get(); s.Value.Float64() != 21 || s.Alarm.Severity != pv.NoAlarm {
			t.Errorf("the other device: %v %v, want 21", s.Value, s.Alarm)
		}
		if s, _ := pvs["stuck"].Value().Get(); s.Alarm != (pv.Alarm{Status: pv.StatusComm, Severity: pv.InvalidAlarm}) {
			t.Errorf("the device that hangs: %v, want INVALID/COMM", s.Alarm)
		}
		close(release)
		<-time.After(10 * time.Second)
		if s, _ := pvs["stuck"].Value().Get(); s.Value.Float64() != 1 || s.Alarm.Severity != pv.NoAlarm {
			t.Errorf("after it has come back: %v %v, want 1", s.Value, s.Alarm)
		}
		stop()
		works.Wait()
	})
}
