package protocol

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/ioclet/ioclet/pv"
)

// Text is the text in the payload of SEARCH, CREATE_CHAN, CLIENT_NAME or HOST_NAME:
// all before the first NUL, as bytes of whatever encoding the peer uses. ok is
// false if there is no NUL. The text aliases the payload.
func (m Message) Text() (text []byte, ok bool) {
	if i := bytes.IndexByte(m.Payload, 0); i >= 0 {
		return m.Payload[:i], true
	}
	return m.Payload, false
}

// Sequence is the number a VERSION in a datagram carries; ok is false if it does
// not say that it carries one.
func (m Message) Sequence() (sequence uint32, ok bool) {
	return m.Param1, m.DataType == sequenceValid
}

// EventMask is the mask in a client's EVENT_ADD. A payload that is too short, an
// empty mask and one beyond 8 bits are an [*Error] that closes the circuit (rsrv:
// camessage.c event_add_action).
func (m Message) EventMask() (pv.Mask, error) {
	fault := func(text string) error {
		return &Error{Scope: ScopeCircuit, Command: m.Command, Status: ECAAllocMem, Channel: NoID, Request: m.Header, Text: text}
	}
	if len(m.Payload) < eventAddLen {
		return 0, fault(fmt.Sprintf("payload of %d bytes holds no mask", len(m.Payload)))
	}
	mask := binary.BigEndian.Uint16(m.Payload[12:])
	if mask == 0 || mask > 0xFF {
		return 0, fault(fmt.Sprintf("event mask 0x%x is not within 0x01 to 0xff", mask))
	}
	return pv.Mask(mask), nil
}

// SearchReply is a server's answer to a search.
type SearchReply struct {
	CID   uint32
	Addr  netip.Addr // zero: the address the answer came from
	Port  uint16     // TCP
	Minor uint16     // the server's version, 0 if the answer does not tell (as over TCP)
}

// SearchReply reads the answer to a search. Payloads of 0, 2 and 8 bytes are in use.
func (m Message) SearchReply() SearchReply {
	r := SearchReply{CID: m.Param2, Port: m.DataType}
	if m.Param1 != NoID {
		r.Addr = addrOf(m.Param1)
	}
	if len(m.Payload) >= 2 {
		r.Minor = binary.BigEndian.Uint16(m.Payload)
	}
	return r
}

// Beacon is a server's sign of life.
type Beacon struct {
	Addr    netip.Addr // zero: the address the beacon came from
	Port    uint16     // TCP; 0 from very old servers: [ServerPort]
	Minor   uint16
	Counter uint32
}

// Beacon reads a beacon.
func (m Message) Beacon() Beacon {
	b := Beacon{Port: uint16(m.Count), Minor: m.DataType, Counter: m.Param1}
	if m.Param2 != 0 {
		b.Addr = addrOf(m.Param2)
	}
	return b
}

// RepeaterAddr is the address in REPEATER_REGISTER or REPEATER_CONFIRM, the zero
// Addr if it is left open.
func (m Message) RepeaterAddr() netip.Addr {
	if m.Param2 == 0 {
		return netip.Addr{}
	}
	return addrOf(m.Param2)
}

// Access is the rights an ACCESS_RIGHTS carries.
func (m Message) Access() Access { return Access(m.Param2) & (AccessRead | AccessWrite) }

// ErrorReport is what a server says with ERROR, as an [*Error] with Remote set:
// the request's header, the channel's cid or [NoID], the status and the text. A
// payload without a whole header gives an Error about the ERROR itself, with
// [ScopeCircuit].
func (m Message) ErrorReport() *Error {
	e := &Error{Remote: true, Status: Status(m.Param2), Channel: m.Param1}
	n, ok := e.Request.parse(m.Payload)
	if !ok {
		return &Error{
			Scope: ScopeCircuit, Command: m.Command, Status: ECAInternal, Channel: m.Param1, Request: m.Header,
			Text: fmt.Sprintf("payload of %d bytes holds no request", len(m.Payload)),
		}
	}
	e.Command = e.Request.Command
	text, _, _ := bytes.Cut(m.Payload[n:], []byte{0})
	e.Text = string(text)
	return e
}

func addrOf(ip uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], ip)
	return netip.AddrFrom4(b)
}

// NameError says why a channel's name cannot be.
type NameError struct {
	Name   string
	Reason string
}

func (e *NameError) Error() string { return fmt.Sprintf("channel name %q: %s", e.Name, e.Reason) }

// CheckName reports by a [*NameError] whether a name can be searched for: it is not
// empty, holds no NUL, its record part (all before the first dot) has at most
// [MaxRecordName] bytes and the whole at most [MaxName]. Bytes beyond ASCII pass.
func CheckName(name string) error {
	record, _, _ := strings.Cut(name, ".")
	switch {
	case name == "":
		return &NameError{name, "is empty"}
	case strings.IndexByte(name, 0) >= 0:
		return &NameError{name, "holds a NUL"}
	case len(record) > MaxRecordName:
		return &NameError{name, fmt.Sprintf("record name of %d bytes is over the limit of %d", len(record), MaxRecordName)}
	case len(name) > MaxName:
		return &NameError{name[:MaxRecordName] + "…", fmt.Sprintf("%d bytes are over the limit of %d", len(name), MaxName)}
	}
	return nil
}
