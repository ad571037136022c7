package caserver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/logfilter"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/pv"
)

// Sizes of what goes out, in bytes.
const (
	writeSize  = 60 << 10 // written at once, when there is so much
	bufferKeep = 64 << 10 // a larger buffer is given back when it is no longer needed
	bufferRest = 64       // … after so many small writes
)

// client is one connection.
type client struct {
	// immutable
	server  *Server
	conn    net.Conn
	log     *slog.Logger
	tracing bool // every message is logged
	peer    string
	address netip.Addr // that limits count; the zero Addr where there is no IP
	limit   uint32     // largest payload in bytes
	timeout time.Duration
	since   time.Time

	// owned by the reader
	circuit *circuit.Circuit
	session Session   // with Server.Policy; nil until the first channel
	out     buffer    // replies, in order
	writing bool      // there is a writer
	lent    int       // bytes of the server's budget for requests that a large one has
	due     time.Time // when the message under way must be complete; the zero Time if there is none
	putDue  time.Time // when puts that find no room are refused; the zero Time while they find some

	// shared: how to reach the writer, and what the writer needs to know
	outbox     outbox
	minor      atomic.Uint32
	removals   atomic.Bool // dropRemoved has been asked for
	rechecking atomic.Bool // recheck has been asked for

	// read by the sweep
	spoken     atomic.Bool  // has said VERSION
	settled    atomic.Bool  // has asked for a channel or for a name
	messageDue atomic.Int64 // Unix nanoseconds when the message under way must be complete, 0: none is waited for

	// turn is the right to encode events and to write to conn: whoever has put
	// something into it has the right, until taking it out again. No record is locked
	// and the outbox's lock is not held while conn is written to.
	turn      chan struct{}
	events    buffer      // the writer's
	samples   []pv.Sample // under way; empty between the subscriptions
	deadline  time.Time   // of writes
	traceRest uint64      // bytes still to come of a message that has been logged

	// guarded by stateMu
	stateMu sync.Mutex
	closing bool // the server stops: what is under way may go out, nothing comes in
	user    string
	host    string
	reason  string     // why the circuit was closed by this side
	level   slog.Level // of the log line about that
	asked   []func()
	ended   bool // the reader takes nothing any more that is asked

	stats clientCounters
}

// buffer is memory for bytes that go out.
type buffer struct {
	b     []byte
	small int // uses in a row that needed no large one
}

// reset empties the buffer and gives a large one back after a while without need.
func (b *buffer) reset() {
	b.b = b.b[:0]
	if cap(b.b) <= bufferKeep {
		return
	}
	if b.small++; b.small > bufferRest {
		b.b, b.small = nil, 0
	}
}

func newClient(s *Server, conn net.Conn) *client {
	c := &client{
		server: s, conn: conn, peer: conn.RemoteAddr().String(), address: addressOf(conn.RemoteAddr()),
		limit: s.config.Limits.ArrayBytes + headRoom, timeout: s.config.Limits.WriteTime, since: time.Now(),
	}
	c.log = s.log().With("role", "server", "peer", c.peer)
	c.tracing = c.log.Enabled(context.Background(), logfilter.LevelTrace)
	c.turn = make(chan struct{}, 1)
	c.outbox.wake = make(chan struct{}, 1)
	c.outbox.room = make(chan struct{}, 1)
	c.outbox.budget, c.outbox.keep = &s.budget, s.config.Limits.QueueBytes
	c.circuit = circuit.New(circuit.Config{Role: circuit.Server, Limits: protocol.Limits{MaxPayload: c.limit &^ 7}})
	c.minor.Store(uint32(c.circuit.Minor()))
	return c
}

// headRoom is what may come before the value in a payload: the largest head is that
// of DBR_CTRL_ENUM.
const headRoom = 512

// read executes the client's requests until the connection ends. It runs in the
// reader's goroutine and is stopped by stop or by closing conn.
func (c *client) read() {
	c.out.b = c.circuit.AppendGreeting(c.out.b)
	for c.flush() == nil && c.makeRoom() {
		c.awaitMessage()
		b := c.circuit.Space(1)
		n, err := c.conn.Read(b)
		c.messageDue.Store(0)
		if n > 0 {
			c.stats.received(n)
			c.circuit.Advance(n)
			c.outbox.attend() // until the flush
			if !c.execute() {
				break
			}
		}
		if err != nil && !c.interrupted(err) {
			c.lastWords(err)
			break
		}
	}
	c.end()
}

