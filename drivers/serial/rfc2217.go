package serial

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// RFC2217 is a serial line at the far end of a network, at a server such as ser2net that
// sets it as it is told (RFC 2217). A server that only passes bytes is a [TCP].
type RFC2217 struct {
	Address string // "192.0.2.7:2217"
	Line    Line   // its settings; Path, USB and RS485 are not used
}

func (r RFC2217) String() string { return "rfc2217 " + r.Address }

// negotiateTimeout is how long the server may take to set the line.
const negotiateTimeout = 5 * time.Second

// Dial connects to the server and has it set the line. What the server sets otherwise than
// it is told is an error.
func (r RFC2217) Dial(ctx context.Context) (Conn, error) {
	mode, err := r.Line.mode()
	if err != nil {
		return nil, err
	}
	tcp, err := TCP(r.Address).Dial(ctx)
	if err != nil {
		return nil, err
	}
	conn := tcp.(net.Conn)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	c := &telnetConn{conn: conn, changed: make(chan struct{}), closed: make(chan struct{})}
	err = c.prepare(r.Line, uint32(mode.BaudRate), byte(mode.DataBits))
	if !stop() && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("%s: %w", r, err)}
	}
	return c, nil
}

// telnetConn is a connection to a server that is set up.
type telnetConn struct {
	conn   net.Conn
	closed chan struct{} // closed by Close
	once   sync.Once

	// owned by the reader
	buffer  [readSize]byte
	pending []byte // data that is decoded and not read yet

	mu      sync.Mutex // guards what follows
	telnet  telnet
	changed chan struct{} // closed, and made anew, when the server lets us go on

	writing sync.Mutex // held while conn is written to
	out     []byte     // guarded by writing
}

// setting is a command and what the server may say that it has set.
type setting struct {
	what    string
	command byte
	data    []byte
	good    func(got uint32) bool
}

// prepare sets the line and waits for it to settle.
func (c *telnetConn) prepare(l Line, baud uint32, bits byte) error {
	if err := c.within(negotiateTimeout); err != nil {
		return err
	}
	t := &c.telnet
	t.begin()
	if err := c.until(func() bool { return t.refused || t.told[optionComPort] && t.told[optionBinary] }); err != nil || t.refused {
		return fmt.Errorf("the server does not set lines as RFC 2217 says (%w); if it only passes bytes use tcp", orRefused(err))
	}
	for _, s := range settingsOf(l, baud, bits) {
		t.ask(s.command, s.data...)
		if err := c.until(func() bool { return t.answered[s.command] }); err != nil {
			return fmt.Errorf("%s: no answer: %w", s.what, err)
		}
		if got := t.answers[s.command]; !s.good(got) {
			return fmt.Errorf("%s: the server has set %d", s.what, got)
		}
	}
	if l.Break > 0 {
		if err := c.breakFor(l.Break); err != nil {
			return err
		}
	}
	return c.settle(l.Settle)
}

// errRefused is that the server has said no.
var errRefused = errors.New("refused")

func orRefused(err error) error {
	if err == nil {
		return errRefused
	}
	return err
}

// Values of comControl.
const (
	controlNone     = 1
	controlXonXoff  = 2
	controlHardware = 3
	controlBreakOn  = 5
	controlBreakOff = 6
	controlDTROn    = 8
	controlDTROff   = 9
	controlRTSOn    = 11
	controlRTSOff   = 12
)

