package conformance

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"slices"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/prototest"
)

// peer is a client on bytes: one circuit.
type peer struct {
	*judge
	conn net.Conn
	in   prototest.Messages
}

// dial connects and says nothing.
func (j *judge) dial() *peer {
	conn, err := net.DialTimeout("tcp4", j.server, patience)
	if err != nil {
		j.giveUp("%v", err)
	}
	j.open = append(j.open, conn)
	return &peer{judge: j, conn: conn, in: prototest.Messages{From: conn, Limits: protocol.Limits{MaxPayload: 1 << 28}}}
}

// connect connects and begins as a client of CA 4.minor does.
func (j *judge) connect(minor uint16) *peer {
	p := j.dial()
	p.send(protocol.AppendClientName(protocol.AppendHostName(protocol.AppendVersion(nil, 0, minor), "host"), "user"))
	p.want(protocol.Header{Command: protocol.CmdVersion, Count: protocol.Version})
	return p
}

// greet connects as a client of today does.
func (j *judge) greet() *peer { return j.connect(protocol.Version) }

// send sends messages as one piece. That the server has closed the circuit is for
// the next read to find.
func (p *peer) send(b ...[]byte) {
	_ = p.conn.SetWriteDeadline(time.Now().Add(patience))
	_, err := p.conn.Write(slices.Concat(b...))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		p.giveUp("the server does not read")
	}
}

// receive is the next message; ok is false if the server has closed the circuit.
func (p *peer) receive() (m protocol.Message, ok bool) {
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	m, err := p.in.Next()
	var fault *protocol.Error
	switch {
	case err == nil:
		return m, true
	case errors.As(err, &fault):
		p.giveUp("malformed message: %v: %x", err, p.in.Rest())
	case errors.Is(err, os.ErrDeadlineExceeded):
		p.giveUp("neither an answer nor the end of the circuit")
	case len(p.in.Rest()) > 0: // a reset is an end, too
		p.giveUp("closed within a message: %x", p.in.Rest())
	}
	return m, false
}

// next is the next message.
func (p *peer) next() protocol.Message {
	m, ok := p.receive()
	if !ok {
		p.giveUp("the circuit is closed instead of an answer")
	}
	return m
}

// want takes the next message, which is to have the header, but for its size, and
// the payload.
func (p *peer) want(h protocol.Header, payload ...piece) protocol.Message {
	m := p.next()
	p.compare(m, h, payload...)
	return m
}

// compare compares a message with what it is to be. The size is that of the payload
// with its padding, whose content is not compared.
func (p *peer) compare(m protocol.Message, h protocol.Header, payload ...piece) {
	size := 0
	for _, x := range payload {
		size += x.n
	}
	h.Size = uint32(size+7) &^ 7
	if m.Header != h {
		p.differ("header %+v, expected %+v%s", m.Header, h, errorText(m))
		return
	}
	rest := m.Payload
	for i, x := range payload {
		if got := rest[:x.n]; !x.matches(got) {
			p.differ("%v: byte %d, part %d: %x, expected %v", h.Command, len(m.Payload)-len(rest), i, got, x)
		}
		rest = rest[x.n:]
	}
}

func errorText(m protocol.Message) string {
	if m.Command != protocol.CmdError {
		return ""
	}
	return fmt.Sprintf(": %v", m.ErrorReport())
}

// wantError takes the next message, an ERROR about request: its header comes back in
// front of a text.
func (p *peer) wantError(cid uint32, status protocol.Status, request []byte) {
	p.isError(p.next(), cid, status, request)
}

func (p *peer) isError(m protocol.Message, cid uint32, status protocol.Status, request []byte) {
	n := protocol.HeaderLen
	if binary.BigEndian.Uint16(request[2:]) == 0xFFFF {
		n = protocol.ExtendedHeaderLen
	}
	want := protocol.Header{Command: protocol.CmdError, Size: m.Size, Param1: cid, Param2: uint32(status)}
	switch {
	case m.Header != want:
		p.differ("header %+v, expected %+v%s", m.Header, want, errorText(m))
	case !bytes.HasPrefix(m.Payload, request[:n]):
		p.differ("ERROR carries %x, expected the request's header %x", m.Payload, request[:n])
	case bytes.IndexByte(m.Payload[n:], 0) < 0:
		p.differ("ERROR's text has no end: %q", m.Payload[n:])
	case len(m.Payload) > 512:
		p.differ("ERROR of %d bytes, at most 512 are allowed", len(m.Payload))
	}
}

// wantKept finds out whether the circuit lives: an ECHO is answered, and nothing
// comes before it.
func (p *peer) wantKept() {
	p.send(protocol.AppendEcho(nil))
	p.want(protocol.Header{Command: protocol.CmdEcho})
}

// wantClosed takes the end of the circuit, before which nothing may come.
func (p *peer) wantClosed() {
	if m, ok := p.receive(); ok {
		p.differ("%v %+v%s, expected the end of the circuit", m.Command, m.Header, errorText(m))
	}
}

