package i2c_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/i2c"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/i2c"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// hungBus is a bus whose transactions do not end until it is released.
type hungBus struct {
	driverstest.Registers
	release chan struct{}
}

func (b *hungBus) Tx(address uint16, w, r []byte) error {
	<-b.release
	return b.Registers.Tx(address, w, r)
}

// A system call that does not return holds up its own bus; the others go on, and it heals.
func TestHungBusCostsOnlyItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hung := &hungBus{release: make(chan struct{})}
		hung.Chip(0x48).Set(1, 5)
		var well driverstest.Registers
		well.Chip(0x48)
		var db record.Database
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 3)
		add := func(name string, open func() (periph.BusCloser, error)) *record.Record {
			d, err := i2c.New(i2c.Options{OpenBus: open, Devices: []i2c.Device{{Address: 0x48, Map: oneRegister}}})
			if err != nil {
				t.Fatal(err)
			}
			port := device.NewPort(d, device.Config{Name: name, Log: slog.New(slog.DiscardHandler)})
			r, err := port.Add(&db, record.Spec{Name: name, Type: record.AI, Scan: record.Every(100 * time.Millisecond)}, d.Channel(0, 0), device.Options{})
			if err != nil {
				t.Fatal(err)
			}
			go func() { ended <- port.Run(ctx) }() // until cancel
			return r
		}
		a := add("HUNG", func() (periph.BusCloser, error) {
			_, err := hung.Open() // after Close
			return hung, err
		})
		b := add("WELL", well.Open)
		go func() { ended <- db.Run(ctx) }() // until cancel
		for i := range byte(30) {
			well.Chip(0x48).Set(1, i)
			time.Sleep(time.Second)
			if s, _ := b.Value().Get(); s.Value.Float64() != float64(i) || s.Alarm.Severity != pv.NoAlarm {
				t.Errorf("after %ds the other bus has %v with %v", i, s.Value, s.Alarm)
			}
		}
		if s, _ := a.Value().Get(); s.Alarm.Severity != pv.InvalidAlarm || s.Alarm.Status != pv.StatusComm {
			t.Errorf("the hung bus has %v", s.Alarm)
		}
		close(hung.release)
		time.Sleep(20 * time.Second)
		if s, _ := a.Value().Get(); s.Value.Float64() != 5 || s.Alarm.Severity != pv.NoAlarm {
			t.Errorf("released, it has %v with %v", s.Value, s.Alarm)
		}
		cancel()
		for range cap(ended) {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
}
