package serial

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
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
	s := start(conn, p.maxLine, &p.counters)
	for _, d := range p.devices {
		d.fresh()
	}
	p.mu.Lock()
	p.session = s
	p.mu.Unlock()
	for _, d := range p.devices {
		for _, command := range d.init {
			if _, err := p.exchange(ctx, s, &request{device: d, command: command}); err != nil {
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
		return lost(errNotOpen)
	}
	stale := newStaleness(p.devices, time.Now())
	defer stale.stop()
	gap := time.NewTimer(time.Hour)
	defer gap.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.gone:
			p.overhear(ctx, s) // what came before the end is there still
			return lost(s.reason())
		case <-s.closing:
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
	select {
	case <-s.turn:
		p.listen(s, p.receiveEnd)
		s.turn <- struct{}{}
	case <-ctx.Done():
	case <-s.closing:
	}
}

// fallSilent ends a line without a terminator when nothing more has come for receiveGap.
// One of a given length that is not complete is dropped, so that the next begins one.
func (p *Port) fallSilent(ctx context.Context, s *session, gap *time.Timer) {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return
	case <-s.closing:
		return
	}
	defer func() { s.turn <- struct{}{} }()
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
	best.device.heard(now)
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

const (
	exitBudget  = 700 * time.Millisecond // for all on_exit values
	closeBudget = 250 * time.Millisecond // for the connection to close
)

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
	exit := p.leave(s)
	return errors.Join(exit, s.shut(closeBudget))
}

// leave sets the channels that have an on_exit value, first those of devices that
// answer. Each waits for its acknowledgement no longer than its share of the time that is
// left, so that all are sent.
func (p *Port) leave(s *session) error {
	close(s.stopping)
	ctx, cancel := context.WithTimeout(context.Background(), exitBudget)
	defer cancel()
	if err := s.acquire(ctx, true); err != nil {
		if drivers.IsLost(err) {
			return nil
		}
		return errors.New("a command is stuck: on_exit values not written")
	}
	devices := slices.Clone(p.devices)
	slices.SortStableFunc(devices, func(a, b *device) int { return a.silent - b.silent })
	s.turn <- struct{}{}
	var exits []*channel
	for _, d := range devices {
		for _, c := range d.channels {
			if c.onExit.Kind() != pv.Invalid {
				exits = append(exits, c)
			}
		}
	}
	end, _ := ctx.Deadline()
	var errs []error
	for i, c := range exits {
		share := time.Until(end) / time.Duration(len(exits)-i)
		if err := c.exit(ctx, s, share); err != nil && !drivers.IsLost(err) {
			errs = append(errs, fmt.Errorf("on_exit: %w", err))
		}
	}
	return errors.Join(errs...)
}
