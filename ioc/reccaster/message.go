package reccaster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
)

// A frame is the magic number, its kind, both 16 bits, and the length of what follows,
// 32 bits; all numbers are big-endian.
const (
	magic      = 0x5243 // "RC"
	headerSize = 8
	maxBody    = 1 << 16 // a server's messages have 4 bytes or none
)

// Kinds of messages: the server's have the highest bit.
const (
	msgGreeting       = 0x0001
	msgPong           = 0x0002
	msgAddRecord      = 0x0003
	msgDelRecord      = 0x0004
	msgDone           = 0x0005
	msgInfo           = 0x0006
	msgServerGreeting = 0x8001
	msgPing           = 0x8002
)

// What AddRecord adds.
const (
	kindRecord = 0
	kindAlias  = 1
)

// noRecord is the record of facts about the IOC itself.
const noRecord = 0

var (
	errShort = errors.New("more bytes are needed")
	errFrame = errors.New("reccaster: not a message of RecSync")
)

// nextMessage splits the first message off b. body is part of b, n is the length of
// the whole. The error is errShort, or wraps errFrame.
func nextMessage(b []byte) (kind uint16, body []byte, n int, err error) {
	if len(b) < headerSize {
		return 0, nil, 0, errShort
	}
	if m := binary.BigEndian.Uint16(b); m != magic {
		return 0, nil, 0, fmt.Errorf("%w: it begins with %#04x", errFrame, m)
	}
	size := binary.BigEndian.Uint32(b[4:])
	if size > maxBody {
		return 0, nil, 0, fmt.Errorf("%w: %d bytes long", errFrame, size)
	}
	n = headerSize + int(size)
	if len(b) < n {
		return 0, nil, 0, errShort
	}
	return binary.BigEndian.Uint16(b[2:]), b[headerSize:n], n, nil
}

// announcement is what a server says of itself.
type announcement struct {
	server netip.AddrPort
	key    uint32 // to be repeated in the greeting
}

// parseAnnouncement reads a datagram that came from that address; the server may be
// there, or where the datagram says. Longer datagrams are of later versions.
func parseAnnouncement(b []byte, from netip.Addr) (a announcement, ok bool) {
	if len(b) < 16 || binary.BigEndian.Uint16(b) != magic || binary.BigEndian.Uint16(b[2:]) != 0 {
		return a, false
	}
	server := netip.AddrFrom4([4]byte(b[4:8]))
	if server == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		server = from.Unmap()
	}
	a = announcement{netip.AddrPortFrom(server, binary.BigEndian.Uint16(b[8:])), binary.BigEndian.Uint32(b[12:])}
	return a, a.server.IsValid() && a.server.Port() != 0 && !server.IsUnspecified() && !server.IsMulticast()
}

func appendHeader(dst []byte, kind uint16, size int) []byte {
	dst = binary.BigEndian.AppendUint16(dst, magic)
	dst = binary.BigEndian.AppendUint16(dst, kind)
	return binary.BigEndian.AppendUint32(dst, uint32(size))
}

// appendGreeting answers a server's greeting: version 0, an IOC.
func appendGreeting(dst []byte, key uint32) []byte {
	dst = appendHeader(dst, msgGreeting, 8)
	dst = append(dst, 0, 0, 0, 0)
	return binary.BigEndian.AppendUint32(dst, key)
}

// appendNumber is a message that is a number: pong, del record and done.
func appendNumber(dst []byte, kind uint16, x uint32) []byte {
	return binary.BigEndian.AppendUint32(appendHeader(dst, kind, 4), x)
}

// appendRecord adds the record id, or another name for it.
func appendRecord(dst []byte, id uint32, kind byte, rtype, name string) []byte {
	rtype, name = rtype[:min(len(rtype), math.MaxUint8)], name[:min(len(name), math.MaxUint16)]
	dst = appendHeader(dst, msgAddRecord, 8+len(rtype)+len(name))
	dst = binary.BigEndian.AppendUint32(dst, id)
	dst = append(dst, kind, byte(len(rtype)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(name)))
	return append(append(dst, rtype...), name...)
}

// appendInfo adds a fact about the record id.
func appendInfo(dst []byte, id uint32, key, value string) []byte {
	key, value = key[:min(len(key), math.MaxUint8)], value[:min(len(value), math.MaxUint16)]
	dst = appendHeader(dst, msgInfo, 8+len(key)+len(value))
	dst = binary.BigEndian.AppendUint32(dst, id)
	dst = append(dst, byte(len(key)), 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(value)))
	return append(append(dst, key...), value...)
}

// pingNumber is what a ping wants to get back; body has at least 4 bytes.
func pingNumber(body []byte) uint32 { return binary.BigEndian.Uint32(body) }
