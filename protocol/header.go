package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Lengths of the two forms of a header, in bytes.
const (
	HeaderLen         = 16
	ExtendedHeaderLen = 24
)

// Header is a message's header in either form.
type Header struct {
	Command  Command
	DataType uint16 // mostly a DBR type
	Size     uint32 // of the payload in bytes, a multiple of 8
	Count    uint32 // of elements, mostly
	Param1   uint32 // an id or a status, as the command has it
	Param2   uint32
}

// Message is one message. Payload is a part of the bytes given to [Next] and
// lives as long as they are not overwritten.
type Message struct {
	Header
	Payload []byte
}

// extended is the rule by which libca and rsrv choose the long form (rsrv:
// caserverio.c cas_copy_in_header): 0xFFFF itself does not fit the short one.
func (h *Header) extended() bool { return h.Size >= 0xFFFF || h.Count >= 0xFFFF }

// Len is the length of h on the wire: [HeaderLen] or [ExtendedHeaderLen].
func (h *Header) Len() int {
	if h.extended() {
		return ExtendedHeaderLen
	}
	return HeaderLen
}

// ErrShort says that the bytes end before the message does: feed more. [Need]
// says how many.
var ErrShort = errors.New("channel access: message incomplete")

// Next takes the message at the start of b. n is the number of bytes it
// occupies; m.Payload aliases b.
//
// If b ends too early the error is [ErrShort]. Everything else that may be wrong
// is an [*Error] about the header, found as soon as the header is complete, and
// m.Header is that header:
//   - a payload that is not a multiple of 8 bytes, with [ScopeCircuit]: both
//     libca and rsrv give the circuit up;
//   - a payload over lim.MaxPayload, with [ScopeMessage] and ECA_TOLARGE: the
//     circuit lives on if the next Error.Skip bytes are passed over, those of b
//     included (rsrv: camessage.c recvBytesToDrain).
//
// n is 0 with every error.
func Next(b []byte, lim Limits) (m Message, n int, err error) {
	n, err = m.Parse(b, lim)
	if err == ErrShort {
		m = Message{}
	}
	return m, n, err
}

// Parse is [Next] into m, without a copy. After [ErrShort] nothing of m is good, after
// another error its header alone.
func (m *Message) Parse(b []byte, lim Limits) (n int, err error) {
	hlen, ok := m.parse(b)
	if !ok {
		return 0, ErrShort
	}
	size := uint64(hlen) + uint64(m.Size)
	if m.Size%8 != 0 {
		return 0, &Error{
			Scope: ScopeCircuit, Command: m.Command, Status: ECAInternal, Channel: NoID, Request: m.Header,
			Skip: size,
			Text: fmt.Sprintf("payload of %d bytes is not padded to 8", m.Size),
		}
	}
	if limit := lim.maxPayload(); m.Size > limit {
		return 0, &Error{
			Scope: ScopeMessage, Command: m.Command, Status: ECAToLarge, Channel: NoID, Request: m.Header,
			Skip: size,
			Text: fmt.Sprintf("payload of %d bytes is over the limit of %d", m.Size, limit),
		}
	}
	if uint64(len(b)) < size {
		return 0, ErrShort
	}
	n = int(size)
	m.Payload = b[hlen:n:n]
	return n, nil
}

// Need is how many bytes the message at the start of b takes in all, as far as b
// tells: [HeaderLen] while even that is not there. A reader makes room for it; it
// asks Next first, which holds the length to the limit.
func Need(b []byte) int {
	var h Header
	hlen, ok := h.parse(b)
	if !ok {
		return hlen
	}
	return int(min(uint64(hlen)+uint64(h.Size), math.MaxInt))
}

// ParseHeader is the header at the start of b; ok is false if b does not hold all of it.
func ParseHeader(b []byte) (h Header, ok bool) {
	_, ok = h.parse(b)
	return h, ok
}

