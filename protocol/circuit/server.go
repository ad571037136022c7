package circuit

import (
	"bytes"
	"fmt"
	"net/netip"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
)

// serve gives a client's message its meaning, in the order in which rsrv tests it
// (rsrv: camessage.c camessage and the actions of its TCP table).
func (c *Circuit) serve(ev *Event) {
	if c.tooOld(ev) {
		return
	}
	switch ev.Command {
	case protocol.CmdVersion:
		c.serveVersion(ev)
	case protocol.CmdEventAdd:
		c.serveEventAdd(ev)
	case protocol.CmdEventCancel:
		c.serveEventCancel(ev)
	case protocol.CmdRead, protocol.CmdReadNotify:
		c.serveRead(ev)
	case protocol.CmdWrite, protocol.CmdWriteNotify:
		c.serveWrite(ev)
	case protocol.CmdSearch:
		c.serveSearch(ev)
	case protocol.CmdCreateChan:
		c.serveCreate(ev)
	case protocol.CmdClearChannel:
		c.serveClear(ev)
	case protocol.CmdHostName:
		c.serveIdentity(ev, HostNamed)
	case protocol.CmdClientName:
		c.serveIdentity(ev, ClientNamed)
	case protocol.CmdEventsOff:
		ev.Kind = EventsOffAsked
	case protocol.CmdEventsOn:
		ev.Kind = EventsOnAsked
	case protocol.CmdReadSync:
		ev.Kind = ReadSyncAsked
	case protocol.CmdEcho:
		ev.Kind = EchoAsked
	default:
		c.refuse(ev, protocol.ECAInternal, "no such request", true)
	}
}

// tooOld refuses a request of a client that has not said a VERSION we serve. The
// circuit stays, lest the client connects again at once (rsrv: camessage.c).
func (c *Circuit) tooOld(ev *Event) bool {
	if ev.Command == protocol.CmdVersion || c.state == Connected {
		return false
	}
	c.refuse(ev, protocol.ECADefunct, "say VERSION first, of 4.4 or later", false)
	return true
}

// refuse makes ev a Refused. With status 0 nothing is answered.
func (c *Circuit) refuse(ev *Event, status protocol.Status, detail string, closes bool) {
	ev.Kind, ev.Status, ev.Detail, ev.Close = Refused, status, detail, closes
	if closes {
		c.state = Closed
	}
}

// Decline refuses the message under way of which only a part has come, so that no room
// has to be made for it: the rest is skipped. It is for a message that Next wants more
// bytes of; the event is a Refused with the given answer, which does not close.
func (c *Circuit) Decline(status protocol.Status, detail string) Event {
	var ev Event
	ev.Header, _ = protocol.ParseHeader(c.in.bytes())
	c.in.skip = uint64(ev.Len()) + uint64(ev.Size)
	c.refuse(&ev, status, detail, false)
	return ev
}

func (c *Circuit) serveVersion(ev *Event) {
	switch {
	case ev.Count < protocol.VersionMin:
		c.refuse(ev, 0, "version too old", true)
	case ev.DataType > protocol.MaxPriority:
		c.refuse(ev, 0, "priority out of range", true)
	default:
		c.move(nil, request, ev.Command)
		c.settle(ev.Count)
		c.priority = uint8(ev.DataType)
		ev.Kind, ev.Priority = VersionSaid, c.priority
	}
}

// settle takes the lower of both sides' versions.
func (c *Circuit) settle(theirs uint32) { c.minor = uint16(min(uint32(c.ourMinor), theirs)) }

// channel finds the channel of a request and refuses an unknown one. A request on a
// channel that was dropped while it was on its way means nothing: the client takes
// SERVER_DISCONN for the answer.
func (c *Circuit) channel(ev *Event) bool {
	ch, ok := c.channels.Get(ev.Param1)
	if !ok && c.channels.Dropped(ev.Param1) {
		return false
	}
	if !ok || !c.move(ch, request, ev.Command) {
		c.refuse(ev, protocol.ECAInternal, fmt.Sprintf("no channel %d on this circuit", ev.Param1), true)
		return false
	}
	ev.Channel, ev.Type = ch, dbr.Type(ev.DataType)
	return true
}

func (c *Circuit) serveRead(ev *Event) {
	notify := ev.Command == protocol.CmdReadNotify
	if notify && !known(ev.DataType) {
		c.refuse(ev, 0, "no such DBR type", true)
		return
	}
	if !c.channel(ev) {
		return
	}
	if !known(ev.DataType) {
		c.refuse(ev, protocol.ECABadType, "no such DBR type", true)
		return
	}
	ev.Kind, ev.ID = ReadAsked, ev.Param2
	if notify {
		ev.Kind = ReadNotifyAsked
	}
}

