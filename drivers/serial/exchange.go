package serial

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/link"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

var errNotOpen = errors.New("port is not open")

// request is one command and the answer it wants.
type request struct {
	device  *device
	command []byte        // terminator included
	reply   *scanner      // nil: no answer
	timeout time.Duration // of the answer
	final   bool          // the last words: neither interrupted nor put off
	urgent  bool          // not put off
	console bool          // a person's: nobody knows whether there is an answer
}

// exchange sends a command and awaits its answer, when the connection is ours.
func (p *Port) exchange(ctx context.Context, s *session, r *request) (v pv.Value, err error) {
	if err := s.Acquire(ctx, r.final); err != nil {
		return pv.Value{}, err
	}
	defer func() {
		s.Release()
		signal(s.idle) // there may be more than the answer
	}()
	d := r.device
	if !r.final && !r.urgent {
		if err := d.Paused(); err != nil {
			return pv.Value{}, err
		}
	}
	if !r.urgent || r.reply != nil {
		if err := p.hush(ctx, s, r); err != nil {
			return pv.Value{}, err
		}
	}
	if err := s.Sleep(ctx, r.final, time.Until(s.last.Add(p.delay))); err != nil {
		return pv.Value{}, err
	}
	defer func() { s.last = time.Now() }()
	p.drain(s)
	p.trace(d, "sent", r.command)
	if err = p.transmit(ctx, s, r); err == nil {
		p.commands.Add(1)
		if r.reply != nil {
			v, err = p.await(ctx, s, r)
		}
	}
	if r.reply != nil || d.echo != EchoNone {
		p.conclude(s, r, err)
	}
	return v, err
}

// conclude notes what became of a question. A fault that shows that the connection is of
// no use becomes Lost.
func (p *Port) conclude(s *session, r *request, err error) {
	d, now := r.device, time.Now()
	switch f, _ := errors.AsType[*drivers.Fault](err); {
	case err == nil:
		p.answers.Add(1)
		d.Heard()
		if s.late == d {
			s.late = nil
		}
		if r.reply != nil {
			r.reply.post()
		}
	case f == nil || f.Lost: // ctx has ended, or the connection
		s.expect(r, now.Add(r.timeout))
	case f.Status == pv.StatusTimeout && r.console:
		s.expect(r, now)
	case f.Status == pv.StatusTimeout:
		p.timeouts.Add(1)
		d.Unheard(now, r.timeout, f.Err)
		s.expect(r, now)
		if !d.Dead() {
			s.quiet = now.Add(r.timeout)
		}
		f.Lost, f.Device = p.deaf(), true
	default:
		p.mismatches.Add(1)
		d.Heard()
	}
}

// expect notes that the answer to r may still come until quiet.
func (s *session) expect(r *request, quiet time.Time) {
	s.late, s.quiet, s.missing = r.device, quiet, r.answer()
}

// deaf reports whether the connection should be made anew since nobody answers.
func (p *Port) deaf() bool {
	if p.reconnectAfter <= 0 {
		return false
	}
	for _, d := range p.devices {
		if d.asked && d.Silent() < p.reconnectAfter {
			return false
		}
	}
	return true
}

// lateFor is how many timeouts after a timeout a line that does not fit is
// still thought to be the late answer.
const lateFor = 5

// hush keeps the port quiet after a question that was given up, until the late answer has
// come or is not to be expected any more. The last words wait too, since a device that
// answers, or is about to, hears nothing, but no longer than half their time.
func (p *Port) hush(ctx context.Context, s *session, r *request) error {
	if r.final {
		began := time.Now()
		if most := began.Add(r.timeout / 2); s.quiet.After(most) {
			s.quiet = most
		}
		defer func() { r.timeout -= time.Since(began) }()
	}
	for s.late != nil {
		p.drain(s)
		wait := time.Until(s.quiet)
		if s.late == nil || wait <= 0 {
			break
		}
		if _, err := s.Wait(ctx, r.final, s.data, wait); err != nil {
			return s.WhyGone(err)
		}
	}
	if s.late != nil && time.Since(s.quiet) > lateFor*s.late.timeout {
		s.late = nil
	}
	return nil
}

// drain deals with what is in the input before a command is written. The beginning
// of a line that is still coming is kept if the line is wanted.
func (p *Port) drain(s *session) {
	if n := s.takeDropped(); n > 0 {
		p.dropped.Add(n)
		p.log.Debug("serial: input dropped, too much without a question", "bytes", n)
	}
	end := p.receiveEnd
	if len(p.receivers) == 0 && s.late != nil {
		end = s.missing.framing
	}
	p.listen(s, end)
	if p.wanted(s) {
		return
	}
	if s.rest(); len(s.line) > 0 {
		p.stray(s, "input that nobody asked for")
	}
}