// execute handles all complete messages in the input; false ends the circuit.
func (c *client) execute() bool {
	for {
		ev, err := c.circuit.Next(time.Time{})
		if err != nil {
			return errors.Is(err, protocol.ErrShort)
		}
		c.due = time.Time{}
		if c.tracing {
			c.traceReceived(ev)
		}
		if !c.handle(ev) {
			c.lastWords(nil)
			return false
		}
		if !c.flushLarge() {
			return false
		}
	}
}

// lastWords sends what is ready before the circuit ends, unless the client has gone.
func (c *client) lastWords(err error) {
	stopped := c.isClosing()
	if err != nil && !stopped && !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	if c.flush() == nil && stopped {
		_ = c.sendAll()
	}
}

// flush writes the replies and, with them, events that wait. The rest of the events
// is left to the writer, and all of them if it is writing and there are no replies.
func (c *client) flush() error {
	if len(c.out.b) > 0 {
		c.turn <- struct{}{}
	} else {
		select {
		case c.turn <- struct{}{}:
		default:
			c.outbox.unattend()
			return nil
		}
	}
	defer func() { <-c.turn }()
	return c.drain(&c.out, false)
}

// sendAll writes all that waits in the outbox.
func (c *client) sendAll() error {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	return c.drain(&c.events, true)
}

// drain appends what waits in the outbox to b and writes it: all of it, or what there
// is at the moment. The caller has the right to.
func (c *client) drain(b *buffer, all bool) error {
	defer b.reset()
	for {
		subs, puts, ok := c.outbox.begin()
		if !ok {
			break
		}
		err := c.encode(b, subs, puts)
		c.outbox.giveBack(subs, puts)
		if err != nil {
			c.outbox.leave()
			return err
		}
		if !all {
			c.outbox.leave()
			break
		}
	}
	return c.write(b)
}

// encode appends the events of subs, then the answers to puts: what was posted
// before a put completed goes out before its answer.
func (c *client) encode(b *buffer, subs []*subscription, puts []completion) error {
	minor := uint16(c.minor.Load())
	for _, s := range subs {
		if err := c.encodeEvents(b, s, minor); err != nil {
			return err
		}
	}
	for _, p := range puts {
		b.b = circuit.AppendWriteNotify(b.b, p.request, p.status)
	}
	return nil
}

// encodeEvents appends what s keeps.
func (c *client) encodeEvents(b *buffer, s *subscription, minor uint16) error {
	c.samples = s.take(c.samples[:0])
	defer clear(c.samples)                // no array is kept alive
	for i := 0; i < len(c.samples); i++ { // holdEvent may cut it short
		if err := c.appendEvent(b, s, i, minor); err != nil {
			return err
		}
		if len(b.b) >= writeSize {
			if err := c.write(b); err != nil {
				return err
			}
		}
	}
	c.stats.events.Add(uint32(len(c.samples)))
	return nil
}

// appendEvent appends samples[i], which s has kept, as the filters show it.
func (c *client) appendEvent(b *buffer, s *subscription, i int, minor uint16) error {
	sample, converted := &c.samples[i], pv.Sample{}
	s.complete(sample)
	shown := sample
	if s.filter != nil {
		converted = s.filter.Chain().Convert(*sample)
		shown = &converted
	}
	var info *pv.Info
	if needsInfo(s.typ, shown.Value.Kind()) {
		info = s.filter.Chain().Info(s.field.Info())
	}
	var a answer
	a.toMonitor(c, s, minor)
	a.head.Count = a.elementCount(shown)
	size := a.size()
	switch {
	case a.tooLarge(size) != 0:
		b.b = c.tooLarge(b.b, &a)
	case isLarge(size):
		return c.appendLargeEvent(b, i, &a, shown, info)
	default:
		if len(b.b)+int(size) > writeSize {
			if err := c.write(b); err != nil {
				return err
			}
		}
		b.b = a.append(b.b, size, shown, info)
	}
	return nil
}

// appendLargeEvent is appendEvent of a value that goes out in pieces, when it is among
// those that may be on their way.
func (c *client) appendLargeEvent(b *buffer, i int, a *answer, shown *pv.Sample, info *pv.Info) error {
	if !c.holdEvent(a.sub, i, shown) {
		return nil
	}
	defer c.server.inflight.done(shown.Value)
	if a.head.Count = a.elementCount(shown); a.tooLarge(a.size()) != 0 {
		b.b = c.tooLarge(b.b, a) // another value than before
		return nil
	}
	return c.stream(b, a, shown, info)
}

