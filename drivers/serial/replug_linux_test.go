package serial_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// answer plays an instrument until the adapter is unplugged.
func (a *adapter) answer(t *testing.T, text string) {
	t.Helper()
	// The terminal is to be hung up at once when it is closed, though somebody reads it.
	fd, err := unix.FcntlInt(a.master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err := errors.Join(err, unix.SetNonblock(fd, true), a.master.Close()); err != nil {
		t.Fatal(err)
	}
	master := os.NewFile(uintptr(fd), "master")
	a.master = master
	t.Cleanup(func() { master.Close() })
	slave, err := os.OpenFile(a.link, os.O_RDWR, 0) // until somebody has it open there is nothing to read from
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	// ends when the master is closed
	go func() {
		for r := bufio.NewReader(master); ; {
			if _, err := r.ReadString('\n'); err != nil {
				return
			}
			if _, err := io.WriteString(master, text+"\n"); err != nil {
				return
			}
		}
	}()
}

// events are the samples of a record.
type events chan pv.Sample

func (e events) Post(s *pv.Sample, _ pv.Mask) { e <- *s }

// An adapter is pulled out and comes back as another terminal, ten times: its PVs are
// INVALID meanwhile, CONNECTED says so, the init sequence is sent anew, and nobody has to
// do anything. RetryMin is so long that only being plugged in can bring it back in time.
func TestUnplugReplugAsAnotherPort(t *testing.T) {
	a := newAdapter(t)
	a.answer(t, "0")
	p := newPort(t, serial.Options{Transport: serial.Line{Path: a.link}, Devices: []serial.Device{psu}})
	port := device.NewPort(p, device.Config{Name: "PS", RetryMin: 20 * time.Millisecond, RetryMax: time.Hour, Log: slog.New(slog.DiscardHandler)})
	var db record.Database
	volt, err := port.Add(&db, record.Spec{Name: "VOLT", Type: record.AO}, p.Channel("PS", "VOLT"), device.Options{})
	if err != nil {
		t.Fatal(err)
	}
	spec := device.UnitSpecs()[0]
	about := spec.Name
	spec.Name = "PS:" + about
	connected, err := port.AddStatus(&db, spec, about, "")
	if err != nil {
		t.Fatal(err)
	}
	seen, values := make(events, 1000), make(events, 1000)
	connected.Value().Subscribe(pv.EventValue, seen)
	volt.Value().Subscribe(pv.EventValue|pv.EventAlarm, values)
	await := func(what string, from events, ok func(pv.Sample) bool) {
		t.Helper()
		late := time.After(20 * time.Second)
		for {
			select {
			case s := <-from:
				if ok(s) {
					return
				}
			case <-late:
				t.Fatalf("%s: not seen; status %+v", what, port.Status())
			}
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- port.Run(ctx) }() // until stop
	up := func(s pv.Sample) bool { return s.Value.Int64() == 1 }
	down := func(s pv.Sample) bool { return s.Value.Int64() == 0 }
	await("connected", seen, up)
	for i := range 10 {
		await("value", values, func(s pv.Sample) bool { return s.Alarm.Severity == pv.NoAlarm && s.Value.Float64() == float64(i) })
		a.unplug(t)
		await("unplugged", seen, down)
		await("INVALID", values, func(s pv.Sample) bool { return s.Alarm.Status == pv.StatusComm })
		a.plug(t)
		a.answer(t, fmt.Sprint(i+1))
		await("plugged in", seen, up)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