// wanted reports whether what is in the input may be the beginning of the late answer or
// of a receive channel's line.
func (p *Port) wanted(s *session) bool {
	if s.late != nil && s.missing.bounded() && time.Now().Before(s.quiet) {
		return true
	}
	return slices.ContainsFunc(p.receivers, func(c *channel) bool { return s.begins(c.receive.format.Prefix()) })
}

// transmit writes a command and waits for its echo, if there is to be one. If it is given
// up the writer goes on with it, so that the device gets whole lines; the next command is
// written after it.
func (p *Port) transmit(ctx context.Context, s *session, r *request) error {
	if r.device.echo != EchoCharacter {
		err := p.put(ctx, s, r, r.command, r.device.pause)
		if err != nil || r.device.echo == EchoNone || len(r.command) == 0 {
			return err
		}
		return p.echoed(ctx, s, r, r.command, true)
	}
	for i := range r.command {
		if i > 0 {
			if err := s.Sleep(ctx, r.final, r.device.pause); err != nil {
				return err
			}
		}
		piece := r.command[i : i+1]
		if err := p.put(ctx, s, r, piece, 0); err != nil {
			return err
		}
		if err := p.echoed(ctx, s, r, piece, i == len(r.command)-1); err != nil {
			return err
		}
	}
	return nil
}

// put writes bytes of a command.
func (p *Port) put(ctx context.Context, s *session, r *request, b []byte, pause time.Duration) error {
	err := s.Write(ctx, r.final, b, pause)
	if errors.Is(err, link.ErrGone) && r.reply != nil {
		return nil // the answer may have been the last to come
	}
	return s.WhyGone(err)
}

// await takes the answer from the input.
func (p *Port) await(ctx context.Context, s *session, r *request) (pv.Value, error) {
	d, in := r.device, r.answer()
	deadline := time.Now().Add(r.timeout)
	for gone := false; ; {
		whole, err := s.next(in.framing, in.lines)
		if err != nil {
			if s.skipping() {
				s.expect(r, time.Now().Add(r.timeout))
			}
			return pv.Value{}, &drivers.Fault{Status: pv.StatusCalc, Err: fmt.Errorf("answer of more than %d bytes", s.maxLine)}
		}
		if !whole {
			begun := s.pending() > 0
			if !gone {
				wait := time.Until(deadline)
				if begun {
					wait = d.readTimeout
				}
				came, err := s.Wait(ctx, r.final, s.data, wait)
				gone = errors.Is(err, link.ErrGone)
				switch {
				case came || gone:
					continue
				case err != nil:
					return pv.Value{}, err
				}
			}
			// Nothing more comes.
			switch {
			case begun && !in.bounded():
				s.rest() // the silence ends the answer
			case gone:
				return pv.Value{}, s.Lost()
			case !begun:
				return pv.Value{}, &drivers.Fault{Status: pv.StatusTimeout, Err: fmt.Errorf("no answer within %v", r.timeout)}
			default:
				s.rest()
				p.trace(d, "incomplete", s.line)
				return pv.Value{}, &drivers.Fault{Status: pv.StatusTimeout, Err: fmt.Errorf(
					"answer %s stopped for %v, expected %s", show(s.line), d.readTimeout, in)}
			}
		}
		v, taken, err := p.judge(s, r)
		if taken {
			return v, err
		}
		if !time.Now().Before(deadline) {
			return pv.Value{}, &drivers.Fault{Status: pv.StatusTimeout, Err: fmt.Errorf("no answer within %v, only other lines", r.timeout)}
		}
	}
}

// judge decides whether s.line is the answer.
func (p *Port) judge(s *session, r *request) (v pv.Value, taken bool, err error) {
	v, err = r.reply.scan(s.line)
	least := -1
	if err == nil {
		least = len(r.reply.format.Prefix())
	}
	switch {
	case p.unasked(s.line, least):
		return pv.Value{}, false, nil
	case err != nil && s.late != nil:
		p.stray(s, "line that does not fit")
		return pv.Value{}, false, nil
	}
	p.trace(r.device, "received", s.line)
	if err != nil {
		err = &drivers.Fault{Status: pv.StatusCalc, Err: fmt.Errorf("answer %s does not fit %s: %w",
			show(s.line), format.Quote([]byte(r.reply.format.String())), err)}
	}
	return v, true, err
}

// show is a line for an error message, cut to a readable length.
func show(line []byte) string {
	const most = 80
	if len(line) > most {
		return format.Quote(line[:most]) + "…"
	}
	return format.Quote(line)
}
