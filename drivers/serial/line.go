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
	Flow   Flow    // (Linux)
	RS485  *RS485  // the kernel drives the transmitter (Linux)

	// DTR and RTS are the lines' levels once the port is open, nil for as the
	// system has them. Opening pulses them, which resets many Arduinos: give
	// Settle as long as they take to start.
	DTR, RTS *bool
	Break    time.Duration // a break of that length is sent after opening, if not 0
	Settle   time.Duration // wait after opening; what comes meanwhile is dropped

	find func(USB) (string, error) // nil: findUSB
}

// Flow is how the ends of a line tell each other to wait.
type Flow uint8

// The kinds of flow control.
const (
	FlowNone Flow = iota
	FlowRTSCTS
	FlowXonXoff
)

// RS485 is how the kernel drives the transmitter of a half-duplex line through RTS. The
// zero value has RTS high while sending, and no delays.
type RS485 struct {
	RTSLow                  bool          // RTS is low while sending
	DelayBefore, DelayAfter time.Duration // between RTS and the bytes; whole milliseconds
}

// maxRS485Delay is what Linux allows (RS485_MAX_RTS_DELAY).
const maxRS485Delay = 100 * time.Millisecond

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
	if l.Flow > FlowXonXoff {
		return nil, fmt.Errorf("%s: unknown flow control %d", l, l.Flow)
	}
	if r := l.RS485; r != nil && (r.DelayBefore < 0 || r.DelayBefore > maxRS485Delay || r.DelayAfter < 0 || r.DelayAfter > maxRS485Delay) {
		return nil, fmt.Errorf("%s: RS-485 delays %v and %v: expected 0 to %v", l, r.DelayBefore, r.DelayAfter, maxRS485Delay)
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
		find := l.find
		if find == nil {
			find = findUSB
		}
		if path, err = find(*l.USB); err != nil {
			return nil, err
		}
	}
	// A second descriptor, for what the serial library does not set, and to hold the
	// port. It must be opened first: the library claims the port for itself.
	t, err := tuneLine(path, l)
	if err != nil {
		return nil, openError(path, err)
	}
	port, err := bugst.Open(path, mode)
	if err != nil {
		t.close()
		return nil, openError(path, err)
	}
	c := &lineConn{port: port, mode: mode, tuner: t, idle: make(chan struct{}, 1)}
	if err := errors.Join(t.apply(l, mode.BaudRate), c.setLevels(l.DTR, l.RTS)); err != nil {
		c.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if l.Break > 0 {
		if err := port.Break(l.Break); err != nil {
			c.Close()
			return nil, fmt.Errorf("%s: break: %w", path, err)
		}
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

// closeTo reports whether a rate is near enough to the one that was wanted.
func closeTo(got, want int64) bool { return got >= want*97/100 && got <= want*103/100 }

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
		return drivers.Denied(path, "dialout", err)
	case isBusy(err), code == bugst.PortBusy:
		return fmt.Errorf("%s: in use by %s", path, userOf(path))
	case code == bugst.InvalidSerialPort:
		return fmt.Errorf("%s: not a serial port: %w", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
