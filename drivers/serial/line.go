package serial

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"syscall"
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

// lineConn is an open serial port. The library writes to its descriptor without
// asking whether it is closed; lineConn never lets it write to a descriptor that may
// be another's by then.
type lineConn struct {
	port bugst.Port
	mode *bugst.Mode
	idle chan struct{} // told when a write ends

	mu      sync.Mutex
	closed  bool
	writing bool
}

var errPortClosed = errors.New("port closed")

func (c *lineConn) setLevels(dtr, rts *bool) error {
	var errs []error
	if dtr != nil {
		errs = append(errs, c.port.SetDTR(*dtr))
	}
	if rts != nil {
		errs = append(errs, c.port.SetRTS(*rts))
	}
	return errors.Join(errs...)
}

// Read returns at least one byte or an error. The library says both of an
// unplugged port and of one closed by ourselves that it was closed; and it panics if the
// process has so many files open that select(2) cannot wait for this one.
func (c *lineConn) Read(b []byte) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("too many open files for the serial library (%v)", r)
		}
	}()
	n, err = c.port.Read(b)
	var pe *bugst.PortError
	if errors.As(err, &pe) && pe.Code() == bugst.PortClosed {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.closed {
			return n, errPortClosed
		}
		return n, errors.New("port has gone: unplugged?")
	}
	return n, err
}

// maxWrite is how much is given to the system at a time: so little that a stuck write
// ends when the output buffer is emptied once.
const maxWrite = 256

func (c *lineConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return 0, errPortClosed
	}
	c.writing = true
	c.mu.Unlock()
	var n int
	var err error
	for n < len(b) && err == nil {
		var m int
		m, err = c.port.Write(b[n:min(n+maxWrite, len(b))])
		n += m
		if err == nil && c.isClosed() {
			err = errPortClosed
		}
	}
	c.mu.Lock()
	c.writing = false
	c.mu.Unlock()
	select {
	case c.idle <- struct{}{}:
	default:
	}
	return n, err
}

func (c *lineConn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// unstick is how long Close tries to free a stuck write.
const unstick = 200 * time.Millisecond

// Close frees a stuck write by dropping what has not been sent yet. If no write is stuck
// the system sends what it has taken, and may hold up the close until it has.
func (c *lineConn) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	writing := c.writing
	c.mu.Unlock()
	for end := time.Now().Add(unstick); writing && time.Now().Before(end); {
		// Only new settings wake a writer of a pseudo terminal (Linux, n_tty.c).
		if c.port.ResetOutputBuffer() != nil || c.port.SetMode(c.mode) != nil {
			break
		}
		select {
		case <-c.idle:
		case <-time.After(unstick / 20):
		}
		c.mu.Lock()
		writing = c.writing
		c.mu.Unlock()
	}
	if err := c.port.Close(); !errors.Is(err, syscall.EIO) { // that of an adapter that was pulled out
		return err
	}
	return nil
}
