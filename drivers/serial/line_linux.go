package serial

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tty are the calls on a tty that the serial library does not have.
type tty interface {
	settings() (*unix.Termios, error)
	set(*unix.Termios) error
	rs485(*rs485) error
	lock() error
	close() error
}

// tuner sets what the serial library cannot, and holds the port for us alone. Settings
// belong to the tty, not to a descriptor, so that a second one serves.
type tuner struct{ tty }

// descriptor is an open tty.
type descriptor int

// settings has no speed where the kernel, or what plays one, knows only the older call.
func (fd descriptor) settings() (*unix.Termios, error) {
	t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS2)
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.ENOSYS) {
		t, err = unix.IoctlGetTermios(int(fd), unix.TCGETS)
	}
	return t, err
}

func (fd descriptor) set(t *unix.Termios) error {
	err := unix.IoctlSetTermios(int(fd), unix.TCSETS2, t)
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.ENOSYS) {
		err = unix.IoctlSetTermios(int(fd), unix.TCSETS, t)
	}
	return err
}

func (fd descriptor) rs485(r *rs485) error {
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCSRS485, uintptr(unsafe.Pointer(r))); e != 0 {
		return e
	}
	return nil
}

func (fd descriptor) lock() error { return unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB) }

func (fd descriptor) close() error { return unix.Close(int(fd)) }

// tuneLine opens path and locks it. The library's own claim (TIOCEXCL) does not keep root
// out; the lock does, if the other program asks for it too.
func tuneLine(path string, _ Line) (tuner, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return tuner{}, err
	}
	t := tuner{descriptor(fd)}
	if err := t.lock(); errors.Is(err, unix.EWOULDBLOCK) {
		t.close()
		return tuner{}, unix.EBUSY
	}
	return t, nil
}

func (t tuner) close() { _ = t.tty.close() }

// rs485 is struct serial_rs485 of linux/serial.h.
type rs485 struct {
	flags                              uint32
	delayRTSBeforeSend, delayAfterSend uint32 // milliseconds
	_                                  [5]uint32
}

const (
	rs485Enabled      = 1 << 0
	rs485RTSOnSend    = 1 << 1
	rs485RTSAfterSend = 1 << 2
)

// apply is called once the library has set up the port. Some UARTs take a rate they
// cannot make and say nothing, so the rate is read back.
func (t tuner) apply(l Line, baud int) error {
	tio, err := t.settings()
	if err != nil {
		return fmt.Errorf("reading the line's settings: %w", err)
	}
	if got, want := int64(tio.Ospeed), int64(baud); got > 0 && !closeTo(got, want) {
		return fmt.Errorf("the port runs at %d baud, it cannot do %d", got, baud)
	}
	if l.Flow != FlowNone {
		if l.Flow == FlowRTSCTS {
			tio.Cflag |= unix.CRTSCTS
		} else {
			tio.Iflag |= unix.IXON | unix.IXOFF
			tio.Cc[unix.VSTART], tio.Cc[unix.VSTOP] = 0x11, 0x13
		}
		if err := t.set(tio); err != nil {
			return fmt.Errorf("flow control: %w", err)
		}
	}
	if l.RS485 == nil {
		return nil
	}
	r := rs485{
		flags:              rs485Enabled | rs485RTSOnSend,
		delayRTSBeforeSend: uint32(l.RS485.DelayBefore.Milliseconds()),
		delayAfterSend:     uint32(l.RS485.DelayAfter.Milliseconds()),
	}
	if l.RS485.RTSLow {
		r.flags = rs485Enabled | rs485RTSAfterSend
	}
	if err := t.rs485(&r); err != nil {
		return fmt.Errorf("this port's driver has no RS-485 mode (%w); leave out rs485 if the adapter switches by itself", err)
	}
	return nil
}

func isBusy(err error) bool { return errors.Is(err, unix.EBUSY) }

// userOf names who has the port open, as far as we may know.
func userOf(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	users, _ := filepath.Glob("/proc/[0-9]*/fd/*") // an error is one of the pattern
	for _, fd := range users {
		if to, err := os.Readlink(fd); err != nil || to != path {
			continue
		}
		process := filepath.Dir(filepath.Dir(fd))
		id := filepath.Base(process)
		if id == strconv.Itoa(os.Getpid()) {
			return "this very program"
		}
		return fmt.Sprintf("%s (process %s)", attribute(process, "comm"), id)
	}
	return "another program"
}

// isUnplugged: what the kernel says of a device file whose device has gone.
func isUnplugged(err error) bool {
	return errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EIO)
}

// findUSB looks the adapter up in sysfs. The library's enumerator is not used on
// Linux because it opens each ttyS port to probe it, which for root sets back the
// rate of ports that are in use.
func findUSB(u USB) (string, error) { return findUSBIn("/sys/class/tty", u) }

func findUSBIn(class string, u USB) (string, error) {
	ttys, err := filepath.Glob(filepath.Join(class, "tty*", "device"))
	if err != nil {
		return "", err
	}
	var found, others []string
	for _, device := range ttys {
		name := filepath.Base(filepath.Dir(device))
		dir, err := filepath.EvalSymlinks(device)
		if err != nil {
			continue
		}
		// …/1-1 (the device) /1-1:1.0 (interface) /ttyUSB0
		for range 3 {
			if has, ok := usbAt(dir); ok {
				if u.matches(has) {
					found = append(found, "/dev/"+name)
				} else {
					others = append(others, "/dev/"+name+" is "+has.String())
				}
				break
			}
			dir = filepath.Dir(dir)
		}
	}
	return oneOf(u, found, others)
}

func usbAt(dir string) (u USB, ok bool) {
	vid, err1 := strconv.ParseUint(attribute(dir, "idVendor"), 16, 16)
	pid, err2 := strconv.ParseUint(attribute(dir, "idProduct"), 16, 16)
	return USB{uint16(vid), uint16(pid), attribute(dir, "serial")}, err1 == nil && err2 == nil
}

func attribute(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
