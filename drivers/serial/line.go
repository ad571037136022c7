package serial

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	bugst "go.bug.st/serial"

	"github.com/ioclet/ioclet/drivers"
)

// Parity is the parity bit of a serial line.
type Parity uint8

// The parities.
const (
	ParityNone Parity = iota
	ParityOdd
	ParityEven
	ParityMark
	ParitySpace
)

var parities = [...]bugst.Parity{bugst.NoParity, bugst.OddParity, bugst.EvenParity, bugst.MarkParity, bugst.SpaceParity}

// USB picks a serial adapter by what it says of itself, wherever it is plugged in.
// Fields that are zero match anything.
type USB struct {
	VID, PID uint16
	Serial   string
}

func (u USB) String() string {
	s := fmt.Sprintf("usb %04x:%04x", u.VID, u.PID)
	if u.Serial != "" {
		s += " serial " + u.Serial
	}
	return s
}

// Line is a serial port of this machine. The zero values of its settings are
// 9600 baud, 8 bits, no parity, 1 stop bit, no flow control.
type Line struct {
	Path   string  // /dev/ttyUSB0, /dev/serial/by-id/…, COM3
	USB    *USB    // instead of Path: looked up at each Dial
	Baud   int     // bits per second
	Bits   int     // 5 to 8
	Parity Parity  //
	Stop   float64 // 1, 1.5 (Windows and macOS) or 2
	RTSCTS bool    // hardware flow control (Linux)
	RS485  bool    // the kernel drives the transmitter through RTS (Linux)

	// DTR and RTS are the lines' levels once the port is open, nil for as the
	// system has them. Opening pulses them, which resets many Arduinos: give
	// Settle as long as they take to start.
	DTR, RTS *bool
	Settle   time.Duration // wait after opening; what comes meanwhile is dropped
}

func (l Line) String() string {
	if l.USB != nil {
		return l.USB.String()
	}
	return l.Path
}

func (l Line) mode() (*bugst.Mode, error) {
	m := &bugst.Mode{BaudRate: l.Baud, DataBits: l.Bits}
	if m.BaudRate == 0 {
		m.BaudRate = 9600
	}
	if m.DataBits == 0 {
		m.DataBits = 8
	}
	if m.BaudRate < 0 || m.DataBits < 5 || m.DataBits > 8 {
		return nil, fmt.Errorf("%s: %d baud and %d bits: expected a positive rate and 5 to 8 bits", l, m.BaudRate, m.DataBits)
	}
	if int(l.Parity) >= len(parities) {
		return nil, fmt.Errorf("%s: unknown parity %d", l, l.Parity)
	}
	m.Parity = parities[l.Parity]
	switch l.Stop {
	case 0, 1:
		m.StopBits = bugst.OneStopBit
	case 1.5:
		m.StopBits = bugst.OnePointFiveStopBits
	case 2:
		m.StopBits = bugst.TwoStopBits
	default:
		return nil, fmt.Errorf("%s: %g stop bits: expected 1, 1.5 or 2", l, l.Stop)
	}
	return m, nil
}

// Dial opens the port for itself alone, and waits for Settle.
func (l Line) Dial(ctx context.Context) (Conn, error) {
	mode, err := l.mode()
	if err != nil {
		return nil, err
	}
	path := l.Path
	if l.USB != nil {
		if path, err = findUSB(*l.USB); err != nil {
			return nil, err
		}
	}
	// A second descriptor, for what the serial library does not set. It must be
	// opened first: the library claims the port for itself.
	t, err := tuneLine(path, l)
	if err != nil {
		return nil, openError(path, err)
	}
	defer t.close()
	port, err := bugst.Open(path, mode)
	if err != nil {
		return nil, openError(path, err)
	}
	c := &lineConn{port: port, mode: mode, idle: make(chan struct{}, 1)}
	if err := errors.Join(t.apply(l, mode.BaudRate), c.setLevels(l.DTR, l.RTS)); err != nil {
		c.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if l.Settle > 0 {
		select {
		case <-time.After(l.Settle):
		case <-ctx.Done():
			c.Close()
			return nil, ctx.Err()
		}
	}
	if err := port.ResetInputBuffer(); err != nil {
		c.Close()
		return nil, openError(path, err)
	}
	return c, nil
}

// openError is err with the subject, the remedy, and ErrAbsent where it applies.
func openError(path string, err error) error {
	var pe *bugst.PortError
	code := bugst.PortErrorCode(-1)
	if errors.As(err, &pe) {
		code = pe.Code()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), isUnplugged(err), code == bugst.PortNotFound:
		return fmt.Errorf("%s: no such port (%w): is the adapter plugged in?", path, drivers.ErrAbsent)
	case errors.Is(err, fs.ErrPermission), code == bugst.PermissionDenied:
		return fmt.Errorf("%s: permission denied: add user to group dialout (sudo usermod -aG dialout $USER, then log in again)", path)
	case isBusy(err), code == bugst.PortBusy:
		return fmt.Errorf("%s: in use by another program", path)
	case code == bugst.InvalidSerialPort:
		return fmt.Errorf("%s: not a serial port: %w", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
