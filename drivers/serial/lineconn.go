package serial

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	bugst "go.bug.st/serial"
)

// lineConn is an open serial port. The library writes to its descriptor without
// asking whether it is closed; lineConn never lets it write to a descriptor that may
// be another's by then.
type lineConn struct {
	port  bugst.Port
	mode  *bugst.Mode
	tuner tuner
	idle  chan struct{} // told when a write ends

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
	// First: as long as a descriptor is open an adapter that comes back gets another name.
	c.tuner.close()
	if err := c.port.Close(); !errors.Is(err, syscall.EIO) { // that of an adapter that was pulled out
		return err
	}
	return nil
}