func (c *Circuit) serveWrite(ev *Event) {
	if !c.channel(ev) {
		return
	}
	ev.ID = ev.Param2
	if !known(ev.DataType) {
		c.refuse(ev, protocol.ECABadType, "no such DBR type", true)
		return
	}
	ev.Kind = WriteAsked
	if ev.Command == protocol.CmdWriteNotify {
		ev.Kind = WriteNotifyAsked
	}
}

func (c *Circuit) serveEventAdd(ev *Event) {
	if !known(ev.DataType) {
		c.refuse(ev, 0, "no such DBR type", true)
		return
	}
	if !c.channel(ev) {
		return
	}
	mask, err := ev.EventMask()
	if err != nil {
		fault := err.(*protocol.Error)
		c.refuse(ev, fault.Status, fault.Text, true)
		return
	}
	s := &Subscription{Channel: ev.Channel, ID: ev.Param2, Type: ev.Type, Count: ev.Count, Mask: mask}
	ev.Channel.subs.add(s)
	c.subscribed++
	ev.Kind, ev.Subscription = EventAddAsked, s
}

func (c *Circuit) serveEventCancel(ev *Event) {
	if !c.channel(ev) {
		return
	}
	s, ok := ev.Channel.subs.find(ev.Param2)
	if !ok {
		c.refuse(ev, protocol.ECABadMonID, fmt.Sprintf("no subscription %d on the channel", ev.Param2), true)
		return
	}
	ev.Channel.subs.remove(s)
	c.subscribed--
	ev.Kind, ev.Subscription = EventCancelAsked, s
}

// name is the name in a request's payload, ok whether there is any: rsrv passes over
// a request without payload, but looks an empty name up, and takes the last byte for
// a NUL whatever it is.
func name(payload []byte) (name []byte, ok bool) {
	if len(payload) <= 1 {
		return nil, false
	}
	payload = payload[:len(payload)-1]
	if i := bytes.IndexByte(payload, 0); i >= 0 {
		payload = payload[:i]
	}
	return payload, true
}

func (c *Circuit) serveSearch(ev *Event) {
	if ev.Count < protocol.VersionMin {
		c.refuse(ev, 0, "search of a version too old", true)
		return
	}
	if name, ok := name(ev.Payload); ok {
		ev.Kind, ev.ID, ev.Name = SearchAsked, ev.Param2, name
	}
}

// serveCreate: CREATE_CHAN carries the client's version a second time, and rsrv
// believes it (rsrv: camessage.c claim_ciu_action).
func (c *Circuit) serveCreate(ev *Event) {
	if ev.Param2 < protocol.VersionMin {
		c.refuse(ev, 0, "channel of a version too old", true)
		return
	}
	c.settle(ev.Param2)
	if name, ok := name(ev.Payload); ok {
		ev.Kind, ev.ID, ev.Name = CreateAsked, ev.Param1, name
	}
}

func (c *Circuit) serveClear(ev *Event) {
	if !c.channel(ev) {
		return
	}
	c.channels.Remove(ev.Param1)
	c.subscribed -= len(ev.Channel.subs.list)
	ev.Kind = ClearAsked
}

func (c *Circuit) serveIdentity(ev *Event, kind Kind) {
	if c.channels.Len() > 0 {
		c.refuse(ev, protocol.ECAInternal, "too late: there are channels", false)
		return
	}
	text, ok := ev.Text()
	if !ok || len(text) > protocol.MaxIdentity {
		c.refuse(ev, protocol.ECAInternal, "name is not terminated or too long", true)
		return
	}
	ev.Kind, ev.Name = kind, text
}

// AppendGreeting appends the VERSION that a server sends as soon as a client has
// connected.
func (c *Circuit) AppendGreeting(dst []byte) []byte {
	return protocol.AppendVersion(dst, 0, c.ourMinor)
}

// Accept answers a CreateAsked: there is such a channel, natively count elements
// of type t. A client below CA 4.9 hears of at most 65534 elements.
func (c *Circuit) Accept(dst []byte, ev *Event, t dbr.Type, count uint32, access protocol.Access) ([]byte, *Channel, error) {
	if err := c.check(nil, request, protocol.CmdCreateChan); err != nil {
		return dst, nil, err
	}
	ch := &Channel{CID: ev.ID, Type: t, Count: count, Access: access, state: Creating}
	sid, ok := c.channels.Add(ch)
	if !ok {
		return dst, nil, ErrTooMany
	}
	ch.SID = sid
	if !Fits(c.minor, 0, count) {
		count = 0xFFFE
	}
	dst = protocol.AppendAccessRights(dst, ch.CID, access)
	c.move(ch, response, protocol.CmdCreateChan)
	return protocol.AppendCreateChanReply(dst, uint16(t), count, ch.CID, ch.SID), ch, nil
}