// write writes b and empties it. A client that takes nothing for the timeout, or less
// than the slowest may, is given up.
func (c *client) write(b *buffer) error {
	if c.tracing {
		c.traceSent(b.b)
	}
	for rest := b.b; len(rest) > 0; {
		c.keepDeadline(time.Now())
		c.stats.undelivered.Store(int32(len(rest)))
		n, err := c.conn.Write(rest)
		c.stats.sent(n)
		rest = rest[n:]
		late := errors.Is(err, os.ErrDeadlineExceeded)
		switch {
		case err == nil || late && n >= c.leastProgress() && !c.isClosing():
			continue
		case late:
			c.limited(limitWriteTime, "does not read")
		}
		_ = c.conn.Close() // ends the reader, too
		c.outbox.close()
		return err
	}
	c.stats.undelivered.Store(0)
	if len(b.b) > bufferKeep {
		b.small = 0
	}
	b.b = b.b[:0]
	return nil
}

// leastProgress is how many bytes of what waits a client must take in the timeout.
func (c *client) leastProgress() int {
	return max(1, int(c.timeout.Seconds()*slowest))
}

// keepDeadline sees to it that a write has at least the timeout. Setting a deadline
// costs as much as many events, so it is set further off than needed and not for
// every write.
func (c *client) keepDeadline(now time.Time) {
	if c.deadline.Sub(now) >= c.timeout {
		return
	}
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	if c.closing { // stop has set its own
		return
	}
	c.deadline = now.Add(c.timeout + c.timeout/4)
	_ = c.conn.SetWriteDeadline(c.deadline)
}

func (c *client) isClosing() bool {
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	return c.closing
}

// giveUp notes why the circuit is closed by this side, the first reason only; false
// if it has had one.
func (c *client) giveUp(reason string, level slog.Level) bool {
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	if c.reason != "" || c.closing {
		return false
	}
	c.reason, c.level = reason, level
	return true
}

// limited is giveUp because of a limit, which is logged by its own rule.
func (c *client) limited(id limitID, reason string) {
	if c.giveUp(reason, slog.LevelDebug) {
		c.server.hold(id, c.peer)
	}
}

// needWriter starts the writer if there is none yet: a client that only reads needs no
// second goroutine.
func (c *client) needWriter() {
	if !c.writing {
		c.writing = true
		c.server.group.Go(c.writeEvents) // until the outbox is closed
	}
}

// writeEvents sends what records bring, until the outbox is closed. It runs in the
// writer's goroutine.
func (c *client) writeEvents() {
	for range c.outbox.wake {
		if c.outbox.isClosed() {
			return
		}
		_ = c.sendAll() // an error has closed conn and the outbox
	}
}

// stop has the client's goroutines end after what is ready has gone out, within the
// budget.
func (c *client) stop(budget time.Duration) {
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	c.closing = true
	now := time.Now()
	_ = c.conn.SetWriteDeadline(now.Add(budget))
	_ = c.conn.SetReadDeadline(now.Add(-time.Second))
	c.outbox.signalRoom() // the reader may be waiting for a put
}

// end takes the client apart: subscriptions first, so that records are rid of it.
func (c *client) end() {
	c.outbox.close()
	for _, ch := range c.circuit.Channels().All() {
		unsubscribe(ch)
	}
	c.closeSession()
	c.circuit.Close()
	_ = c.conn.Close()
	c.publish(0, 0)
	c.server.requests.give(c.lent)
	c.lent = 0
	c.stateMu.Lock()
	reason, level := c.reason, c.level
	c.asked, c.ended = nil, true
	c.stateMu.Unlock()
	if reason != "" {
		c.server.logDrop(level, c, reason)
		return
	}
	c.log.Debug("Channel Access client gone")
}

// setIdentity notes what the client calls itself.
func (c *client) setIdentity(to *string, name []byte) {
	c.stateMu.Lock()
	*to = string(name)
	c.stateMu.Unlock()
}

func (c *client) debug(msg string, args ...any) {
	if c.log.Enabled(context.Background(), slog.LevelDebug) {
		c.log.Debug(msg, args...)
	}
}
