//go:build linux || darwin

package serial_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/pv"
)

// adapter is a pseudo terminal that plays a USB serial adapter with an instrument:
// its device file stands under a name that stays.
type adapter struct {
	link   string
	master *os.File
}

// plug makes the adapter appear.
func (a *adapter) plug(t *testing.T) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatalf("no pseudo terminals here: %v", err)
	}
	name := slave.Name()
	if err := errors.Join(slave.Close(), os.Symlink(name, a.link)); err != nil {
		t.Fatal(err)
	}
	a.master = master
	t.Cleanup(func() { master.Close() })
}

// unplug makes the adapter vanish.
func (a *adapter) unplug(t *testing.T) {
	t.Helper()
	if err := errors.Join(os.Remove(a.link), a.master.Close()); err != nil {
		t.Error(err)
	}
}

func newAdapter(t *testing.T) *adapter {
	t.Helper()
	a := &adapter{link: filepath.Join(t.TempDir(), "ttyUSB0")}
	a.plug(t)
	return a
}

func TestTerminal(t *testing.T) {
	a := newAdapter(t)
	script := driverstest.NewScript(t, []driverstest.Step{
		{Expect: "VOLT 12.500\n"},
		{Expect: "VOLT?\n", Reply: "12.5\r\n"},
	}...)
	// A slave that nobody has open cannot be read from the master on all systems: the
	// script begins when the port is open.
	p := newPort(t, serial.Options{Transport: serial.Line{Path: a.link, Baud: 19200}, Devices: []serial.Device{psu}})
	run(t, p)
	// ends when the master is closed
	go script.Play(a.master)
	if err := write(t, p, "PS", "VOLT", pv.Float64Value(12.5)); err != nil {
		t.Error(err)
	}
	v, err := read(t, p, "PS", "VOLT")
	wantValue(t, v, err, pv.Float64Value(12.5))
}

// TestReplug: an adapter is pulled out while a question is open and while none is,
// and comes back as another device under the same name.
func TestReplug(t *testing.T) {
	a := newAdapter(t)
	d := psu
	d.Timeout = time.Minute // so that only the loss can end the question
	p := newPort(t, serial.Options{Transport: serial.Line{Path: a.link}, Devices: []serial.Device{d}})
	for round := range 3 {
		if err := p.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		ran := make(chan error, 1)
		// ends when the adapter is unplugged
		go func() { ran <- p.Run(t.Context()) }()
		if round == 0 {
			master := a.master
			answered := make(chan struct{})
			go func() {
				defer close(answered)
				_, _ = bufio.NewReader(master).ReadString('\n')
				_, _ = io.WriteString(master, "1.5\n")
			}()
			v, err := read(t, p, "PS", "VOLT")
			wantValue(t, v, err, pv.Float64Value(1.5))
			<-answered
			a.unplug(t)
		} else {
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				_, _ = bufio.NewReader(a.master).ReadString('\n')
				a.unplug(t)
			}()
			_, err := read(t, p, "PS", "VOLT")
			wantFault(t, err, pv.StatusComm, true, "connection lost")
			<-gone
		}
		wantFault(t, <-ran, pv.StatusComm, true, "connection lost")
		if err := p.Close(); err != nil {
			t.Errorf("Close after unplug: %v", err)
		}
		if err := p.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), a.link) {
			t.Errorf("Open while unplugged: %v, want absent", err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("Close after a failed Open: %v", err)
		}
		a.plug(t)
	}
}

// TestStuckWriteHangsNobody: the far end reads nothing, so that a long command fills the
// terminal. Neither the worker nor Close hang, and the port can be opened again.
func TestStuckWriteHangsNobody(t *testing.T) {
	a := newAdapter(t)
	d := serial.Device{Name: "D", Channels: []serial.Channel{{Name: "TEXT", Write: "%s"}}}
	p := newPort(t, serial.Options{
		Transport: serial.Line{Path: a.link}, WriteTimeout: 50 * time.Millisecond,
		Devices: []serial.Device{d},
	})
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := write(t, p, "D", "TEXT", pv.StringValue(strings.Repeat("x", 1<<20)))
	wantFault(t, err, pv.StatusWrite, true, "did not take the command")
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The beginning of the long command may still be in the terminal.
	found := make(chan bool, 1)
	go func() {
		r := bufio.NewReader(a.master)
		for {
			line, err := r.ReadString('\n')
			if err != nil || strings.HasSuffix(line, "hello\n") {
				found <- err == nil
				return
			}
		}
	}()
	if err := write(t, p, "D", "TEXT", pv.StringValue("hello")); err != nil {
		t.Error(err)
	}
	if !<-found {
		t.Error("the terminal was closed, expected a command")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenErrors(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		line   serial.Line
		absent bool
		want   string
	}{
		{serial.Line{Path: "/dev/no-such-port"}, true, "/dev/no-such-port: no such port"},
		{serial.Line{Path: plain}, false, plain},
		{serial.Line{Path: plain, Bits: 9}, false, "5 to 8 bits"},
		{serial.Line{Path: plain, Stop: 3}, false, "1, 1.5 or 2"},
	} {
		conn, err := c.line.Dial(t.Context())
		if err == nil {
			conn.Close()
		}
		if err == nil || errors.Is(err, drivers.ErrAbsent) != c.absent || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q, absent %t", c.line, err, c.want, c.absent)
		}
	}
}
