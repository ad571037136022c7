package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
)

const (
	readSize  = 16 << 10        // the least room for one read
	writeSize = 256 << 10       // what a server must read within the time for one write
	outKeep   = 256 << 10       // a larger output buffer is given back when it is empty
	outLimit  = 4 << 20         // bytes waiting for a server before callers wait too
	echoWait  = 5 * time.Second // libca: CA_ECHO_TIMEOUT
	drainTime = time.Second     // for the last words and the server's close
)

// connection is a circuit with its socket and its two goroutines: the reader, which
// dials first and cleans up last, and the writer.
type connection struct {
	context *Context
	key     endpoint
	ctx     context.Context // ends the dialling
	cancel  context.CancelFunc
	wake    chan struct{} // of the writer: something to write, or draining

	// Owned by the circuit's rules: Space and Advance by the reader, all else
	// guarded by context.mu.
	wire *circuit.Circuit

	// Guarded by context.mu.
	out        []byte // to be written
	drained    chan struct{}
	users      int // channels, and 1 for a name server
	draining   bool
	socket     net.Conn // nil while dialling
	opened     time.Time
	err        error // why it ends, the first reason
	nameServer bool
}

// connection is the circuit to e, opened if there is none. minor is the server's
// version if the search has told it, else 0.
func (c *Context) connection(e endpoint, minor uint16) *connection {
	if n := c.connections[e]; n != nil {
		return n
	}
	n := &connection{context: c, key: e, wake: make(chan struct{}, 1)}
	n.ctx, n.cancel = context.WithTimeout(c.life, c.cfg.ConnectionTimeout)
	n.wire = circuit.New(circuit.Config{
		Role: circuit.Client, Priority: e.priority, Minor: minor,
		Limits:  protocol.Limits{MaxPayload: c.cfg.MaxPayload},
		Silence: c.cfg.ConnectionTimeout, EchoTimeout: echoWait,
	})
	n.out, _ = n.wire.AppendHello(nil, c.cfg.UserName, c.cfg.HostName) // a new circuit may say hello
	c.connections[e] = n
	// ends when the socket does; drain and Close see to that
	c.tasks.Go(n.run)
	return n
}

// run is the life of a connection.
func (n *connection) run() {
	c := n.context
	socket, err := c.cfg.Dial(n.ctx, n.key.addr.String())
	if err == nil {
		c.mu.Lock()
		n.socket, n.opened = socket, time.Now()
		c.search.flush() // its watchdog begins
		c.mu.Unlock()
		done := make(chan struct{})
		written := make(chan struct{})
		// ends with done or when a write fails
		c.tasks.Go(func() { defer close(written); n.write(socket, done) })
		err = n.read(socket)
		close(done)
		_ = socket.Close() // wakes a blocked write; the reason to end is known already
		<-written
	}
	n.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	n.end(err)
}

// end takes the connection out of the Context and tells its channels.
func (n *connection) end(err error) {
	c := n.context
	if n.err == nil {
		n.err = err
	}
	why := ErrClosed
	if !c.closed {
		why = fmt.Errorf("%w: %v", ErrDisconnected, n.describe())
	}
	hold := time.Duration(0)
	if n.socket == nil || time.Since(n.opened) < holdRefused {
		hold = holdRefused
	}
	n.wire.Close()
	n.detach()
	n.release()
	n.abandon(nil, why)
	for _, w := range n.wire.Channels().All() {
		if ch := w.Owner.(*Channel); ch.wire == w {
			ch.lost(why, hold)
		}
	}
	if !c.closed && n.users > 0 {
		c.cfg.Log.Info("channel access: circuit lost", "server", n.key.addr, "reason", n.describe())
		c.search.lostServer(n)
	}
}

// describe is why the connection ended, for people.
func (n *connection) describe() error {
	if n.err == nil || errors.Is(n.err, io.EOF) {
		return fmt.Errorf("server %v closed the circuit", n.key.addr)
	}
	return fmt.Errorf("server %v: %w", n.key.addr, n.err)
}

// detach makes room for a new connection to the same server.
func (n *connection) detach() {
	if c := n.context; c.connections[n.key] == n {
		delete(c.connections, n.key)
	}
}

// fail ends the connection for a reason. The reader does the rest.
func (n *connection) fail(err error) {
	if n.err == nil {
		n.err = err
	}
	n.cancel()
	if n.socket != nil {
		_ = n.socket.Close() // the reason is err
	}
}

// read takes bytes from the socket and acts on what they mean until the circuit
// ends.
func (n *connection) read(socket net.Conn) error {
	for {
		k, err := socket.Read(n.wire.Space(readSize))
		n.wire.Advance(k)
		if e := n.hear(time.Now()); e != nil {
			return e
		}
		if err != nil {
			return err
		}
	}
}

