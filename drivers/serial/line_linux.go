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

// tuner sets what the serial library cannot. Settings belong to the tty, not to a
// descriptor, so that a second one serves.
type tuner struct{ fd int }

func tuneLine(path string, _ Line) (tuner, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	return tuner{fd}, err
}

func (t tuner) close() { _ = unix.Close(t.fd) }

// rs485 is struct serial_rs485 of linux/serial.h.
type rs485 struct {
	flags                              uint32
	delayRTSBeforeSend, delayAfterSend uint32 // milliseconds
	_                                  [5]uint32
}

const (
	rs485Enabled   = 1 << 0
	rs485RTSOnSend = 1 << 1
)

// apply is called once the library has set up the port. Some UARTs take a rate they
// cannot make and say nothing, so the rate is read back.
func (t tuner) apply(l Line, baud int) error {
	tio, err := unix.IoctlGetTermios(t.fd, unix.TCGETS2)
	if err != nil {
		return fmt.Errorf("reading the line's settings: %w", err)
	}
	if got, want := int64(tio.Ospeed), int64(baud); got > 0 && (got < want*97/100 || got > want*103/100) {
		return fmt.Errorf("the port runs at %d baud, it cannot do %d", got, baud)
	}
	if l.RTSCTS {
		tio.Cflag |= unix.CRTSCTS
		if err := unix.IoctlSetTermios(t.fd, unix.TCSETS2, tio); err != nil {
			return fmt.Errorf("hardware flow control: %w", err)
		}
	}
	if l.RS485 {
		r := rs485{flags: rs485Enabled | rs485RTSOnSend}
		if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(t.fd), unix.TIOCSRS485, uintptr(unsafe.Pointer(&r))); e != 0 {
			return fmt.Errorf("this port's driver has no RS-485 mode (%w); leave out rs485 if the adapter switches by itself", e)
		}
	}
	return nil
}

func isBusy(err error) bool { return errors.Is(err, unix.EBUSY) }

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
