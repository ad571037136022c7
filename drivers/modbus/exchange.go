package modbus

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/link"
	"github.com/ioclet/ioclet/pv"
)

// request is a PDU for a slave.
type request struct {
	slave   *slave
	pdu     []byte
	timeout time.Duration
	final   bool // the last words: neither interrupted nor put off
}

// exchange sends a request and awaits its answer, when the connection is ours. An exception is
// returned as such.
func (d *Driver) exchange(ctx context.Context, l *session, r *request) (answer []byte, err error) {
	if err := l.Acquire(ctx, r.final); err != nil {
		return nil, err
	}
	defer l.Release()
	s := r.slave
	if err := s.Paused(); err != nil && !r.final {
		return nil, err
	}
	if err := d.hush(ctx, l, r); err != nil {
		return nil, err
	}
	if err := l.Sleep(ctx, r.final, time.Until(l.last.Add(d.options.Pause))); err != nil {
		return nil, err
	}
	defer func() { l.last = time.Now() }()
	d.drop(l)
	l.transaction++
	l.frame = appendFrame(l.frame[:0], d.mode, l.transaction, s.unit, r.pdu)
	d.wires.Sent(s.name, l.frame)
	if err := l.Write(ctx, r.final, l.frame, 0); err != nil {
		l.expect(d.mode, r, time.Now()) // the writer goes on with it
		return nil, l.WhyGone(err)
	}
	d.requests.Add(1)
	answer, err = d.await(ctx, l, r)
	d.conclude(l, r, err)
	return answer, err
}

// hush keeps a serial line quiet after a request that was given up, whose answer has no
// number by which it could be known, until that has come or is not to be expected any more.
// The last words wait too, since a slave that is about to answer hears nothing, but no longer
// than half their time.
func (d *Driver) hush(ctx context.Context, l *session, r *request) error {
	if l.late == nil {
		return nil
	}
	began := time.Now()
	wait := l.quiet.Sub(began)
	if r.final {
		wait = min(wait, r.timeout/2)
	}
	for {
		if f := d.find(l, l.late); f.answer != nil {
			d.strays.Add(uint64(1 + len(f.answer) + crcSize))
			l.last = time.Now()
			break
		}
		came, err := l.Wait(ctx, r.final, l.data, wait-time.Since(began))
		if err != nil {
			return l.WhyGone(err)
		}
		if !came {
			break
		}
	}
	l.late = nil
	if r.final {
		r.timeout -= time.Since(began)
	}
	return nil
}

// drop drops what is in the input before a request.
func (d *Driver) drop(l *session) {
	if d.mode == TCP { // the number tells what it belongs to
		return
	}
	l.take(func(b []byte) int {
		d.stray(b)
		return len(b)
	})
}

// stray notes bytes that answer nothing.
func (d *Driver) stray(b []byte) {
	if len(b) > 0 {
		d.strays.Add(uint64(len(b)))
		d.wires.Received("", b)
	}
}

// await takes the answer from the input.
func (d *Driver) await(ctx context.Context, l *session, r *request) ([]byte, error) {
	deadline := time.Now().Add(r.timeout)
	for gone := false; ; {
		found := d.find(l, r)
		switch {
		case found.err != nil:
			return nil, found.err
		case found.answer != nil && found.answer[0]&failed != 0:
			return nil, Exception(found.answer[1])
		case found.answer != nil:
			return found.answer, nil
		case gone:
			return nil, l.Lost()
		}
		came, err := l.Wait(ctx, r.final, l.data, time.Until(deadline))
		switch {
		case errors.Is(err, link.ErrGone):
			gone = true // the answer may have been the last to come
		case err != nil:
			return nil, err
		case !came:
			return nil, d.silence(l, r)
		}
		// On a serial line an answer that has begun is awaited to its end, which may take longer
		// than its beginning.
		if next := time.Now().Add(byteTimeout); d.mode == RTU && next.After(deadline) && l.pending() < longestAnswer {
			deadline = next
		}
	}
}

const (
	byteTimeout   = 100 * time.Millisecond    // between the bytes of an answer
	longestAnswer = 2 * (maxPDU + headerSize) // with what may stand before it
)