// hear acts on all messages that are complete.
func (n *connection) hear(now time.Time) error {
	for {
		ev, err := n.next(now)
		if err != nil {
			if errors.Is(err, protocol.ErrShort) {
				return nil
			}
			return err
		}
		n.deliver(ev)
	}
}

// next deals with events up to one that carries a value, and returns that: values
// are decoded without holding the Context's lock.
func (n *connection) next(now time.Time) (*circuit.Event, error) {
	c := n.context
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		ev, err := n.wire.Next(now)
		if err != nil {
			if errors.Is(err, protocol.ErrShort) {
				return ev, err
			}
			if !survivable(err) {
				n.detach() // nothing can be sent on it any more
				return ev, err
			}
			c.cfg.Log.Warn("channel access: message dropped", "server", n.key.addr, "error", err)
			continue
		}
		if ev.Kind == circuit.Updated || ev.Kind == circuit.ReadAnswered {
			return ev, nil
		}
		n.handle(ev)
	}
}

// survivable reports whether a circuit goes on after a fault in its input.
func survivable(err error) bool {
	var fault *protocol.Error
	return errors.As(err, &fault) && fault.Scope != protocol.ScopeCircuit
}

// handle acts on an event without a value.
func (n *connection) handle(ev *circuit.Event) {
	c := n.context
	switch ev.Kind {
	case circuit.Created:
		if ch := ev.Channel.Owner.(*Channel); ch.wire == ev.Channel {
			ch.created()
		} else {
			n.clear(ev.Channel) // closed in the meantime
		}
	case circuit.CreateFailed, circuit.ChannelDropped:
		n.gone(ev.Channel, ev.Kind)
	case circuit.RightsChanged:
		if ch := ev.Channel.Owner.(*Channel); ch.wire == ev.Channel {
			ch.access(ev.Channel.Access)
		}
	case circuit.WriteAnswered:
		ev.Owner.(*request).finish(answer{err: failure(ev.Status)})
	case circuit.ErrorReported:
		n.refused(ev)
	case circuit.SearchAnswered:
		c.search.answered(ev.ID, ev.SearchReply(), n.key.addr)
	}
}

// gone deals with a channel that the server does not have or has dropped.
func (n *connection) gone(w *circuit.Channel, kind circuit.Kind) {
	ch := w.Owner.(*Channel)
	if ch.wire == w {
		why, hold := fmt.Errorf("%w: server %v dropped the channel", ErrDisconnected, n.key.addr), time.Duration(0)
		if kind == circuit.CreateFailed {
			hold = holdUnknown
			why = fmt.Errorf("%w: server %v does not know the name", ErrNotFound, n.key.addr)
		}
		n.abandon(w, why)
		ch.lost(why, hold)
		n.leave()
	} else if ch.unanswered {
		ch.unanswered = false
		n.leave()
	}
}

// refused deals with an ERROR of the server: whoever made the request hears it.
func (n *connection) refused(ev *circuit.Event) {
	var ch *Channel
	if ev.Channel != nil {
		ch = ev.Channel.Owner.(*Channel)
	}
	switch {
	case ev.Owner != nil:
		ev.Owner.(*request).finish(answer{err: ev.Error})
	case ev.Subscription != nil:
		s := ev.Subscription.Owner.(*subscription)
		s.push(Update{Kind: Failed, Err: s.channel.fail("monitor", ev.Error)})
	case ch != nil && ev.Error.Command == protocol.CmdWrite:
		err := &Error{PV: ch.name, Op: "put", Err: ev.Error}
		if f := n.context.cfg.Refused; f != nil {
			f(err)
			return
		}
		n.context.cfg.Log.Warn("channel access: write refused", "pv", ch.name, "error", ev.Error)
	default:
		n.context.cfg.Log.Warn("channel access: server complains", "server", n.key.addr, "error", ev.Error)
	}
}

// deliver decodes a value and hands it on.
func (n *connection) deliver(ev *circuit.Event) {
	err := failure(ev.Status)
	var data dbr.Data
	if err == nil {
		data, err = dbr.Decode(ev.Type, ev.Count, ev.Payload)
	}
	if ev.Kind == circuit.ReadAnswered {
		ev.Owner.(*request).finish(answer{data: data, err: err})
		return
	}
	s := ev.Subscription.Owner.(*subscription)
	if err != nil {
		s.push(Update{Kind: Failed, Err: s.channel.fail("monitor", err)})
		return
	}
	s.push(Update{Kind: NewValue, Data: data})
}

// failure is s as an error, nil if it is none.
func failure(s protocol.Status) error {
	if s.OK() {
		return nil
	}
	return s
}

