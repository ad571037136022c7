package circuit

import (
	"fmt"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// hear gives a server's message its meaning.
func (c *Circuit) hear(ev *Event) error {
	switch ev.Command {
	case protocol.CmdVersion:
		// Servers before CA 4.11 send an empty VERSION where later ones ECHO.
		if ev.Count != 0 {
			c.settle(ev.Count)
			ev.Kind = VersionAnswered
		}
	case protocol.CmdCreateChan, protocol.CmdCreateChanFail, protocol.CmdServerDisconn, protocol.CmdAccessRights:
		return c.hearChannel(ev, ev.Param1)
	case protocol.CmdClearChannel:
		return c.hearChannel(ev, ev.Param2)
	case protocol.CmdReadNotify:
		c.hearAnswer(ev, ReadAnswered)
	case protocol.CmdWriteNotify:
		c.hearAnswer(ev, WriteAnswered)
	case protocol.CmdEventAdd:
		c.hearEvent(ev)
	case protocol.CmdError:
		return c.hearError(ev)
	case protocol.CmdEcho:
		ev.Kind = EchoAnswered
	case protocol.CmdSearch:
		ev.Kind, ev.ID = SearchAnswered, ev.Param2
	case protocol.CmdNotFound:
		ev.Kind, ev.ID = SearchFailed, ev.Param1
	case protocol.CmdRead, protocol.CmdReadSync, protocol.CmdEventCancel:
		// answers to what is not asked here any more
	default:
		return c.fault(c.violation(ev, protocol.ScopeCircuit, "not a server's message"))
	}
	return nil
}

func (c *Circuit) violation(ev *Event, scope protocol.Scope, text string) *protocol.Error {
	return &protocol.Error{
		Scope: scope, Command: ev.Command, Status: protocol.ECAInternal, Channel: protocol.NoID,
		Request: ev.Header, Text: text,
	}
}

// fault closes the circuit if e goes that far.
func (c *Circuit) fault(e *protocol.Error) error {
	if e.Scope == protocol.ScopeCircuit {
		c.state = Closed
	}
	return e
}

// hearChannel deals with what becomes of a channel. Late words about one that is
// gone are no fault.
func (c *Circuit) hearChannel(ev *Event, cid uint32) error {
	ch, ok := c.channels.Get(cid)
	if !ok {
		return nil
	}
	if was := ch.state; !c.move(ch, response, ev.Command) {
		return c.fault(c.violation(ev, protocol.ScopeMessage, fmt.Sprintf("channel %d is %v", cid, was)))
	}
	ev.Channel = ch
	switch ev.Command {
	case protocol.CmdCreateChan:
		ch.SID, ch.Type, ch.Count = ev.Param2, dbr.Type(ev.DataType), ev.Count
		ev.Kind, ev.Type = Created, ch.Type
	case protocol.CmdCreateChanFail:
		ev.Kind = CreateFailed
	case protocol.CmdServerDisconn:
		ev.Kind = ChannelDropped
	case protocol.CmdClearChannel:
		ev.Kind = Cleared
	case protocol.CmdAccessRights:
		ch.Access = ev.Access()
		ev.Kind = RightsChanged
	}
	if ch.state == Gone {
		c.channels.Remove(cid)
		c.removeMonitors(ch)
	}
	return nil
}

func (c *Circuit) removeMonitors(ch *Channel) {
	for _, s := range ch.subs.list {
		c.monitors.Remove(s.ID)
	}
}

// hearAnswer finds the request that is answered; one that was abandoned is not
// missed.
func (c *Circuit) hearAnswer(ev *Event, kind Kind) {
	p, ok := c.requests.Remove(ev.Param2)
	if !ok {
		return
	}
	ev.Kind, ev.ID, ev.Owner, ev.Channel = kind, ev.Param2, p.owner, p.channel
	ev.Status, ev.Type = protocol.Status(ev.Param1), dbr.Type(ev.DataType)
}

// hearEvent: an event without a payload confirms a cancel if one is under way, and
// is otherwise what it looks like, an array without elements.
func (c *Circuit) hearEvent(ev *Event) {
	s, ok := c.monitors.Get(ev.Param2)
	if !ok {
		return
	}
	if s.cancelling {
		if ev.Size == 0 {
			c.monitors.Remove(s.ID)
			s.Channel.subs.remove(s)
			ev.Kind, ev.Subscription, ev.Channel = Cancelled, s, s.Channel
		}
		return
	}
	ev.Kind, ev.Subscription, ev.Channel = Updated, s, s.Channel
	ev.Status, ev.Type = protocol.Status(ev.Param1), dbr.Type(ev.DataType)
}

func (c *Circuit) hearError(ev *Event) error {
	e := ev.ErrorReport()
	if !e.Remote {
		return c.fault(e)
	}
	ev.Kind, ev.Status, ev.Error = ErrorReported, e.Status, e
	if ch, ok := c.channels.Get(e.Channel); ok {
		ev.Channel = ch
	}
	switch e.Request.Command {
	case protocol.CmdReadNotify, protocol.CmdWriteNotify:
		if p, ok := c.requests.Remove(e.Request.Param2); ok {
			ev.Owner, ev.Channel, ev.ID = p.owner, p.channel, e.Request.Param2
		}
	case protocol.CmdEventAdd, protocol.CmdEventCancel:
		if s, ok := c.monitors.Get(e.Request.Param2); ok {
			ev.Subscription, ev.Channel = s, s.Channel
		}
	}
	return nil
}

// AppendHello appends what a client says first: VERSION with its priority, its user
// and its host. From then on everything may be sent; the server's VERSION need not
// be awaited.
func (c *Circuit) AppendHello(dst []byte, user, host string) ([]byte, error) {
	if err := c.check(nil, request, protocol.CmdVersion); err != nil {
		return dst, err
	}
	c.move(nil, request, protocol.CmdVersion)
	dst = protocol.AppendVersion(dst, uint16(c.priority), c.ourMinor)
	dst = protocol.AppendClientName(dst, user[:min(len(user), protocol.MaxIdentity)])
	return protocol.AppendHostName(dst, host[:min(len(host), protocol.MaxIdentity)]), nil
}

// Create asks for a channel. Created or CreateFailed follows.
func (c *Circuit) Create(dst []byte, name string, owner any) ([]byte, *Channel, error) {
	if err := c.check(nil, request, protocol.CmdCreateChan); err != nil {
		return dst, nil, err
	}
	if err := protocol.CheckName(name); err != nil {
		return dst, nil, err
	}
	ch := &Channel{Owner: owner, state: Creating}
	cid, ok := c.channels.Add(ch)
	if !ok {
		return dst, nil, ErrTooMany
	}
	ch.CID = cid
	return protocol.AppendCreateChan(dst, cid, name, c.minor), ch, nil
}

// Clear ends a channel that is Ready, its subscriptions with it; Cleared follows. A
// channel that is still Creating has to be awaited first.
func (c *Circuit) Clear(dst []byte, ch *Channel) ([]byte, error) {
	if err := c.check(ch, request, protocol.CmdClearChannel); err != nil {
		return dst, err
	}
	c.move(ch, request, protocol.CmdClearChannel)
	c.removeMonitors(ch)
	ch.subs = subscriptions{}
	return protocol.AppendClearChannel(dst, ch.SID, ch.CID), nil
}

// dynamicArrays is the version that brought the count 0, "as many as there are".
const dynamicArrays = 13

// elements is the count to ask the server for.
func (c *Circuit) elements(ch *Channel, count uint32) uint32 {
	if count == 0 && c.minor < dynamicArrays {
		return ch.Count
	}
	return count
}

// ReadNotify asks for count elements of the value as t; 0 for as many as there are.
// ReadAnswered follows with owner, or ErrorReported does.
func (c *Circuit) ReadNotify(dst []byte, ch *Channel, t dbr.Type, count uint32, owner any) (_ []byte, ioid uint32, err error) {
	h := protocol.Header{Command: protocol.CmdReadNotify, Count: c.elements(ch, count)}
	if ioid, err = c.begin(ch, h, owner); err != nil {
		return dst, 0, err
	}
	return protocol.AppendReadNotify(dst, uint16(t), h.Count, ch.SID, ioid), ioid, nil
}

// begin checks a request that will be answered and gives it an ioid.
func (c *Circuit) begin(ch *Channel, h protocol.Header, owner any) (ioid uint32, err error) {
	if err := c.check(ch, request, h.Command); err != nil {
		return 0, err
	}
	if err := c.fits(h); err != nil {
		return 0, err
	}
	ioid, ok := c.requests.Add(pending{owner, ch})
	if !ok {
		return 0, ErrTooMany
	}
	return ioid, nil
}

// Forget drops a request that its owner no longer waits for; the answer will be
// ignored.
func (c *Circuit) Forget(ioid uint32) { c.requests.Remove(ioid) }

// Abandon forgets all requests on a channel, or with ch nil on the circuit, and
// calls f with the owner of each: they will not be answered.
func (c *Circuit) Abandon(ch *Channel, f func(owner any)) {
	for ioid, p := range c.requests.All() {
		if ch == nil || p.channel == ch {
			c.requests.Remove(ioid)
			f(p.owner)
		}
	}
}

// Write sends a value of count elements, encoded in payload as t. Nothing is heard
// of it but an ErrorReported.
func (c *Circuit) Write(dst []byte, ch *Channel, t dbr.Type, count uint32, payload []byte) ([]byte, error) {
	h := protocol.Header{Command: protocol.CmdWrite, Count: count, Size: uint32(len(payload))}
	if err := c.check(ch, request, h.Command); err != nil {
		return dst, err
	}
	if err := c.fits(h); err != nil {
		return dst, err
	}
	return protocol.AppendWrite(dst, uint16(t), count, ch.SID, ch.CID, payload), nil
}

// WriteNotify sends a value as Write does; WriteAnswered follows with owner once the
// server has carried it out.
func (c *Circuit) WriteNotify(dst []byte, ch *Channel, t dbr.Type, count uint32, payload []byte, owner any) (_ []byte, ioid uint32, err error) {
	h := protocol.Header{Command: protocol.CmdWriteNotify, Count: count, Size: uint32(len(payload))}
	if ioid, err = c.begin(ch, h, owner); err != nil {
		return dst, 0, err
	}
	return protocol.AppendWriteNotify(dst, uint16(t), count, ch.SID, ioid, payload), ioid, nil
}

// Subscribe asks for events of the classes in mask: count elements as t, 0 for as
// many as there are at each event. Updated follows at once and then with every
// event.
func (c *Circuit) Subscribe(dst []byte, ch *Channel, t dbr.Type, count uint32, mask pv.Mask, owner any) ([]byte, *Subscription, error) {
	h := protocol.Header{Command: protocol.CmdEventAdd, Count: c.elements(ch, count)}
	if err := c.check(ch, request, h.Command); err != nil {
		return dst, nil, err
	}
	if err := c.fits(h); err != nil {
		return dst, nil, err
	}
	s := &Subscription{Owner: owner, Channel: ch, Type: t, Count: h.Count, Mask: mask}
	id, ok := c.monitors.Add(s)
	if !ok {
		return dst, nil, ErrTooMany
	}
	s.ID = id
	ch.subs.add(s)
	return protocol.AppendEventAdd(dst, uint16(t), h.Count, ch.SID, id, mask), s, nil
}

// Unsubscribe ends a subscription: no Updated follows any more, but one Cancelled.
func (c *Circuit) Unsubscribe(dst []byte, s *Subscription) ([]byte, error) {
	if err := c.check(s.Channel, request, protocol.CmdEventCancel); err != nil {
		return dst, err
	}
	if s.cancelling {
		return dst, fmt.Errorf("channel access: EVENT_CANCEL twice: %w", ErrState)
	}
	s.cancelling = true
	return protocol.AppendEventCancel(dst, uint16(s.Type), s.Count, s.Channel.SID, s.ID), nil
}

// EventsOff asks the server to hold events back until EventsOn; then it sends the
// newest of each subscription.
func (c *Circuit) EventsOff(dst []byte) ([]byte, error) {
	if err := c.check(nil, request, protocol.CmdEventsOff); err != nil {
		return dst, err
	}
	return protocol.AppendEventsOff(dst), nil
}

// EventsOn ends EventsOff.
func (c *Circuit) EventsOn(dst []byte) ([]byte, error) {
	if err := c.check(nil, request, protocol.CmdEventsOn); err != nil {
		return dst, err
	}
	return protocol.AppendEventsOn(dst), nil
}

// searchTCP is the version from which a server answers searches on a circuit.
const searchTCP = 12

// Search asks the server for a name over the circuit (EPICS_CA_NAME_SERVERS). id is
// the caller's; SearchAnswered or SearchFailed follows with it.
func (c *Circuit) Search(dst []byte, id uint32, name string) ([]byte, error) {
	if err := c.check(nil, request, protocol.CmdSearch); err != nil {
		return dst, err
	}
	if err := protocol.CheckName(name); err != nil {
		return dst, err
	}
	if c.minor < searchTCP {
		return dst, fmt.Errorf("channel access: SEARCH on a circuit of CA 4.%d: %w", c.minor, ErrVersion)
	}
	return protocol.AppendSearch(dst, id, name, c.minor, protocol.DoReply), nil
}