// silence is why there is no answer.
func (d *Driver) silence(l *session, r *request) (err error) {
	err = &drivers.Fault{Status: pv.StatusTimeout, Err: fmt.Errorf("no answer within %v", r.timeout)}
	if d.mode == TCP {
		return err
	}
	l.take(func(b []byte) int {
		if len(b) > 0 {
			err = &drivers.Fault{Status: pv.StatusComm, Err: fmt.Errorf(
				"%x (%d bytes) is no answer, or has a wrong checksum: is the line set as that of the slave?", b[:min(len(b), 16)], len(b))}
			d.stray(b)
		}
		return len(b)
	})
	return err
}

// finding is what is in the input: an answer, nothing yet, or an error.
type finding struct {
	answer []byte
	err    error
}

// find looks for the answer to r in the input. What comes before it is dropped; on a serial
// line all is kept until there is an answer or the time is over, since a frame may begin
// at any byte of what seems to be another.
func (d *Driver) find(l *session, r *request) (f finding) {
	l.take(func(b []byte) int {
		if d.mode == RTU {
			for at := range b {
				unit, pdu, n, err := cutRTU(b[at:], answerSize)
				if err == nil && unit == r.slave.unit && fits(r.pdu, pdu) {
					d.stray(b[:at])
					d.wires.Received(r.slave.name, b[at:at+n])
					f.answer = bytes.Clone(pdu)
					return at + n
				}
			}
			return 0
		}
		for at := 0; ; {
			transaction, _, pdu, n, err := cutTCP(b[at:])
			switch {
			case errors.Is(err, errGarbled):
				f.err = &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("%x… is no Modbus frame: is this a Modbus port?", b[at:min(len(b), at+16)])}
				return len(b)
			case err != nil:
				return at
			case transaction != l.transaction: // that of a request that was given up
				d.stray(b[at : at+n])
				at += n
				continue
			}
			d.wires.Received(r.slave.name, b[at:at+n])
			if f.answer = bytes.Clone(pdu); !fits(r.pdu, pdu) {
				f.answer, f.err = nil, &drivers.Fault{Status: pv.StatusComm, Err: fmt.Errorf("answer %x does not fit the request %x", pdu, r.pdu)}
			}
			return at + n
		}
	})
	return f
}

// fits reports whether an answer is one to the request.
func fits(request, answer []byte) bool {
	if len(answer) < 2 || answer[0]&^failed != request[0] {
		return false
	}
	if answer[0]&failed != 0 {
		return len(answer) == 2
	}
	switch request[0] {
	case readCoils, readDiscrete:
		count := int(binary.BigEndian.Uint16(request[3:]))
		return int(answer[1]) == (count+7)/8 && len(answer) == 2+int(answer[1])
	case readHolding, readInput:
		count := int(binary.BigEndian.Uint16(request[3:]))
		return int(answer[1]) == 2*count && len(answer) == 2+int(answer[1])
	}
	return len(answer) == 5 && bytes.Equal(answer[:5], request[:5])
}

// conclude notes what became of a request. A fault that shows that the connection is of no
// use becomes Lost.
func (d *Driver) conclude(l *session, r *request, err error) {
	s, now := r.slave, time.Now()
	var f *drivers.Fault
	var refused Exception
	switch {
	case err == nil:
		s.Heard()
	case errors.As(err, &refused):
		d.exceptions.Add(1)
		if refused.unreachable() {
			s.Unheard(now, s.timeout, refused)
		} else {
			s.Heard()
		}
	case !errors.As(err, &f) || f.Lost: // ctx has ended, or the connection
		l.expect(d.mode, r, now)
	case f.Status == pv.StatusTimeout:
		d.timeouts.Add(1)
		s.Unheard(now, s.timeout, f.Err)
		if !s.Dead() {
			l.expect(d.mode, r, now)
		}
		f.Lost, f.Device = d.deaf(), true
	default:
		d.errors.Add(1)
		s.Heard()
	}
}

// expect notes that the answer to r may still come, for as long as it was awaited.
func (l *session) expect(mode Mode, r *request, now time.Time) {
	if mode == RTU {
		l.late, l.quiet = r, now.Add(r.timeout)
	}
}

// deaf reports whether the connection should be made anew since nobody answers.
func (d *Driver) deaf() bool {
	if d.options.ReconnectAfter <= 0 {
		return false
	}
	for _, s := range d.slaves {
		if len(s.channels) > 0 && s.Silent() < d.options.ReconnectAfter {
			return false
		}
	}
	return true
}