// channel is a channel that exists.
type channel struct {
	*peer
	cid, sid uint32
	typ      uint16
	count    uint32
	rights   protocol.Access
}

// create makes a channel of the PV.
func (p *peer) create(name string, cid uint32) *channel {
	p.send(protocol.AppendCreateChan(nil, cid, name, protocol.Version))
	return p.created(cid)
}

// created takes the answer to a CREATE_CHAN: rights, then the channel.
func (p *peer) created(cid uint32) *channel {
	rights := p.next()
	if rights.Command != protocol.CmdAccessRights {
		p.giveUp("%v, expected ACCESS_RIGHTS", rights.Command)
	}
	p.compare(rights, protocol.Header{Command: protocol.CmdAccessRights, Param1: cid, Param2: rights.Param2})
	m := p.next()
	if m.Command != protocol.CmdCreateChan {
		p.giveUp("%v, expected CREATE_CHAN", m.Command)
	}
	p.compare(m, protocol.Header{Command: protocol.CmdCreateChan, DataType: m.DataType, Count: m.Count, Param1: cid, Param2: m.Param2})
	return &channel{peer: p, cid: cid, sid: m.Param2, typ: m.DataType, count: m.Count, rights: rights.Access()}
}

// channel connects and makes a channel of the PV.
func (j *judge) channel(name string) *channel { return j.greet().create(name, 11) }

// ids of requests, as the rows use them.
const (
	ioid  = 0x1234
	subid = 0x5678
)

// get reads, and wants the value as t with status normal and, unless count is 0,
// as many elements.
func (c *channel) get(t uint16, count uint32, reply uint32, payload ...piece) {
	c.send(c.ask(t, count))
	c.want(readReply(t, reply, protocol.ECANormal), payload...)
}

// ask is a READ_NOTIFY.
func (c *channel) ask(t uint16, count uint32) []byte {
	return protocol.AppendReadNotify(nil, t, count, c.sid, ioid)
}

func readReply(t uint16, count uint32, status protocol.Status) protocol.Header {
	return protocol.ReadNotifyReply(t, count, status, ioid)
}

// put writes with completion, and wants it to succeed.
func (c *channel) put(t uint16, count uint32, payload ...piece) {
	c.putStatus(protocol.ECANormal, t, count, payload...)
}

// putStatus writes with completion, and wants the status.
func (c *channel) putStatus(status protocol.Status, t uint16, count uint32, payload ...piece) {
	c.send(c.putRequest(t, count, payload...))
	c.want(protocol.Header{Command: protocol.CmdWriteNotify, DataType: t, Count: count, Param1: uint32(status), Param2: ioid})
}

func (c *channel) putRequest(t uint16, count uint32, payload ...piece) []byte {
	return protocol.AppendWriteNotify(nil, t, count, c.sid, ioid, join(payload))
}

func (c *channel) write(t uint16, count uint32, payload ...piece) []byte {
	return protocol.AppendWrite(nil, t, count, c.sid, ioid, join(payload))
}

// event takes the next message, an update.
func (c *channel) event(t uint16, count uint32, payload ...piece) {
	c.want(protocol.EventReply(t, count, protocol.ECANormal, subid), payload...)
}

// piece is a part of a payload.
type piece struct {
	n    int
	b    []byte // nil: whatever it is
	text bool   // b, then NUL, then whatever it is
}

func (x piece) matches(got []byte) bool {
	switch {
	case x.b == nil:
		return true
	case x.text && len(x.b) < len(got):
		return bytes.HasPrefix(got, x.b) && got[len(x.b)] == 0
	}
	return bytes.Equal(got, x.b)
}

func (x piece) String() string {
	if x.text {
		return fmt.Sprintf("%x (%q)", x.b, x.b)
	}
	return fmt.Sprintf("%x", x.b)
}

// join is the pieces as bytes, to be sent.
func join(list []piece) (b []byte) {
	for _, x := range list {
		b = append(append(b, x.b...), make([]byte, x.n-len(x.b))...)
	}
	return b
}

func of(b []byte) piece          { return piece{n: len(b), b: b} }
func u8(x byte) piece            { return of([]byte{x}) }
func u16(x uint16) piece         { return of(binary.BigEndian.AppendUint16(nil, x)) }
func i16(x int16) piece          { return u16(uint16(x)) }
func i32(x int32) piece          { return of(binary.BigEndian.AppendUint32(nil, uint32(x))) }
func f32(x float32) piece        { return of(binary.BigEndian.AppendUint32(nil, math.Float32bits(x))) }
func f64(x float64) piece        { return of(binary.BigEndian.AppendUint64(nil, math.Float64bits(x))) }
func skip(n int) piece           { return piece{n: n} }
func text(n int, s string) piece { return piece{n: n, b: []byte(s), text: true} }
func zeros(n int) piece          { return of(make([]byte, n)) }
func doubles(x ...float64) (l []piece) {
	for _, x := range x {
		l = append(l, f64(x))
	}
	return l
}
