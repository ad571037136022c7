package config

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/pv"
)

// an instrument that may take its time is waited for as long as its timeout says: the
// port must not count as stuck before.
func TestSlowInstrument(t *testing.T) {
	m, err := Parse("f", []byte(`
devices:
  D: {port: {tcp: "a:1", delay: 3s}, timeout: 20s, pvs: {A: {read: "A?", reply: "%f", scan: once}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var answering sync.WaitGroup
		m.ports[0].options.Transport = serial.DialFunc(func(context.Context) (serial.Conn, error) {
			near, far := net.Pipe()
			answering.Go(func() { // until near is closed
				for in := bufio.NewScanner(far); in.Scan(); {
					time.Sleep(15 * time.Second)
					fmt.Fprintln(far, 7)
				}
			})
			return near, nil
		})
		var log syncedLog
		i, err := m.Build(Options{Log: log.logger()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := i.Ports()[0].Run(ctx); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := fieldText(t, i, "D:A"); got != "7" {
			t.Errorf("value %s:\n%s", got, log.String())
		}
		if n := i.Ports()[0].Status().Opened; n != 1 {
			t.Errorf("opened %d times:\n%s", n, log.String())
		}
		cancel()
		running.Wait()
		answering.Wait()
	})
}

// a number that a machine word of 32 bits cannot hold is no other number there.
func TestWideNumber(t *testing.T) {
	file := `devices: {D: {port: {serial: /dev/x, baud: 4294976896}, pvs: {A: {read: "A?", reply: "%f"}}}}`
	if got := parse(t, file); !strings.HasPrefix(got, "1:44: baud: 4294976896") {
		t.Errorf("got %q", got)
	}
}

// a command without a value can be a bo, as a stop button is. It is not undefined before
// it was pressed: it has no state that could be unknown.
func TestCommandAsBo(t *testing.T) {
	m, err := Parse("f", []byte(`
devices:
  D: {port: {tcp: "a:1"}, pvs: {STOP: {write: "ST", record: bo, urgent: yes}, GO: {write: "GO"}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"bo", "ao"} {
		if got := m.PVs[i].Type.String(); got != want {
			t.Errorf("%s is a %s, want %s", m.PVs[i].Name, got, want)
		}
		if initial := m.PVs[i].spec.Initial; initial.Kind() == pv.Invalid || initial.Float64() != 0 {
			t.Errorf("%s begins with %v", m.PVs[i].Name, initial)
		}
	}
}
