package clienttest

import (
	"errors"
	"net"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// conn is one circuit; all but the socket is guarded by server.mu.
type conn struct {
	server *Server
	socket net.Conn
	wire   *circuit.Circuit
	out    []byte
	wake   chan struct{}
	end    chan struct{}
}

// accept serves a new circuit; the server is locked.
func (s *Server) accept(socket net.Conn) {
	c := &conn{
		server: s, socket: socket, wire: circuit.New(circuit.Config{Role: circuit.Server}),
		wake: make(chan struct{}, 1), end: make(chan struct{}),
	}
	s.conns[c] = struct{}{}
	s.accepted++
	c.out = c.wire.AppendGreeting(c.out)
	c.flush()
	s.tasks.Go(c.read)  // ends when the socket does
	s.tasks.Go(c.write) // ends with read
}

func (c *conn) flush() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *conn) write() {
	for {
		c.server.mu.Lock()
		out := c.out
		c.out = nil
		c.server.mu.Unlock()
		if len(out) > 0 {
			if _, err := c.socket.Write(out); err != nil {
				return
			}
			continue
		}
		select {
		case <-c.wake:
		case <-c.end:
			return
		}
	}
}

func (c *conn) read() {
	defer close(c.end)
	defer c.socket.Close()
	for {
		n, err := c.socket.Read(c.wire.Space(4096))
		c.wire.Advance(n)
		if !c.hear() || err != nil {
			break
		}
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	delete(c.server.conns, c)
}

// hear acts on what has been read; false ends the circuit.
func (c *conn) hear() bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	for {
		ev, err := c.wire.Next(time.Now())
		if err != nil {
			c.flush()
			return errors.Is(err, protocol.ErrShort)
		}
		if c.server.mute {
			continue
		}
		if ev.Kind == circuit.Refused {
			c.out = c.wire.AppendRefusal(c.out, ev)
			if ev.Close {
				return false
			}
			continue
		}
		c.handle(ev)
	}
}

func (c *conn) handle(ev *circuit.Event) {
	switch ev.Kind {
	case circuit.SearchAsked:
		if c.server.pvs[string(ev.Name)] == nil {
			c.out = c.wire.AppendNotFound(c.out, ev)
		} else {
			c.out = c.wire.AppendFound(c.out, ev, Address.Port())
		}
	case circuit.CreateAsked:
		c.create(ev)
	case circuit.ClearAsked:
		c.out = c.wire.AppendCleared(c.out, ev)
	case circuit.ReadNotifyAsked:
		c.value(ev.Channel.Owner.(*entry), ev.Type, ev.Count, func(status protocol.Status) protocol.Header {
			return protocol.ReadNotifyReply(uint16(ev.Type), ev.Count, status, ev.Param2)
		})
	case circuit.EventAddAsked:
		ev.Subscription.Owner = ev.Channel.Owner
		c.server.monitors++
		c.server.begun.Broadcast()
		c.event(ev.Subscription)
	case circuit.EventCancelAsked:
		c.out = c.wire.AppendCancelled(c.out, ev.Subscription)
	case circuit.WriteAsked:
		if status := c.put(ev); !status.OK() {
			c.out = c.wire.AppendError(c.out, ev, status, "refused")
		}
	case circuit.WriteNotifyAsked:
		c.putNotify(ev)
	case circuit.EchoAsked, circuit.ReadSyncAsked:
		c.out = c.wire.AppendReflection(c.out, ev)
	}
}

func (c *conn) create(ev *circuit.Event) {
	e := c.server.pvs[string(ev.Name)]
	if e == nil || e.Type > dbr.Double {
		c.out = c.wire.Refuse(c.out, ev)
		return
	}
	out, ch, err := c.wire.Accept(c.out, ev, e.Type, e.Count, e.access())
	if err == nil {
		c.out, ch.Owner = out, e
	}
}

// value appends a message with e's value, or with zeros and a status.
func (c *conn) value(e *entry, t dbr.Type, count uint32, header func(protocol.Status) protocol.Header) {
	if count == 0 {
		count = uint32(e.Value.Len())
	}
	start, status := len(c.out), protocol.ECANormal
	h := header(status)
	h.Count = count
	sample := pv.Sample{Value: e.Value, Time: e.Time, Alarm: e.Alarm}
	out := protocol.BeginMessage(c.out, h)
	var err error
	switch {
	case e.Denied&protocol.AccessRead != 0:
		status = protocol.ECANoRdAccess
	case t == dbr.StsAckString:
		out, err = dbr.AppendStsAck(out, count, &sample, &e.Info, dbr.Ack{Transient: true})
	case t == dbr.ClassName:
		out = dbr.AppendClassName(out, count, "test")
	default:
		out, err = dbr.Append(out, t, count, &sample, &e.Info)
	}
	if err != nil {
		status = protocol.ECAGetFail
	}
	if status != protocol.ECANormal {
		h = header(status)
		h.Count = count
		out = dbr.AppendZero(protocol.BeginMessage(c.out[:start], h), t, count)
	}
	c.out = protocol.FinishMessage(out, start, h)
}

func (c *conn) event(s *circuit.Subscription) {
	c.value(s.Owner.(*entry), s.Type, s.Count, func(status protocol.Status) protocol.Header {
		return protocol.EventReply(uint16(s.Type), s.Count, status, s.ID)
	})
}

// each calls f for the channels to e.
func (c *conn) each(e *entry, f func(*circuit.Channel)) {
	for _, ch := range c.wire.Channels().All() {
		if ch.Owner == e {
			f(ch)
		}
	}
}

func (c *conn) post(e *entry) {
	c.each(e, func(ch *circuit.Channel) {
		for _, s := range ch.Subscriptions() {
			if s.Mask&pv.EventValue != 0 {
				c.event(s)
			}
		}
	})
	c.flush()
}

func (c *conn) put(ev *circuit.Event) protocol.Status {
	e := ev.Channel.Owner.(*entry)
	if e.Refuse != 0 {
		return e.Refuse
	}
	v, err := dbr.DecodeValue(ev.Type, ev.Count, ev.Payload)
	if err == nil {
		v, err = pv.Convert(v, e.Type.Kind(), &e.Info)
	}
	if err != nil {
		return protocol.ECAPutFail
	}
	if e.Count == 1 && v.Len() > 0 {
		v = v.At(0)
	}
	e.Value, e.Time = v, pv.StampOf(time.Now())
	c.server.post(e)
	return protocol.ECANormal
}

func (c *conn) putNotify(ev *circuit.Event) {
	e, h, status := ev.Channel.Owner.(*entry), ev.Header, c.put(ev)
	complete := func(s protocol.Status) {
		c.out = circuit.AppendWriteNotify(c.out, h, s)
		c.flush()
	}
	if e.Held && status.OK() {
		e.held = append(e.held, complete)
		return
	}
	complete(status)
}
