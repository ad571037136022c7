package serial

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

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
	conn, err := Line{Path: slave.Name(), Flow: FlowRTSCTS, Baud: 38400}.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tio, err := descriptor(slave.Fd()).settings()
	if err != nil {
		t.Fatal(err)
	}
	known := tio.Ospeed != 0 // not of the older call, which is all that QEMU knows
	if tio.Cflag&unix.CRTSCTS == 0 || known && tio.Ospeed != 38400 || tio.Lflag&unix.ECHO != 0 {
		t.Errorf("terminal has cflag %#x, lflag %#x, %d baud; want CRTSCTS, no ECHO, 38400", tio.Cflag, tio.Lflag, tio.Ospeed)
	}
	conn.Close()
	if _, err := (Line{Path: slave.Name(), RS485: &RS485{}}).Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "RS-485") {
		t.Errorf("RS-485 on a pseudo terminal: %v, want an error that names it", err)
	}
}

// recordedTTY is a tty that writes down what is asked of it.
type recordedTTY struct {
	now   unix.Termios
	calls []string
}

func (r *recordedTTY) settings() (*unix.Termios, error) { t := r.now; return &t, nil }

func (r *recordedTTY) set(t *unix.Termios) error {
	r.now = *t
	r.calls = append(r.calls, fmt.Sprintf("set crtscts %t ixon %t ixoff %t", t.Cflag&unix.CRTSCTS != 0, t.Iflag&unix.IXON != 0, t.Iflag&unix.IXOFF != 0))
	return nil
}

func (r *recordedTTY) rs485(s *rs485) error {
	r.calls = append(r.calls, fmt.Sprintf("rs485 flags %#x before %d after %d", s.flags, s.delayRTSBeforeSend, s.delayAfterSend))
	return nil
}

func (r *recordedTTY) lock() error  { return nil }
func (r *recordedTTY) close() error { return nil }

// TestLineSettings: what the library does not set, as the kernel is told it.
func TestLineSettings(t *testing.T) {
	for _, c := range []struct {
		line Line
		want string
	}{
		{Line{}, ""},
		{Line{Flow: FlowRTSCTS}, "set crtscts true ixon false ixoff false"},
		{Line{Flow: FlowXonXoff}, "set crtscts false ixon true ixoff true"},
		{Line{RS485: &RS485{}}, "rs485 flags 0x3 before 0 after 0"},
		{Line{RS485: &RS485{RTSLow: true, DelayBefore: 2 * time.Millisecond, DelayAfter: 3 * time.Millisecond}}, "rs485 flags 0x5 before 2 after 3"},
	} {
		r := &recordedTTY{now: unix.Termios{Ospeed: 9600}}
		if err := (tuner{r}).apply(c.line, 9600); err != nil {
			t.Error(err)
		}
		if got := strings.Join(r.calls, "; "); got != c.want {
			t.Errorf("%+v: %q, want %q", c.line, got, c.want)
		}
	}
}

// TestSilentlyOtherSpeed: an 8250 takes a rate that it cannot make, and runs at another.
func TestSilentlyOtherSpeed(t *testing.T) {
	r := &recordedTTY{now: unix.Termios{Ospeed: 115200}}
	if err := (tuner{r}).apply(Line{}, 250000); err == nil || !strings.Contains(err.Error(), "runs at 115200 baud, it cannot do 250000") {
		t.Errorf("%v, want an error with both rates", err)
	}
	for _, odd := range []uint32{249999, 0} { // that of a divisor; unknown
		r.now.Ospeed = odd
		if err := (tuner{r}).apply(Line{}, 250000); err != nil {
			t.Errorf("%d: %v", odd, err)
		}
	}
}

// TestTwoIOCsOnOnePort: the second is told who has it, root too.
func TestTwoIOCsOnOnePort(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatalf("no pseudo terminals here: %v", err)
	}
	defer master.Close()
	name := slave.Name()
	slave.Close()
	first, err := Line{Path: name}.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "other-name")
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	if _, err := (Line{Path: link}).Dial(t.Context()); err == nil || !strings.Contains(err.Error(), link+": in use by this very program") {
		t.Errorf("%v, want that it is in use, and by whom", err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	second, err := Line{Path: link}.Dial(t.Context())
	if err != nil {
		t.Fatalf("after the first has closed it: %v", err)
	}
	second.Close()
}

// TestReplugLeavesNothingOpen: an adapter that is known by what it says of itself is found
// again under another name, and no descriptor of the old one stays open, which would keep
// the kernel from giving the old name again.
func TestReplugLeavesNothingOpen(t *testing.T) {
	var master *os.File
	var name string
	plug := func() {
		m, slave, err := pty.Open()
		if err != nil {
			t.Fatalf("no pseudo terminals here: %v", err)
		}
		master, name = m, slave.Name()
		slave.Close()
	}
	usb := USB{VID: 0x0403, PID: 0x6001}
	line := Line{USB: &usb, find: func(u USB) (string, error) {
		if name == "" {
			return oneOf(u, nil, nil)
		}
		return name, nil
	}}
	p, err := New(Options{Transport: line, Log: slog.New(slog.DiscardHandler), Devices: []Device{{
		Name: "D", Timeout: time.Minute, Init: []string{"HELLO"}, Channels: []Channel{{Name: "A", Read: "A?", Reply: "%d"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for cycle := range 10 {
		plug()
		if err := p.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		heard := make(chan string, 1)
		// ends with the command that is not answered, when the adapter is pulled out
		go func() {
			r := bufio.NewReader(master)
			hello, _ := r.ReadString('\n')
			_, _ = r.ReadString('\n')
			_, _ = fmt.Fprintf(master, "%d\n", cycle)
			_, _ = r.ReadString('\n')
			master.Close()
			heard <- hello
		}()
		read := p.Channel("D", "A").(drivers.Reader).Read
		if v, err := read(t.Context()); err != nil || v.Int64() != int64(cycle) {
			t.Fatalf("cycle %d: %v, %v", cycle, v.Int64(), err)
		}
		if _, err := read(t.Context()); !drivers.IsLost(err) {
			t.Fatalf("cycle %d: pulled out: %v, want that it is lost", cycle, err)
		}
		if hello := <-heard; hello != "HELLO\n" {
			t.Errorf("cycle %d: the init sequence was %q", cycle, hello)
		}
		old := name
		name = ""
		if err := p.Close(); err != nil {
			t.Errorf("cycle %d: %v", cycle, err)
		}
		if user := userOf(old); user != "another program" {
			t.Errorf("cycle %d: %s is still open in %s", cycle, old, user)
		}
		if err := p.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) {
			t.Fatalf("cycle %d: open while unplugged: %v, want absent", cycle, err)
		}
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
