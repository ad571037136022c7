//go:build hil

package hil_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/hil/control"
)

// bootWait is how long the board may take until the guest is ready: some ten seconds on
// a machine that does nothing else.
const bootWait = 2 * time.Minute

// memorySize is the EEPROM's in bytes, of which the first 256 have addresses: QEMU keeps no file of
// less than a sector.
const memorySize = 512

// machine is the running board and the ways to it.
type machine struct {
	*control.Board
	qemu   *qmp
	pvs    *client.Context
	trace  string        // QEMU's log of what the serial adapter was set to
	memory string        // the content of the EEPROM
	serial string        // Unix socket: the other end of the serial line
	ended  chan struct{} // QEMU has ended, with
	code   error
	port   int // of Channel Access, inside and outside

	mu      sync.Mutex
	console bytes.Buffer
}

// boot starts the board and waits for the guest. The board ends with the test.
func boot(t *testing.T, img image) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{
		trace: filepath.Join(dir, "trace.log"), memory: filepath.Join(dir, "eeprom"), serial: filepath.Join(dir, "serial"),
		ended: make(chan struct{}), port: freePort(t),
	}
	controlPort := freePort(t)
	monitor := filepath.Join(dir, "qmp")
	if err := os.WriteFile(m.memory, make([]byte, memorySize), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("qemu-system-aarch64", "-M", "raspi3b", "-display", "none", "-no-reboot",
		"-kernel", img.kernel, "-initrd", img.initrd, "-dtb", img.tree,
		"-append", fmt.Sprintf("console=ttyAMA0,115200 panic=-1 loglevel=4 hil.clock=%d hil.control=%d", time.Now().Unix(), controlPort),
		"-serial", "stdio",
		"-qmp", "unix:"+monitor+",server=on,wait=off",
		"-netdev", fmt.Sprintf("user,id=net,hostfwd=tcp:127.0.0.1:%[1]d-:%[1]d,hostfwd=udp:127.0.0.1:%[1]d-:%[1]d,hostfwd=tcp:127.0.0.1:%[2]d-:%[2]d", m.port, controlPort),
		"-device", "usb-net,netdev=net",
		"-chardev", "socket,id=instrument,path="+m.serial+",server=on,wait=off",
		"-device", "usb-serial,chardev=instrument,always-plugged=on",
		// The sensor is behind a multiplexer, so that it can be cut off: i2c.0 is its first branch.
		"-device", fmt.Sprintf("pca9548,bus=i2c-bus.1,address=%d", multiplexer),
		"-device", "tmp105,id=sensor,bus=i2c.0,address=0x48",
		"-device", "w25q80bl,bus=spi",
		"-drive", "if=none,id=memory,format=raw,file="+m.memory,
		"-device", fmt.Sprintf("at24c-eeprom,bus=i2c-bus.1,address=0x50,rom-size=%d,address-size=1,drive=memory", memorySize),
		"-trace", "usb_serial_set_*", "-D", m.trace)
	output, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	go func() { // until QEMU ends
		m.record(output, ready)
		m.code = c.Wait()
		close(m.ended)
	}()
	t.Cleanup(func() {
		c.Process.Kill()
		<-m.ended
		if t.Failed() {
			t.Logf("console:\n%s", m.said())
		}
	})
	begin := time.Now()
	select {
	case <-ready:
		t.Logf("booted in %v", time.Since(begin).Round(100*time.Millisecond))
	case <-m.ended:
		t.Fatalf("QEMU has ended: %v", m.code)
	case <-time.After(bootWait):
		t.Fatalf("not ready in %v", bootWait)
	}
	if m.qemu, err = dialQMP(monitor); err != nil {
		t.Fatal(err)
	}
	if m.Board, err = control.Dial(fmt.Sprintf("127.0.0.1:%d", controlPort)); err != nil {
		t.Fatal(err)
	}
	m.pvs = &client.Context{Config: client.Config{
		Addresses: []string{fmt.Sprintf("127.0.0.1:%d", m.port)}, OnlyAddresses: true,
		MaxSearchPeriod: time.Second, Log: slog.New(slog.DiscardHandler),
	}}
	t.Cleanup(func() {
		m.pvs.Close()
		m.Board.Close()
		m.qemu.conn.Close()
	})
	return m
}

// record keeps what the console says, and closes ready when the guest is.
func (m *machine) record(console interface{ Read([]byte) (int, error) }, ready chan struct{}) {
	for lines := bufio.NewScanner(console); lines.Scan(); {
		line := strings.TrimRight(lines.Text(), "\r")
		m.mu.Lock()
		m.console.WriteString(line + "\n")
		m.mu.Unlock()
		if line == "guest: ready" {
			close(ready)
		}
	}
}

func (m *machine) said() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.console.String()
}

// serve starts rpi-ioc.
func (m *machine) serve(t *testing.T) {
	t.Helper()
	err := m.Start(control.Program{
		Args: []string{"/bin/rpi-ioc", "run", "/bench.yaml"},
		Env:  []string{fmt.Sprintf("EPICS_CAS_SERVER_PORT=%d", m.port)},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// poll calls check until it says that all is well, and fails with what it says last.
func poll(t *testing.T, what string, check func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// traced is what QEMU has logged so far.
func (m *machine) traced(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(m.trace)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
