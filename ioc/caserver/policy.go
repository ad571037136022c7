package caserver

import (
	"net/netip"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
)

// Policy decides what clients may do. Its methods are called from several goroutines.
type Policy interface {
	// Open begins the session of a client, before its first channel is created.
	// changed is to be called when the answers of Session.Rights may be different: the
	// client is told of its new rights. It does not block, may be called from anywhere,
	// with a record locked, too, and has no effect once the session is closed.
	Open(who Identity, changed func()) Session
}

// Session is what one client may do. It belongs to the client's goroutine.
type Session interface {
	// Rights is what the client may do with f, and whether Server.OnPut is to be told
	// of its writes to f. It is asked when a channel is created and after changed was
	// called, not for each request.
	Rights(f record.Field) (access protocol.Access, trap bool)
	// Close ends the session. The client may open another: as somebody else, if it had
	// no channels.
	Close()
}

// Identity is who a client says it is, and from where it calls.
type Identity struct {
	User, Host string     // as the client says
	Peer       string     // address and port
	Address    netip.Addr // the zero Addr where there is no IP
}

// rights is what the client may do with a field.
func (c *client) rights(f record.Field) (access protocol.Access, trap bool) {
	access = protocol.AccessRead | protocol.AccessWrite
	if p := c.server.Policy; p != nil {
		if c.session == nil { // the reader alone writes user and host
			c.session = p.Open(Identity{User: c.user, Host: c.host, Peer: c.peer, Address: c.address}, c.rightsChanged)
		}
		access, trap = c.session.Rights(f)
	}
	if !f.Writable() {
		access &^= protocol.AccessWrite
	}
	return access, trap
}

func (c *client) closeSession() {
	if c.session != nil {
		c.session.Close()
		c.session = nil
	}
}

// rightsChanged has the reader look at the rights of all channels, once for all that
// has changed until it does.
func (c *client) rightsChanged() {
	if !c.rechecking.Swap(true) {
		c.ask(c.recheck)
	}
}

// recheck tells the client of rights that have changed: first those of all channels,
// then their monitors' values, as rsrv does. A monitor of which read access comes or goes
// begins anew, so that it says so whatever its filter makes of that: rsrv asks the filter.
func (c *client) recheck() {
	c.rechecking.Store(false)
	type change struct {
		ch   *circuit.Channel
		read bool // access has come or gone
	}
	var changed []change
	for _, ch := range c.circuit.Channels().All() {
		owner := channelOf(ch)
		var access protocol.Access
		access, owner.trap = c.rights(owner.field)
		if access == ch.Access {
			continue
		}
		x := change{ch, (access^ch.Access)&protocol.AccessRead != 0}
		b, err := c.circuit.AppendAccess(c.out.b, ch, access)
		if err != nil {
			continue // the channel has been disconnected
		}
		c.out.b = b
		changed = append(changed, x)
		if !c.flushLarge() {
			return
		}
	}
	if c.flush() != nil { // an event is not to overtake the rights
		return
	}
	for _, x := range changed {
		for _, sub := range x.ch.Subscriptions() {
			s, ok := sub.Owner.(*subscription)
			switch {
			case !ok:
			case x.read:
				s.cancel()
				c.monitor(sub)
			case s.source != nil:
				s.source.Again()
			}
		}
		if !c.flushLarge() {
			return
		}
	}
}

// flushLarge writes the replies if they are many; false ends the circuit.
func (c *client) flushLarge() bool { return len(c.out.b) < writeSize || c.flush() == nil }

// monitor begins to watch the field of a subscription, whose present value is its
// first event. Without read access the only event is one that says so.
func (c *client) monitor(sub *circuit.Subscription) {
	c.needWriter()
	s := newSubscription(&c.outbox, channelOf(sub.Channel), sub)
	sub.Owner = s
	if mayRead(sub.Channel) {
		s.source = s.field.Subscribe(sub.Mask, s)
		return
	}
	var a answer
	a.toMonitor(c, s, c.circuit.Minor())
	a.head.Param1 = uint32(protocol.ECANoRdAccess)
	c.reply(&a, nil, nil)
}