// create asks the server for a channel.
func (n *connection) create(ch *Channel) (err error) {
	n.users++
	n.out, ch.wire, err = n.wire.Create(n.out, ch.name, ch)
	n.flush()
	return err
}

// search asks a name server.
func (n *connection) search(names []wantedName) {
	for _, w := range names {
		if len(n.out) >= outLimit {
			return // it does not read; the names are due again
		}
		out, err := n.wire.Search(n.out, w.id, w.name)
		if err != nil {
			return // too old for that, or about to end
		}
		n.out = out
	}
	n.flush()
}

// clear takes a channel off the circuit. One that is still being created is
// cleared when the server has answered.
func (n *connection) clear(w *circuit.Channel) {
	ch := w.Owner.(*Channel)
	if ch.unanswered = w.State() == circuit.Creating; ch.unanswered {
		return
	}
	if out, err := n.wire.Clear(n.out, w); err == nil {
		n.out = out
	}
	n.leave()
	n.flush()
}

// leave counts a channel out; a connection without any is closed.
func (n *connection) leave() {
	if n.users--; n.users == 0 {
		n.drain()
	}
}

// drain ends the connection when all that waits has been written.
func (n *connection) drain() {
	n.draining = true
	n.detach()
	if n.socket == nil {
		n.cancel()
	}
	n.limitWrite()
	n.flush()
}

// abandon gives up the requests on a channel, or with w nil all of them.
func (n *connection) abandon(w *circuit.Channel, err error) {
	n.wire.Abandon(w, func(owner any) { owner.(*request).finish(answer{err: err}) })
}

// flush wakes the writer.
func (n *connection) flush() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// room waits, with the Context unlocked, until the writer has taken what waits, if
// that is much. It reports whether it has waited.
func (n *connection) room(ctx context.Context) (waited bool) {
	if len(n.out) < outLimit {
		return false
	}
	if n.drained == nil {
		n.drained = make(chan struct{})
	}
	drained := n.drained
	n.context.mu.Unlock()
	select {
	case <-drained:
	case <-ctx.Done():
	}
	n.context.mu.Lock()
	return true
}

// release lets those go on who wait in room.
func (n *connection) release() {
	if n.drained != nil {
		close(n.drained)
		n.drained = nil
	}
}

// write writes what waits, all of it at once, until done.
func (n *connection) write(socket net.Conn, done <-chan struct{}) {
	c := n.context
	var batch []byte
	for {
		c.mu.Lock()
		batch, n.out = n.out, batch[:0]
		n.release()
		last := n.draining
		n.limitWrite()
		c.mu.Unlock()
		if len(batch) == 0 {
			if last {
				n.finish(socket)
				return
			}
			select {
			case <-n.wake:
				continue
			case <-done:
				return
			}
		}
		if err := n.send(socket, batch); err != nil {
			c.mu.Lock()
			n.fail(err)
			c.mu.Unlock()
			return
		}
		if cap(batch) > outKeep {
			batch = nil
		}
	}
}

// send writes a batch; a server that reads gets new time for each part of it.
func (n *connection) send(socket net.Conn, batch []byte) error {
	for {
		k, err := socket.Write(batch[:min(len(batch), writeSize)])
		if batch = batch[k:]; err != nil || len(batch) == 0 {
			return err
		}
		n.context.mu.Lock()
		if !n.draining { // it has its last time then
			n.limitWrite()
		}
		n.context.mu.Unlock()
	}
}

// limitWrite gives the server time to read: little if it is to be the last.
func (n *connection) limitWrite() {
	limit := n.context.cfg.ConnectionTimeout + echoWait
	if n.draining {
		limit = drainTime
	}
	if n.socket != nil {
		_ = n.socket.SetWriteDeadline(time.Now().Add(limit)) // a socket that cannot is closed
	}
}

// finish closes our half, so that the server reads the last words before it sees
// the end, and lets the reader go soon.
func (n *connection) finish(socket net.Conn) {
	if half, ok := socket.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = socket.SetReadDeadline(time.Now().Add(drainTime)) // a socket that cannot is closed
		return
	}
	_ = socket.Close() // the reader sees it
}

// tick does what is due by the clock and returns when it wants to be called again.
func (n *connection) tick(now time.Time) time.Time {
	if n.socket == nil {
		return time.Time{}
	}
	before := len(n.out)
	out, err := n.wire.Tick(now, n.out)
	if err != nil {
		n.fail(fmt.Errorf("no answer for %v", n.context.cfg.ConnectionTimeout+echoWait))
		return time.Time{}
	}
	if n.out = out; len(out) > before {
		n.flush()
	}
	return n.wire.NextTick()
}
