package caserver

import (
	"bytes"
	"log/slog"
	"time"

	"github.com/ioclet/ioclet/ioc/filter"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// channel is what the server knows of a channel besides its circuit.
type channel struct {
	field  record.Field
	filter *filter.Chain // nil: none
	trap   bool          // Server.OnPut is told of its writes
}

func channelOf(ch *circuit.Channel) *channel   { return ch.Owner.(*channel) }
func fieldOf(ch *circuit.Channel) record.Field { return channelOf(ch).field }

// handle executes one request; false ends the circuit once its reply is out.
func (c *client) handle(ev *circuit.Event) bool {
	switch ev.Kind {
	case circuit.VersionSaid:
		c.spoken.Store(true)
		c.minor.Store(uint32(c.circuit.Minor()))
		c.stats.priority.Store(uint32(ev.Priority))
	case circuit.HostNamed:
		c.setIdentity(&c.host, ev.Name)
		c.closeSession()
	case circuit.ClientNamed:
		c.setIdentity(&c.user, ev.Name)
		c.closeSession()
	case circuit.SearchAsked:
		c.search(ev)
	case circuit.CreateAsked:
		c.create(ev)
	case circuit.ClearAsked:
		unsubscribe(ev.Channel)
		c.outbox.forgetPuts(ev.Channel.SID)
		c.out.b = c.circuit.AppendCleared(c.out.b, ev)
		c.countChannels()
	case circuit.ReadAsked:
		c.readOld(ev)
	case circuit.ReadNotifyAsked:
		c.readNotify(ev)
	case circuit.WriteAsked:
		c.put(ev)
	case circuit.WriteNotifyAsked:
		return c.putNotify(ev)
	case circuit.EventAddAsked:
		return c.subscribe(ev)
	case circuit.EventCancelAsked:
		ev.Subscription.Owner.(*subscription).cancel()
		c.out.b = c.circuit.AppendCancelled(c.out.b, ev.Subscription)
		c.countChannels()
	case circuit.EventsOffAsked:
		c.outbox.setHold(true)
	case circuit.EventsOnAsked:
		c.outbox.setHold(false)
	case circuit.EchoAsked:
		if len(ev.Payload) > writeSize {
			return c.echoLarge(ev)
		}
		c.out.b = c.circuit.AppendReflection(c.out.b, ev)
	case circuit.ReadSyncAsked:
		c.out.b = c.circuit.AppendReflection(c.out.b, ev)
	case circuit.Refused:
		if ev.Status == protocol.ECAToLarge {
			c.server.hold(limitArrayBytes, c.peer)
		}
		c.out.b = c.circuit.AppendRefusal(c.out.b, ev)
		c.debug("Channel Access request refused", "command", ev.Command, "reason", ev.Detail, "close", ev.Close)
		if ev.Close {
			c.giveUp(ev.Command.String()+": "+ev.Detail, slog.LevelWarn)
		}
		return !ev.Close
	}
	return true
}

func (c *client) search(ev *circuit.Event) {
	c.settled.Store(true)
	c.server.searches.Add(1)
	if c.server.Database.Has(ev.Name) {
		c.server.found.Add(1)
		c.out.b = c.circuit.AppendFound(c.out.b, ev, c.server.Port())
		return
	}
	c.out.b = c.circuit.AppendNotFound(c.out.b, ev)
}

func (c *client) create(ev *circuit.Event) {
	c.minor.Store(uint32(c.circuit.Minor()))
	c.settled.Store(true)
	owner, err := c.server.channel(string(ev.Name))
	if err != nil {
		c.debug("Channel Access channel refused", "err", err)
	}
	if err != nil || !c.mayCreate() {
		c.out.b = c.circuit.Refuse(c.out.b, ev)
		return
	}
	access, trap := c.rights(owner.field)
	var ch *circuit.Channel
	typ, count := owner.shape()
	c.out.b, ch, err = c.circuit.Accept(c.out.b, ev, typ, count, access)
	if err != nil {
		c.out.b = c.circuit.Refuse(c.out.b, ev)
		return
	}
	owner.trap = trap
	ch.Owner = owner
	c.countChannels()
}

// mayCreate reports whether there is room for one more channel.
func (c *client) mayCreate() bool {
	lim := &c.server.config.Limits
	switch {
	case c.circuit.Channels().Len() >= lim.ChannelsPerCircuit:
		c.server.hold(limitChannelsPerCircuit, c.peer)
	case int(c.server.channels.Load()) >= lim.Channels:
		c.server.hold(limitChannels, c.peer)
	default:
		return true
	}
	return false
}

// maySubscribe reports whether there is room for the last subscription, which the
// circuit counts already.
func (c *client) maySubscribe() bool {
	lim := &c.server.config.Limits
	switch {
	case c.circuit.Subscriptions() > lim.SubscriptionsPerCircuit:
		c.limited(limitSubscriptionsPerCircuit, "too many subscriptions")
	case int(c.server.subscriptions.Load()) >= lim.Subscriptions:
		c.limited(limitSubscriptions, "too many subscriptions of all clients")
	default:
		return true
	}
	return false
}

// countChannels publishes the numbers of what the client has.
func (c *client) countChannels() {
	c.publish(c.circuit.Channels().Len(), c.circuit.Subscriptions())
}

func (c *client) publish(channels, subscriptions int) {
	n, m := int32(channels), int32(subscriptions)
	c.server.channels.Add(n - c.stats.channels.Swap(n))
	c.server.subscriptions.Add(m - c.stats.subscriptions.Swap(m))
}

func mayRead(ch *circuit.Channel) bool { return ch.Access&protocol.AccessRead != 0 }

func (c *client) readNotify(ev *circuit.Event) {
	var a answer
	a.toRead(c, ev)
	a.head.Param1 = uint32(protocol.ECANormal)
	if !mayRead(ev.Channel) {
		a.head.Param1 = uint32(protocol.ECANoRdAccess)
		c.reply(&a, nil, nil)
		return
	}
	var s pv.Sample
	if info, ok := c.fetch(&a, &s); ok {
		c.reply(&a, &s, info)
	}
}

// readOld answers the deprecated READ: its answer has no status, so that what fails
// is an ERROR, and of a single string only the text is sent (rsrv: camessage.c
// read_action).
func (c *client) readOld(ev *circuit.Event) {
	if !mayRead(ev.Channel) {
		c.fail(ev, protocol.ECANoRdAccess)
		return
	}
	var a answer
	a.toRead(c, ev)
	a.head.Count, a.head.Param1 = ev.Count, ev.Channel.CID
	size := a.size()
	if status := a.tooLarge(size); status != 0 {
		c.fail(ev, status)
		return
	}
	if isLarge(size) {
		c.readOldLarge(ev, &a)
		return
	}
	var s pv.Sample
	info := a.get(&s)
	a.head.Size = uint32(size)
	start := len(c.out.b)
	b := protocol.BeginMessage(c.out.b, a.head)
	text := len(b)
	b, ok := a.appendValue(b, ev.Count, &s, info)
	if !ok {
		c.out.b = b[:start]
		c.fail(ev, protocol.ECAGetFail)
		return
	}
	if ev.Type == dbr.String && ev.Count == 1 {
		if n := bytes.IndexByte(b[text:], 0); n >= 0 {
			b = b[:text+n+1]
		}
	}
	c.out.b = protocol.FinishMessage(b, start, a.head)
}

// readOldLarge is readOld of a value that goes out in pieces.
func (c *client) readOldLarge(ev *circuit.Event, a *answer) {
	var s pv.Sample
	info, ok := c.fetch(a, &s)
	if !ok {
		return
	}
	if _, ok := a.elements(&s, info); !ok {
		c.server.inflight.done(s.Value)
		c.fail(ev, protocol.ECAGetFail)
		return
	}
	c.reply(a, &s, info)
}

// fail answers a request by an ERROR with the record's name.
func (c *client) fail(ev *circuit.Event, status protocol.Status) {
	c.out.b = c.circuit.AppendError(c.out.b, ev, status, fieldOf(ev.Channel).Record().Name())
}

func (c *client) put(ev *circuit.Event) {
	if status := c.putValue(ev, nil); !status.OK() {
		c.fail(ev, status)
	}
}

// putNotify executes a write whose end the client wants to hear. Those that the
// device cannot take at once queue in the record; with too many of them, or of
// answers that the client does not read, the reader waits, and with it the client. When
// none has ended for long the put is refused, as rsrv does (camessage.c
// write_notify_action): while the reader waits it does not see that the client has gone.
func (c *client) putNotify(ev *circuit.Event) bool {
	p := c.outbox.beginPut(c.server.config.Limits.Puts, ev.Header)
	for ; p == nil; p = c.outbox.beginPut(c.server.config.Limits.Puts, ev.Header) {
		c.server.hold(limitPuts, c.peer)
		if c.flush() != nil || c.isClosing() || c.outbox.isClosed() {
			return false
		}
		if !c.awaitRoom() {
			c.out.b = circuit.AppendWriteNotify(c.out.b, ev.Header, protocol.ECAPutCBInProg)
			return true
		}
		if !c.attend() {
			return false
		}
		if ev.Channel.State() != circuit.Ready {
			return true // dropped meanwhile
		}
	}
	c.putDue = time.Time{}
	c.needWriter()
	status := c.putValue(ev, p)
	if !status.OK() {
		c.outbox.cancelPut(p)
		c.out.b = circuit.AppendWriteNotify(c.out.b, ev.Header, status)
	}
	return true
}

// awaitRoom waits until there may be room for a put; false if there has been none for
// as long as a client may take to read.
func (c *client) awaitRoom() bool {
	if c.putDue.IsZero() {
		c.putDue = time.Now().Add(c.timeout)
	}
	late := time.NewTimer(time.Until(c.putDue))
	defer late.Stop()
	select {
	case <-c.outbox.room: // filled when answers go out, by stop, by ask and when writing fails
		return true
	case <-late.C:
		return false
	}
}

// putValue carries out a client's write. If the status is a success, done will be told
// of the end.
func (c *client) putValue(ev *circuit.Event, done record.Completion) protocol.Status {
	ch := channelOf(ev.Channel)
	if c.server.OnPut == nil || !ch.trap && !c.server.AllPuts {
		_, status := c.store(ev, ch.field, done)
		return status
	}
	t := c.trap(ev, ch.field, done)
	given, status := c.store(ev, ch.field, t.completion())
	t.answered(status, given, ev)
	return status
}

// store carries a client's value to its field, and returns that which the field is given.
func (c *client) store(ev *circuit.Event, f record.Field, done record.Completion) (given pv.Value, status protocol.Status) {
	if ev.Channel.Access&protocol.AccessWrite == 0 {
		return given, protocol.ECANoWtAccess
	}
	if ev.Type == dbr.PutAckT || ev.Type == dbr.PutAckS {
		return given, acknowledge(f.Record(), ev, done)
	}
	v, err := decode(ev, min(ev.Count, f.Count()))
	if err == nil {
		given, err = f.Assign(v, done)
	}
	if err != nil {
		c.debug("Channel Access write refused", "err", err)
		return given, protocol.ECAPutFail
	}
	return given, protocol.ECANormal
}

// decode is the value of a write. A plain WRITE may carry metadata, too, which say
// nothing; a WRITE_NOTIFY may not (rsrv: dbChannel_put, dbPutNotify).
func decode(ev *circuit.Event, count uint32) (pv.Value, error) {
	if ev.Kind == circuit.WriteAsked && ev.Type > dbr.Double && ev.Type <= dbr.CtrlDouble {
		d, err := dbr.Decode(ev.Type, count, ev.Payload)
		return d.Sample.Value, err
	}
	return dbr.DecodeValue(ev.Type, count, ev.Payload)
}

// acknowledge executes the writes by which alarm handlers acknowledge alarms.
func acknowledge(r *record.Record, ev *circuit.Event, done record.Completion) protocol.Status {
	x, err := dbr.DecodeAck(ev.Type, ev.Payload)
	if err != nil {
		return protocol.ECAPutFail
	}
	if ev.Type == dbr.PutAckT {
		r.PutAckt(x != 0)
	} else {
		r.PutAcks(pv.Severity(min(x, uint16(pv.InvalidAlarm))))
	}
	if done != nil {
		done.PutDone(nil)
	}
	return protocol.ECANormal
}

// subscribe begins a monitor. Its first value goes the way of all events.
func (c *client) subscribe(ev *circuit.Event) bool {
	if !c.maySubscribe() {
		c.out.b = c.circuit.AppendError(c.out.b, ev, protocol.ECAAllocMem, "too many subscriptions")
		return false
	}
	c.countChannels()
	c.monitor(ev.Subscription)
	return true
}
