package serial

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	bugst "go.bug.st/serial"
	"golang.org/x/sys/unix"

	"github.com/ioclet/ioclet/drivers"
)

// sysfs makes a /sys/class/tty with two adapters of one kind, a modem and a UART.
func sysfs(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	class := filepath.Join(root, "class", "tty")
	add := func(name, bus, below string, attributes map[string]string) {
		device := filepath.Join(root, "devices", bus, below)
		if err := errors.Join(
			os.MkdirAll(device, 0o755),
			os.MkdirAll(filepath.Join(class, name), 0o755),
			os.Symlink(device, filepath.Join(class, name, "device")),
		); err != nil {
			t.Fatal(err)
		}
		for k, v := range attributes {
			if err := os.WriteFile(filepath.Join(root, "devices", bus, k), []byte(v+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	add("ttyUSB0", "usb1/1-1", "1-1:1.0/ttyUSB0", map[string]string{"idVendor": "0403", "idProduct": "6001", "serial": "A1"})
	add("ttyUSB3", "usb1/1-2", "1-2:1.0/ttyUSB3", map[string]string{"idVendor": "0403", "idProduct": "6001", "serial": "A2"})
	add("ttyACM0", "usb1/1-3", "1-3:1.0", map[string]string{"idVendor": "2341", "idProduct": "0043"})
	add("ttyS0", "platform/serial8250", "ttyS0", nil)
	return class
}

func TestFindUSB(t *testing.T) {
	class := sysfs(t)
	for _, c := range []struct {
		usb    USB
		want   string
		absent bool
		text   string
	}{
		{USB{0x0403, 0x6001, "A2"}, "/dev/ttyUSB3", false, ""},
		{USB{Serial: "A1"}, "/dev/ttyUSB0", false, ""},
		{USB{VID: 0x2341}, "/dev/ttyACM0", false, ""},
		{USB{0x0403, 0x6001, ""}, "", false, "/dev/ttyUSB0 and /dev/ttyUSB3: say which"},
		{USB{0x0403, 0x6015, ""}, "", true, "usb 0403:6015: not plugged in (/dev/ttyACM0 is usb 2341:0043"},
	} {
		got, err := findUSBIn(class, c.usb)
		if got != c.want || (err == nil) != (c.text == "") || errors.Is(err, drivers.ErrAbsent) != c.absent {
			t.Errorf("%v: %q, %v; want %q, absent %t", c.usb, got, err, c.want, c.absent)
		}
		if err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%v: error %q, want %q", c.usb, err, c.text)
		}
	}
}

// TestFlowControl: what the library switches off is on again in the open port.
func TestFlowControl(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatalf("no pseudo terminals here: %v", err)
	}
	defer master.Close()
	defer slave.Close()
	conn, err := Line{Path: slave.Name(), RTSCTS: true, Baud: 38400}.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tio, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS2)
	if err != nil {
		t.Fatal(err)
	}
	if tio.Cflag&unix.CRTSCTS == 0 || tio.Ospeed != 38400 || tio.Lflag&unix.ECHO != 0 {
		t.Errorf("terminal has cflag %#x, lflag %#x, %d baud; want CRTSCTS, no ECHO, 38400", tio.Cflag, tio.Lflag, tio.Ospeed)
	}
	if _, err := (Line{Path: slave.Name(), RS485: true}).Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "RS-485") {
		t.Errorf("RS-485 on a pseudo terminal: %v, want an error that names it", err)
	}
}

func TestOpenError(t *testing.T) {
	for _, c := range []struct {
		err    error
		absent bool
		want   string
	}{
		{syscall.ENOENT, true, "plugged in"},
		{syscall.ENXIO, true, "plugged in"},
		{syscall.EACCES, false, "group dialout"},
		{syscall.EBUSY, false, "in use"},
		{&bugst.PortError{}, false, "in use"}, // its zero code is PortBusy
	} {
		err := openError("/dev/ttyS9", c.err)
		if errors.Is(err, drivers.ErrAbsent) != c.absent || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "/dev/ttyS9") {
			t.Errorf("%v becomes %q, want %q, absent %t", c.err, err, c.want, c.absent)
		}
	}
}

// TestManyFiles: the serial library panics if it has to wait for a descriptor beyond
// 1023; here that is an error.
func TestManyFiles(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatalf("no pseudo terminals here: %v", err)
	}
	defer master.Close()
	defer slave.Close()
	for range 1100 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatalf("cannot open enough files: %v", err)
		}
		defer f.Close()
	}
	conn, err := Line{Path: slave.Name()}.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n, err := conn.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "too many open files") {
		t.Errorf("Read: %d, %v; want an error about open files", n, err)
	}
}