// Refuse answers a CreateAsked: there is no such channel. Clients below CA 4.6, which
// do not know the answer, get it all the same (rsrv: camessage.c claim_ciu_action).
func (c *Circuit) Refuse(dst []byte, ev *Event) []byte {
	return protocol.AppendCreateChanFail(dst, ev.ID)
}

// AppendAccess tells the client of new rights to a channel.
func (c *Circuit) AppendAccess(dst []byte, ch *Channel, access protocol.Access) ([]byte, error) {
	if err := c.check(ch, response, protocol.CmdAccessRights); err != nil {
		return dst, err
	}
	ch.Access = access
	return protocol.AppendAccessRights(dst, ch.CID, access), nil
}

// dropChannel is the version that brought SERVER_DISCONN.
const dropChannel = 7

// Drop tells the client that the channel has been removed, and forgets it. Requests
// that the client has sent before it hears of it are passed over. For a client below
// CA 4.7 the error wraps [ErrVersion] and the circuit has to be closed.
func (c *Circuit) Drop(dst []byte, ch *Channel) ([]byte, error) {
	if err := c.check(ch, response, protocol.CmdServerDisconn); err != nil {
		return dst, err
	}
	if c.minor < dropChannel {
		return dst, fmt.Errorf("channel access: drop a channel of CA 4.%d: %w", c.minor, ErrVersion)
	}
	c.move(ch, response, protocol.CmdServerDisconn)
	c.channels.Drop(ch.SID)
	c.subscribed -= len(ch.subs.list)
	return protocol.AppendServerDisconn(dst, ch.CID), nil
}

// AppendCleared answers a ClearAsked with its own ids.
func (c *Circuit) AppendCleared(dst []byte, ev *Event) []byte {
	c.move(ev.Channel, response, protocol.CmdClearChannel)
	return protocol.AppendHeader(dst, ev.Header)
}

// AppendCancelled answers an EventCancelAsked.
func (c *Circuit) AppendCancelled(dst []byte, s *Subscription) []byte {
	return protocol.AppendEventCancelReply(dst, uint16(s.Type), s.Count, s.Channel.SID, s.ID)
}

// AppendFound answers a SearchAsked: the name is served at port of this address.
func (c *Circuit) AppendFound(dst []byte, ev *Event, port uint16) []byte {
	return protocol.AppendSearchReplyTCP(dst, netip.Addr{}, port, ev.ID)
}

// AppendNotFound answers a SearchAsked for a name that is not served, if the client
// wants to hear of it.
func (c *Circuit) AppendNotFound(dst []byte, ev *Event) []byte {
	if !ev.WantsReply() {
		return dst
	}
	h := ev.Header // rsrv: search_fail_reply sends it back
	h.Command, h.Size = protocol.CmdNotFound, 0
	return protocol.AppendHeader(dst, h)
}

// AppendReflection answers an EchoAsked with the message itself and a ReadSyncAsked
// with its header.
func (c *Circuit) AppendReflection(dst []byte, ev *Event) []byte {
	if ev.Kind == EchoAsked {
		return protocol.AppendMessage(dst, ev.Header, ev.Payload)
	}
	h := ev.Header
	h.Size = 0
	return protocol.AppendHeader(dst, h)
}

// AppendWriteNotify answers a WriteNotifyAsked. It reads nothing but its
// arguments, so that the answer may be made by any goroutine.
func AppendWriteNotify(dst []byte, request protocol.Header, status protocol.Status) []byte {
	return protocol.AppendWriteNotifyReply(dst, request.DataType, request.Count, status, request.Param2)
}

// AppendError reports that a request has failed in the way that requests without a
// status in their answer have: as ERROR, with the request's header (rsrv:
// camessage.c vsend_err).
func (c *Circuit) AppendError(dst []byte, ev *Event, status protocol.Status, text string) []byte {
	cid := uint32(protocol.NoID)
	switch ev.Command {
	case protocol.CmdSearch:
		cid = ev.Param1
	case protocol.CmdEventAdd, protocol.CmdEventCancel, protocol.CmdRead, protocol.CmdReadNotify, protocol.CmdWrite,
		protocol.CmdWriteNotify:
		if ch, ok := c.channels.Get(ev.Param1); ok {
			cid = ch.CID
		}
	}
	return protocol.AppendError(dst, cid, status, ev.Header, text)
}

// AppendRefusal appends what a Refused has to be answered with, if anything.
func (c *Circuit) AppendRefusal(dst []byte, ev *Event) []byte {
	switch {
	case ev.Status == 0:
		return dst
	case ev.Command == protocol.CmdWriteNotify && ev.Status == protocol.ECABadType:
		return AppendWriteNotify(dst, ev.Header, ev.Status)
	}
	return c.AppendError(dst, ev, ev.Status, ev.Detail)
}
