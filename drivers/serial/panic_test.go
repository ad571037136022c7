package serial_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// brokenConn is a connection with a mistake.
type brokenConn struct{ serial.Conn }

func (brokenConn) Read([]byte) (int, error) { panic("boom") }

// A panic of the goroutine that reads a port makes its PVs INVALID, is logged with its
// stack, and heals as a lost connection does.
func TestPanicHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := driverstest.NewScript(t, driverstest.Step{Expect: "VOLT?\n", Reply: "12\n"})
		dials := 0
		p := newPort(t, serial.Options{Devices: []serial.Device{psu}, Transport: serial.DialFunc(func(ctx context.Context) (serial.Conn, error) {
			if dials++; dials == 1 {
				near, _ := net.Pipe()
				return brokenConn{near}, nil
			}
			return script.Dial(ctx)
		})})
		var log bytes.Buffer
		port := device.NewPort(p, device.Config{Name: "PS", Log: slog.New(slog.NewTextHandler(&log, nil))})
		var db record.Database
		volt, err := port.Add(&db, record.Spec{Name: "VOLT", Type: record.AI}, p.Channel("PS", "VOLT"), device.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = port.Run(ctx) }) // until stop
		synctest.Wait()
		if s, _ := volt.Value().Get(); s.Alarm != (pv.Alarm{Status: pv.StatusComm, Severity: pv.InvalidAlarm}) {
			t.Errorf("after the panic: %v", s.Alarm)
		}
		time.Sleep(5 * time.Second)
		if s, _ := volt.Value().Get(); s.Alarm != (pv.Alarm{}) || s.Value.Float64() != 12 {
			t.Errorf("later: %v, %v", s.Value, s.Alarm)
		}
		stop()
		running.Wait()
		for _, want := range []string{`connection lost: panic in reader: boom" stack=`, "brokenConn", "level=INFO msg=connected"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, &log)
			}
		}
	})
}
