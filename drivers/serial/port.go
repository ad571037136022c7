package serial

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/link"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// Port is a driver for the instruments on one serial port or connection; see
// [New].
type Port struct {
	// immutable
	transport      Transport
	name           string
	delay          time.Duration
	writeTimeout   time.Duration
	maxLine        int
	reconnectAfter int
	log            *slog.Logger
	devices        []*device
	receivers      []*channel
	receiveEnd     framing       // of receive lines, if there are receivers
	receiveGap     time.Duration // silence after which one without a terminator has ended

	counters
	wires drivers.Trace

	looked look // owned by the worker

	mu      sync.Mutex
	session *session
}

var _ drivers.Driver = (*Port)(nil)

// Channels lists the channels of all devices, in the order of the options.
func (p *Port) Channels() []drivers.Channel {
	var all []drivers.Channel
	for _, d := range p.devices {
		for _, c := range d.channels {
			all = append(all, c.public)
		}
	}
	return all
}

// Channel is the channel of that name of a device, nil if there is none.
func (p *Port) Channel(device, name string) drivers.Channel {
	for _, d := range p.devices {
		for _, c := range d.channels {
			if d.name == device && c.name == name {
				return c.public
			}
		}
	}
	return nil
}

// Open connects, and sends the devices' init commands.
func (p *Port) Open(ctx context.Context) error {
	if err := p.Close(); err != nil {
		return err
	}
	conn, err := p.transport.Dial(ctx)
	if err != nil {
		return err
	}
	s := start(conn, p.maxLine, p.writeTimeout, &p.counters)
	for _, d := range p.devices {
		d.renew()
	}
	p.mu.Lock()
	p.session = s
	p.mu.Unlock()
	for _, d := range p.devices {
		for _, command := range d.init {
			if _, err := p.exchange(ctx, s, &request{device: d, command: command, timeout: d.timeout}); err != nil {
				return fmt.Errorf("%s: init: %w", d.name, err)
			}
		}
	}
	return nil
}

// Run hands lines that nobody asked for to the receive channels.
func (p *Port) Run(ctx context.Context) error {
	s := p.current()
	if s == nil {
		return link.Lost(errNotOpen)
	}
	stale := newStaleness(p.devices, time.Now())
	defer stale.stop()
	gap := time.NewTimer(time.Hour)
	defer gap.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.Gone():
			p.overhear(ctx, s) // what came before the end is there still
			return s.Lost()
		case <-s.Closed():
			return nil
		case <-stale.timer.C:
			stale.check(time.Now())
		case <-s.idle:
			p.overhear(ctx, s)
			if len(p.receivers) > 0 && len(p.receiveEnd.terminator) == 0 {
				gap.Reset(p.receiveGap)
			}
		case <-gap.C:
			p.fallSilent(ctx, s, gap)
		}
	}
}

// overhear handles the input for Run, when no exchange has the turn.
func (p *Port) overhear(ctx context.Context, s *session) {
	if len(p.receivers) == 0 {
		return
	}
	if s.AcquireInput(ctx) {
		p.listen(s, p.receiveEnd)
		s.Release()
	}
}

// fallSilent ends a line without a terminator when nothing more has come for receiveGap.
// One of a given length that is not complete is dropped, so that the next begins one.
func (p *Port) fallSilent(ctx context.Context, s *session, gap *time.Timer) {
	if !s.AcquireInput(ctx) {
		return
	}
	defer s.Release()
	if s.pending() == 0 {
		return
	}
	if left := p.receiveGap - s.silentFor(time.Now()); left > 0 {
		gap.Reset(left)
		return
	}
	s.rest()
	if p.receiveEnd.bounded() || !p.unasked(s.line, -1) {
		p.stray(s, "line that nobody asked for")
	}
}

// listen handles the complete lines of the input as unasked. The caller has the
// turn.
func (p *Port) listen(s *session, in framing) {
	for {
		ok, err := s.next(in, 1)
		if err != nil {
			p.stray(s, "line too long")
			continue
		}
		if !ok {
			return
		}
		if !p.unasked(s.line, -1) {
			p.stray(s, "line that nobody asked for")
		}
	}
}

// unasked gives a line to the receive channel whose format fits, that with the
// longest literal beginning, which must be longer than least. It reports whether
// there is one.
func (p *Port) unasked(line []byte, least int) bool {
	var best *channel
	var value pv.Value
	for _, c := range p.receivers {
		if n := len(c.receive.format.Prefix()); n > least && c.receive.format.HasPrefix(line) {
			if v, err := c.receive.scan(line); err == nil {
				best, value, least = c, v, n
			}
		}
	}
	if best == nil {
		return false
	}
	now := time.Now()
	p.trace(best.device, "received", line)
	best.device.Heard()
	best.device.tell(now)
	if best.sink != nil && best.receive.own >= 0 {
		best.sink.Post(value, pv.Stamp{}, pv.Alarm{})
	}
	best.receive.post()
	return true
}

// stray counts and logs s.line, which is of no use, as the late answer if one is
// awaited.
func (p *Port) stray(s *session, what string) {
	p.strays.Add(1)
	if len(s.line) > 0 {
		p.wires.Received("", s.line)
	}
	if s.late != nil && len(s.line) > 0 {
		what = "late answer of " + s.late.name
		if s.missing.lines--; s.missing.lines <= 0 {
			s.late, s.quiet = nil, time.Time{}
		}
	}
	if p.log.Enabled(context.Background(), slog.LevelDebug) {
		p.log.Debug("serial: "+what+" dropped", "bytes", format.Quote(s.line))
	}
}

func (p *Port) trace(d *device, what string, b []byte) {
	if what == "sent" {
		p.wires.Sent(d.name, b)
	} else {
		p.wires.Received(d.name, b)
	}
	if d.log.Enabled(context.Background(), slog.LevelDebug) {
		d.log.Debug("serial: "+what, "bytes", format.Quote(b))
	}
}

func (p *Port) current() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session
}

// Close writes the on_exit values, as far as the devices answer within 0.7 s, and
// closes the connection.
func (p *Port) Close() error {
	p.mu.Lock()
	s := p.session
	p.session = nil
	p.mu.Unlock()
	if s == nil {
		return nil
	}
	return s.Leave(p.farewells(s))
}

// farewells are the on_exit values.
func (p *Port) farewells(s *session) (all []link.Farewell) {
	for _, d := range p.devices {
		f := link.Farewell{To: &d.Health}
		for _, c := range d.channels {
			if c.onExit.Kind() != pv.Invalid {
				f.Words = append(f.Words, func(ctx context.Context, most time.Duration) error { return c.exit(ctx, s, most) })
			}
		}
		all = append(all, f)
	}
	return all
}