// settingsOf is what the server is to be told.
func settingsOf(l Line, baud uint32, bits byte) []setting {
	one := func(what string, command, value byte) setting {
		return setting{what, command, []byte{value}, func(got uint32) bool { return got == uint32(value) }}
	}
	stop := map[float64]byte{0: 1, 1: 1, 2: 2, 1.5: 3}[l.Stop]
	flow := [...]byte{FlowNone: controlNone, FlowRTSCTS: controlHardware, FlowXonXoff: controlXonXoff}[l.Flow]
	settings := []setting{
		{"baud", comBaud, binary.BigEndian.AppendUint32(nil, baud), func(got uint32) bool { return closeTo(int64(got), int64(baud)) }},
		one("bits", comBits, bits),
		one("parity", comParity, byte(l.Parity)+1),
		one("stop", comStop, stop),
		one("flow", comControl, flow),
	}
	level := func(what string, set *bool, on, off byte) {
		switch {
		case set == nil:
		case *set:
			settings = append(settings, one(what, comControl, on))
		default:
			settings = append(settings, one(what, comControl, off))
		}
	}
	level("dtr", l.DTR, controlDTROn, controlDTROff)
	level("rts", l.RTS, controlRTSOn, controlRTSOff)
	return settings
}

// breakFor sends a break.
func (c *telnetConn) breakFor(d time.Duration) error {
	for _, value := range []byte{controlBreakOn, controlBreakOff} {
		if err := c.within(negotiateTimeout); err != nil {
			return err
		}
		c.telnet.ask(comControl, value)
		if err := c.until(func() bool { return c.telnet.answered[comControl] }); err != nil {
			return fmt.Errorf("break: no answer: %w", err)
		}
		if value == controlBreakOn {
			if err := c.pause(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// settle waits, has the server drop what came meanwhile, and drops it here.
func (c *telnetConn) settle(d time.Duration) error {
	if err := errors.Join(c.pause(d), c.within(negotiateTimeout)); err != nil {
		return err
	}
	const both = 3
	c.telnet.ask(comLine, 0)
	c.telnet.ask(comModem, 0)
	c.telnet.ask(comPurge, both)
	if err := c.until(func() bool { return c.telnet.answered[comPurge] }); err != nil {
		return fmt.Errorf("dropping old input: no answer: %w", err)
	}
	return c.conn.SetDeadline(time.Time{})
}

// within bounds what is done next.
func (c *telnetConn) within(d time.Duration) error { return c.conn.SetDeadline(time.Now().Add(d)) }

// pause waits, and listens meanwhile.
func (c *telnetConn) pause(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	err := c.within(d)
	if err == nil {
		err = c.until(func() bool { return false })
	}
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
		return nil
	}
	return err
}

// until sends what is to be sent and reads until done; data is dropped. Only Dial calls it.
func (c *telnetConn) until(done func() bool) error {
	for {
		if err := c.answer(); err != nil {
			return err
		}
		if done() {
			return nil
		}
		if _, err := c.fill(); err != nil {
			return err
		}
	}
}

// fill reads once, and returns the data in it.
func (c *telnetConn) fill() ([]byte, error) {
	n, err := c.conn.Read(c.buffer[:])
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.telnet.suspended
	data := c.telnet.decode(c.buffer[:0], c.buffer[:n]) // in place: data is never longer
	if was && !c.telnet.suspended {
		close(c.changed)
		c.changed = make(chan struct{})
	}
	return data, err
}

// answer sends what is to be sent to the server.
func (c *telnetConn) answer() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	c.out = append(c.out[:0], c.telnet.reply...)
	c.telnet.reply = c.telnet.reply[:0]
	c.mu.Unlock()
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.conn.Write(c.out)
	return err
}

func (c *telnetConn) Read(b []byte) (int, error) {
	for len(c.pending) == 0 {
		data, err := c.fill()
		c.pending = data
		if err2 := c.answer(); err == nil {
			err = err2
		}
		if err != nil && len(data) == 0 {
			return 0, err
		}
	}
	n := copy(b, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

// Write waits while the server wants nothing.
func (c *telnetConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	for c.telnet.suspended {
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-c.closed:
			return 0, net.ErrClosed
		}
		c.mu.Lock()
	}
	c.mu.Unlock()
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	c.out = c.telnet.encode(c.out[:0], b)
	c.mu.Unlock()
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (c *telnetConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.conn.Close()
}
