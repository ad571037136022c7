package client

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
)

// State is where a channel stands.
type State uint8

// The states of a channel.
const (
	Idle       State = iota // not used yet
	Searching               // no server is known that has the name
	Connecting              // a server has answered; the channel is being made there
	Connected
	Closed
)

var stateNames = [...]string{"idle", "searching", "connecting", "connected", "closed"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// Info is what the server has told about a connected channel.
type Info struct {
	Server netip.AddrPort
	Type   dbr.Type // native type
	Count  uint32   // largest number of elements
	Access protocol.Access
}

// Channel is one PV as seen by this client. It is searched for at its first use,
// connects by itself, and again after its server has gone and come back.
type Channel struct {
	context  *Context
	name     string
	priority uint8

	// Guarded by context.mu.
	state   State
	info    Info
	trouble error            // why the last attempt to connect failed
	wanted  circuit.Wanted   // in the search's schedule while Searching
	conn    *connection      // while Connecting or Connected
	wire    *circuit.Channel // likewise
	changed chan struct{}    // closed at the next change of state; nil: nobody waits
	subs    []*subscription
	warned  bool // of a second server with the same name
	// unanswered: closed while its server was still creating it; its connection
	// counts it until the server has answered.
	unanswered bool
}

// Name is the name the channel was made with.
func (ch *Channel) Name() string { return ch.name }

// State is where the channel stands now.
func (ch *Channel) State() State {
	c := ch.context
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return Closed
	}
	return ch.state
}

// Info is what the server has told at the last connection; ok is false if the
// channel is not connected now.
func (ch *Channel) Info() (i Info, ok bool) {
	ch.context.mu.Lock()
	defer ch.context.mu.Unlock()
	return ch.info, ch.state == Connected
}

// Connect waits until the channel is connected. The error is an [*Error] whose
// cause is a [*TimeoutError] if ctx ends first, or [ErrClosed].
func (ch *Channel) Connect(ctx context.Context) error {
	c := ch.context
	c.start()
	c.mu.Lock()
	defer c.mu.Unlock()
	return ch.fail("connect", ch.connect(ctx, time.Now()))
}

// connect is Connect with the Context locked. It unlocks while it waits.
func (ch *Channel) connect(ctx context.Context, began time.Time) error {
	c := ch.context
	if err := ch.want(); err != nil {
		return err
	}
	for ch.state != Connected {
		if ch.state == Closed || c.closed {
			return ErrClosed
		}
		if ch.changed == nil {
			ch.changed = make(chan struct{})
		}
		changed := ch.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-c.life.Done():
		case <-ctx.Done():
		}
		c.mu.Lock()
		if ch.state != Connected && ctx.Err() != nil {
			return timeout(ctx, began, ch.reason())
		}
	}
	return nil
}

// want starts the search if the channel is used for the first time.
func (ch *Channel) want() error {
	c := ch.context
	switch {
	case ch.state == Closed || c.closed:
		return ErrClosed
	case ch.state != Idle:
		return nil
	}
	if err := protocol.CheckName(ch.name); err != nil {
		return err
	}
	if err := c.search.add(ch); err != nil {
		return err // still Idle: the next use tries again
	}
	ch.state = Searching
	return nil
}

// reason is why the channel is not connected.
func (ch *Channel) reason() error {
	switch {
	case ch.trouble != nil:
		return ch.trouble
	case ch.state == Connecting:
		return fmt.Errorf("%w: waiting for server %v", ErrDisconnected, ch.conn.key.addr)
	}
	return ch.context.search.notFound()
}

// timeout is what to tell when ctx has ended.
func timeout(ctx context.Context, began time.Time, reason error) error {
	after := time.Since(began)
	if d, ok := ctx.Deadline(); ok && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		after = d.Sub(began)
	}
	return &TimeoutError{After: rounded(after), Cause: ctx.Err(), Reason: reason}
}

// rounded is d with two or three digits, as many as a reader cares for.
func rounded(d time.Duration) time.Duration {
	for unit := time.Second; unit > time.Nanosecond; unit /= 10 {
		if d >= unit {
			return d.Round(unit / 10)
		}
	}
	return d
}

// fail puts the channel's name before err.
func (ch *Channel) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{PV: ch.name, Op: op, Err: err}
}

// Close ends the channel and what waits for it. A circuit that no channel uses any
// more is closed. Close may be called twice.
func (ch *Channel) Close() error {
	c := ch.context
	c.start()
	c.mu.Lock()
	defer c.mu.Unlock()
	was, conn, wire := ch.state, ch.conn, ch.wire
	ch.conn, ch.wire = nil, nil
	ch.set(Closed)
	if was != Idle && was != Closed {
		c.search.remove(ch)
	}
	if conn != nil {
		conn.abandon(wire, ErrClosed)
		conn.clear(wire)
	}
	for _, s := range slices.Clone(ch.subs) {
		s.push(Update{Kind: Failed, Err: ch.fail("monitor", ErrClosed)})
		s.remove()
	}
	return nil
}

// set changes the state and wakes who waits for that.
func (ch *Channel) set(s State) {
	ch.state = s
	if ch.changed != nil {
		close(ch.changed)
		ch.changed = nil
	}
}

// found tells a channel that is searched for that a server has its name.
func (ch *Channel) found(server netip.AddrPort, minor uint16) {
	c := ch.context
	c.search.found(ch)
	n := c.connection(endpoint{server, ch.priority}, minor)
	ch.conn = n
	ch.set(Connecting)
	if err := n.create(ch); err != nil {
		ch.lost(err, holdUnknown)
		n.leave()
	}
}

// created tells the channel that it is connected.
func (ch *Channel) created() {
	ch.info = Info{Server: ch.conn.key.addr, Type: ch.wire.Type, Count: ch.wire.Count, Access: ch.wire.Access}
	ch.trouble = nil
	ch.set(Connected)
	for _, s := range ch.subs {
		s.push(Update{Kind: NowConnected})
		s.begin()
	}
}

// access tells the channel what it may do.
func (ch *Channel) access(a protocol.Access) {
	if ch.state != Connected || ch.info.Access == a {
		return
	}
	ch.info.Access = a
	for _, s := range ch.subs {
		s.push(Update{Kind: AccessChanged})
	}
}

// lost tells the channel that its server is gone or does not want it, and has it
// searched for again after hold.
func (ch *Channel) lost(why error, hold time.Duration) {
	was := ch.state
	ch.conn, ch.wire = nil, nil
	ch.trouble = why
	if ch.context.closed {
		ch.set(Closed)
		return
	}
	ch.set(Searching)
	for _, s := range ch.subs {
		s.wire = nil
		if was == Connected {
			s.push(Update{Kind: NowDisconnected, Err: ch.fail("monitor", why)})
		}
	}
	ch.context.search.again(ch, hold)
}