// parse reads the header at the start of b into h and returns its length; if b
// is too short it returns the length needed and false.
func (h *Header) parse(b []byte) (n int, ok bool) {
	if len(b) < HeaderLen {
		return HeaderLen, false
	}
	h.Command = Command(binary.BigEndian.Uint16(b))
	h.Size = uint32(binary.BigEndian.Uint16(b[2:]))
	h.DataType = binary.BigEndian.Uint16(b[4:])
	h.Count = uint32(binary.BigEndian.Uint16(b[6:]))
	h.Param1 = binary.BigEndian.Uint32(b[8:])
	h.Param2 = binary.BigEndian.Uint32(b[12:])
	if h.Size != 0xFFFF {
		return HeaderLen, true
	}
	if len(b) < ExtendedHeaderLen {
		return ExtendedHeaderLen, false
	}
	h.Size = binary.BigEndian.Uint32(b[16:])
	h.Count = binary.BigEndian.Uint32(b[20:])
	return ExtendedHeaderLen, true
}

// AppendHeader appends h, in the long form where h.Size or h.Count needs it. A
// peer below version 4.9 does not know that form.
func AppendHeader(dst []byte, h Header) []byte { return h.Append(dst) }

// Append is [AppendHeader] without a copy of h.
func (h *Header) Append(dst []byte) []byte {
	if h.extended() {
		dst = h.append16(dst, 0xFFFF, 0)
		return binary.BigEndian.AppendUint64(dst, uint64(h.Size)<<32|uint64(h.Count))
	}
	return h.append16(dst, h.Size, h.Count)
}

// append16 appends the first 16 bytes, in two words rather than six fields: they are a
// part of every answer.
func (h *Header) append16(dst []byte, size, count uint32) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(h.Command)<<48|uint64(size)<<32|uint64(h.DataType)<<16|uint64(count))
	return binary.BigEndian.AppendUint64(dst, uint64(h.Param1)<<32|uint64(h.Param2))
}

// AppendMessage appends a message with the given payload, padded; h.Size is taken
// from the payload.
func AppendMessage(dst []byte, h Header, payload []byte) []byte {
	h.Size = padded(len(payload))
	dst = append(AppendHeader(dst, h), payload...)
	return appendZeros(dst, -len(payload)&7)
}

// BeginMessage reserves the header of a message whose payload the caller appends
// next, in place, and completes with [FinishMessage]:
//
//	start := len(buf)
//	buf = protocol.BeginMessage(buf, h)
//	buf, err = dbr.Append(buf, t, count, &sample, info)
//	buf = protocol.FinishMessage(buf, start, h)
//
// h.Size may be the expected size of the payload: where it tells which form the
// header will have, the payload need not be moved. To give a message up, cut buf
// back to start.
func BeginMessage(dst []byte, h Header) []byte { return AppendHeader(dst, h) }

// FinishMessage completes the message begun at dst[start:]: it pads the payload
// with zeros and writes the final header, which may differ from the one given to
// [BeginMessage] in every field; h.Size is taken from the payload.
func FinishMessage(dst []byte, start int, h Header) []byte {
	reserved := HeaderLen
	if binary.BigEndian.Uint16(dst[start+2:]) == 0xFFFF {
		reserved = ExtendedHeaderLen
	}
	size := len(dst) - start - reserved
	dst = appendZeros(dst, -size&7)
	h.Size = padded(size)
	if hlen := h.Len(); hlen > reserved {
		dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
		copy(dst[start+hlen:], dst[start+reserved:])
	} else if hlen < reserved {
		copy(dst[start+hlen:], dst[start+reserved:])
		dst = dst[:len(dst)-(reserved-hlen)]
	}
	AppendHeader(dst[start:start], h)
	return dst
}

// padded is n rounded up to a multiple of 8.
func padded(n int) uint32 { return uint32((uint64(n) + 7) &^ 7) }

func appendZeros(dst []byte, n int) []byte {
	var zeros [8]byte
	return append(dst, zeros[:n]...)
}
