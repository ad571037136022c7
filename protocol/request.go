package protocol

import (
	"encoding/binary"
	"net/netip"

	"github.com/ioclet/ioclet/pv"
)

// AppendVersion appends VERSION as it travels on a circuit, in both directions:
// priority is the client's wish of 0 to [MaxPriority] (a server sends 0), minor
// the sender's version.
func AppendVersion(dst []byte, priority, minor uint16) []byte {
	return AppendHeader(dst, Header{Command: CmdVersion, DataType: priority, Count: uint32(minor)})
}

// sequenceValid marks a VERSION that carries a sequence number (caProto.h).
const sequenceValid = 1

// AppendVersionUDP appends VERSION as it begins a datagram: a client numbers its
// searches with sequence and a server of CA 4.11 or later returns that number.
func AppendVersionUDP(dst []byte, minor uint16, sequence uint32) []byte {
	return AppendHeader(dst, Header{
		Command: CmdVersion, DataType: sequenceValid, Count: uint32(minor), Param1: sequence,
	})
}

// AppendSearch appends SEARCH, the same over UDP and TCP. reply is [DontReply], or
// over TCP [DoReply] for an answer though the name is not known.
func AppendSearch(dst []byte, cid uint32, name string, minor, reply uint16) []byte {
	return appendText(dst, Header{
		Command: CmdSearch, DataType: reply, Count: uint32(minor), Param1: cid, Param2: cid,
	}, name)
}

// AppendCreateChan appends a client's CREATE_CHAN: cid names the channel on the
// client's side.
func AppendCreateChan(dst []byte, cid uint32, name string, minor uint16) []byte {
	return appendText(dst, Header{Command: CmdCreateChan, Param1: cid, Param2: uint32(minor)}, name)
}

// AppendHostName appends HOST_NAME: the client's host as it calls itself.
func AppendHostName(dst []byte, name string) []byte {
	return appendText(dst, Header{Command: CmdHostName}, name)
}

// AppendClientName appends CLIENT_NAME: the user the client runs as.
func AppendClientName(dst []byte, name string) []byte {
	return appendText(dst, Header{Command: CmdClientName}, name)
}

// AppendClearChannel appends CLEAR_CHANNEL: the client's request, and in the same
// form the server's confirmation.
func AppendClearChannel(dst []byte, sid, cid uint32) []byte {
	return AppendHeader(dst, Header{Command: CmdClearChannel, Param1: sid, Param2: cid})
}

// AppendReadNotify appends a client's READ_NOTIFY: the reply carries ioid. A count
// of 0 asks for as many elements as there are (CA 4.13).
func AppendReadNotify(dst []byte, dataType uint16, count, sid, ioid uint32) []byte {
	return AppendHeader(dst, Header{
		Command: CmdReadNotify, DataType: dataType, Count: count, Param1: sid, Param2: ioid,
	})
}

// AppendRead appends a client's READ, which [AppendReadNotify] has replaced.
func AppendRead(dst []byte, dataType uint16, count, sid, ioid uint32) []byte {
	return AppendHeader(dst, Header{
		Command: CmdRead, DataType: dataType, Count: count, Param1: sid, Param2: ioid,
	})
}

// AppendWrite appends a WRITE with a DBR payload; nothing answers it but an error,
// which carries cid.
func AppendWrite(dst []byte, dataType uint16, count, sid, cid uint32, payload []byte) []byte {
	return AppendMessage(dst, WriteRequest(dataType, count, sid, cid), payload)
}

// WriteRequest is the header of a WRITE, for [BeginMessage].
func WriteRequest(dataType uint16, count, sid, cid uint32) Header {
	return Header{Command: CmdWrite, DataType: dataType, Count: count, Param1: sid, Param2: cid}
}

// AppendWriteNotify appends a WRITE_NOTIFY with a DBR payload: the reply carries
// ioid.
func AppendWriteNotify(dst []byte, dataType uint16, count, sid, ioid uint32, payload []byte) []byte {
	return AppendMessage(dst, WriteNotifyRequest(dataType, count, sid, ioid), payload)
}

// WriteNotifyRequest is the header of a client's WRITE_NOTIFY, for [BeginMessage].
func WriteNotifyRequest(dataType uint16, count, sid, ioid uint32) Header {
	return Header{Command: CmdWriteNotify, DataType: dataType, Count: count, Param1: sid, Param2: ioid}
}

// eventAddLen is the length of EVENT_ADD's payload (caProto.h mon_info).
//
//	0          4          8          12      14      16
//	┌──────────┬──────────┬──────────┬───────┬───────┐
//	│ low (f32)│high (f32)│ to (f32) │ mask  │  pad  │
//	└──────────┴──────────┴──────────┴───────┴───────┘
const eventAddLen = 16

// AppendEventAdd appends a client's EVENT_ADD: updates carry subscription. A count
// of 0 asks for as many elements as there are at each update (CA 4.13).
func AppendEventAdd(dst []byte, dataType uint16, count, sid, subscription uint32, mask pv.Mask) []byte {
	dst = AppendHeader(dst, Header{
		Command: CmdEventAdd, DataType: dataType, Size: eventAddLen, Count: count, Param1: sid, Param2: subscription,
	})
	var payload [eventAddLen]byte // the three deltas have never had a meaning
	binary.BigEndian.PutUint16(payload[12:], uint16(mask))
	return append(dst, payload[:]...)
}

// AppendEventCancel appends a client's EVENT_CANCEL of a subscription; dataType and
// count are those of its EVENT_ADD.
func AppendEventCancel(dst []byte, dataType uint16, count, sid, subscription uint32) []byte {
	return AppendHeader(dst, Header{
		Command: CmdEventCancel, DataType: dataType, Count: count, Param1: sid, Param2: subscription,
	})
}

// AppendEventsOff appends EVENTS_OFF: hold the updates back.
func AppendEventsOff(dst []byte) []byte { return AppendHeader(dst, Header{Command: CmdEventsOff}) }

// AppendEventsOn appends EVENTS_ON: send updates again, of each subscription the
// newest first.
func AppendEventsOn(dst []byte) []byte { return AppendHeader(dst, Header{Command: CmdEventsOn}) }

// AppendReadSync appends READ_SYNC; rsrv sends it back as it came.
func AppendReadSync(dst []byte) []byte { return AppendHeader(dst, Header{Command: CmdReadSync}) }

// AppendEcho appends ECHO, request and reply.
func AppendEcho(dst []byte) []byte { return AppendHeader(dst, Header{Command: CmdEcho}) }

// AppendRepeaterRegister appends REPEATER_REGISTER: beacons are to be passed on to
// the sender. addr is the client's IPv4 address; the zero Addr leaves it open.
func AppendRepeaterRegister(dst []byte, addr netip.Addr) []byte {
	return AppendHeader(dst, Header{Command: CmdRepeaterRegister, Param2: ipv4(addr, 0)})
}

// appendText appends a message whose payload is text with at least one NUL.
func appendText(dst []byte, h Header, text string) []byte {
	h.Size = padded(len(text) + 1)
	dst = append(AppendHeader(dst, h), text...)
	return appendZeros(dst, int(h.Size)-len(text))
}

// ipv4 is addr as a number, or otherwise if it is no IPv4 address.
func ipv4(addr netip.Addr, otherwise uint32) uint32 {
	if addr = addr.Unmap(); !addr.Is4() {
		return otherwise
	}
	b := addr.As4()
	return binary.BigEndian.Uint32(b[:])
}
