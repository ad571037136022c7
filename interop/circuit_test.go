package interop_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// rawCircuit is a circuit to any server, on which a test says exactly what goes over
// the wire.
type rawCircuit struct {
	t      *testing.T
	conn   net.Conn
	in     prototest.Messages
	lastID uint32
	kept   []protocol.Message // read before anybody wanted them
}

// rawChannel is a channel as its server describes it.
type rawChannel struct {
	sid    uint32
	typ    dbr.Type
	count  uint32
	access uint32
}

func dialRaw(t *testing.T, port int) *rawCircuit {
	t.Helper()
	conn, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &rawCircuit{t: t, conn: conn, in: prototest.Messages{From: conn}}
	b := protocol.AppendVersion(nil, 0, protocol.Version)
	b = protocol.AppendHostName(b, "host")
	c.send(protocol.AppendClientName(b, "user"))
	return c
}

func (c *rawCircuit) send(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

func (c *rawCircuit) id() uint32 {
	c.lastID++
	return c.lastID
}

// receive returns the first message that is wanted; what comes before is kept.
func (c *rawCircuit) receive(wanted func(m *protocol.Message) bool) protocol.Message {
	c.t.Helper()
	for i := range c.kept {
		if m := c.kept[i]; wanted(&m) {
			c.kept = append(c.kept[:i], c.kept[i+1:]...)
			return m
		}
	}
	for {
		m := c.read()
		if wanted(&m) {
			return m
		}
		c.kept = append(c.kept, m)
	}
}

func (c *rawCircuit) read() protocol.Message {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(patience))
	m, err := c.in.Next()
	if err != nil {
		c.t.Fatalf("%v: no message of the server", err)
	}
	return m
}

// create makes a channel; !ok if the server has no such thing.
func (c *rawCircuit) create(name string) (ch rawChannel, ok bool) {
	c.t.Helper()
	cid := c.id()
	c.send(protocol.AppendCreateChan(nil, cid, name, protocol.Version))
	for {
		m := c.receive(func(m *protocol.Message) bool {
			return m.Param1 == cid && (m.Command == protocol.CmdCreateChan ||
				m.Command == protocol.CmdCreateChanFail || m.Command == protocol.CmdAccessRights)
		})
		switch m.Command {
		case protocol.CmdAccessRights:
			ch.access = m.Param2
		case protocol.CmdCreateChanFail:
			return ch, false
		default:
			ch.sid, ch.typ, ch.count = m.Param2, dbr.Type(m.DataType), m.Count
			return ch, true
		}
	}
}

// clear ends a channel with its monitors.
func (c *rawCircuit) clear(ch rawChannel) {
	c.t.Helper()
	c.send(protocol.AppendClearChannel(nil, ch.sid, 0))
	c.receive(func(m *protocol.Message) bool { return m.Command == protocol.CmdClearChannel && m.Param1 == ch.sid })
	c.kept = slices.DeleteFunc(c.kept, func(m protocol.Message) bool { return m.Command == protocol.CmdEventAdd })
}

// get reads a channel: the status, and the payload if it is good.
func (c *rawCircuit) get(ch rawChannel, typ dbr.Type, count uint32) (protocol.Status, uint32, []byte) {
	c.t.Helper()
	id := c.id()
	c.send(protocol.AppendReadNotify(nil, uint16(typ), count, ch.sid, id))
	return c.answer(id)
}

// answer is the answer to a READ_NOTIFY.
func (c *rawCircuit) answer(id uint32) (protocol.Status, uint32, []byte) {
	c.t.Helper()
	m := c.receive(func(m *protocol.Message) bool { return m.Command == protocol.CmdReadNotify && m.Param2 == id })
	return protocol.Status(m.Param1), m.Count, m.Payload
}

// written is the answer to a WRITE_NOTIFY.
func (c *rawCircuit) written(id uint32) protocol.Status {
	c.t.Helper()
	m := c.receive(func(m *protocol.Message) bool { return m.Command == protocol.CmdWriteNotify && m.Param2 == id })
	return protocol.Status(m.Param1)
}

// subscribe begins a monitor and returns its id; the first event comes as all do.
func (c *rawCircuit) subscribe(ch rawChannel, typ dbr.Type, mask pv.Mask) uint32 {
	id := c.id()
	c.send(protocol.AppendEventAdd(nil, uint16(typ), 1, ch.sid, id, mask))
	return id
}

// marker is a PV whose events mark places in the stream: what was posted before one of
// them on the same circuit has come when it comes. (rsrv keeps that order among the
// first 35 monitors of a circuit.)
type marker struct {
	c    *rawCircuit
	ch   rawChannel
	sub  uint32
	last uint32
}

func (c *rawCircuit) marker(name string) *marker {
	c.t.Helper()
	ch, ok := c.create(name)
	if !ok {
		c.t.Fatalf("no PV %s", name)
	}
	m := &marker{c: c, ch: ch, sub: c.subscribe(ch, dbr.Long, pv.EventValue)}
	first := c.event(m.sub)
	m.last = binary.BigEndian.Uint32(first.Payload)
	return m
}

func (c *rawCircuit) event(sub uint32) protocol.Message {
	c.t.Helper()
	return c.receive(func(m *protocol.Message) bool { return m.Command == protocol.CmdEventAdd && m.Param2 == sub })
}

// append adds the write that makes the marker's next event.
func (m *marker) append(b []byte) []byte {
	m.last++
	return protocol.AppendWrite(b, uint16(dbr.Long), 1, m.ch.sid, 1, binary.BigEndian.AppendUint32(nil, m.last))
}

// wait returns the events that have come before the marker's, in order.
func (m *marker) wait() []protocol.Message {
	m.c.t.Helper()
	for {
		e := m.c.event(m.sub)
		if binary.BigEndian.Uint32(e.Payload) == m.last {
			break
		}
	}
	var events, rest []protocol.Message
	for _, k := range m.c.kept {
		if k.Command == protocol.CmdEventAdd {
			events = append(events, k)
		} else {
			rest = append(rest, k)
		}
	}
	m.c.kept = rest
	return events
}
