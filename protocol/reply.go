package protocol

import (
	"encoding/binary"
	"net/netip"
)

// AppendSearchReplyUDP appends a server's answer to a search it received by UDP.
// The zero addr means "the address this datagram comes from"; otherwise IPv4.
//
//	payload: 0       2                       8
//	         ┌───────┬───────────────────────┐
//	         │ minor │           0           │
//	         └───────┴───────────────────────┘
func AppendSearchReplyUDP(dst []byte, addr netip.Addr, port uint16, cid uint32, minor uint16) []byte {
	dst = AppendHeader(dst, Header{
		Command: CmdSearch, DataType: port, Size: 8, Param1: ipv4(addr, NoID), Param2: cid,
	})
	dst = binary.BigEndian.AppendUint16(dst, minor)
	return append(dst, 0, 0, 0, 0, 0, 0)
}

// AppendSearchReplyTCP appends a server's answer to a search it received over a
// circuit: the same without payload.
func AppendSearchReplyTCP(dst []byte, addr netip.Addr, port uint16, cid uint32) []byte {
	return AppendHeader(dst, Header{
		Command: CmdSearch, DataType: port, Param1: ipv4(addr, NoID), Param2: cid,
	})
}

// AppendNotFound appends NOT_FOUND, the answer to a search with [DoReply] whose
// name is not known: the search's header comes back.
func AppendNotFound(dst []byte, cid uint32, minor uint16) []byte {
	return AppendHeader(dst, Header{
		Command: CmdNotFound, DataType: DoReply, Count: uint32(minor), Param1: cid, Param2: cid,
	})
}

// AppendCreateChanReply appends a server's CREATE_CHAN: the channel cid is called
// sid on the server's side and is natively count elements of DBR type dataType.
func AppendCreateChanReply(dst []byte, dataType uint16, count, cid, sid uint32) []byte {
	return AppendHeader(dst, Header{
		Command: CmdCreateChan, DataType: dataType, Count: count, Param1: cid, Param2: sid,
	})
}

// AppendCreateChanFail appends CREATE_CH_FAIL: there is no channel for cid.
func AppendCreateChanFail(dst []byte, cid uint32) []byte {
	return AppendHeader(dst, Header{Command: CmdCreateChanFail, Param1: cid})
}

// AppendAccessRights appends ACCESS_RIGHTS of the channel cid, sent before its
// CREATE_CHAN and at every change.
func AppendAccessRights(dst []byte, cid uint32, rights Access) []byte {
	return AppendHeader(dst, Header{Command: CmdAccessRights, Param1: cid, Param2: uint32(rights)})
}

// ReadNotifyReply is the header of a server's READ_NOTIFY, for [BeginMessage].
func ReadNotifyReply(dataType uint16, count uint32, status Status, ioid uint32) Header {
	return Header{Command: CmdReadNotify, DataType: dataType, Count: count, Param1: uint32(status), Param2: ioid}
}

// ReadReply is the header of a server's READ, for [BeginMessage].
func ReadReply(dataType uint16, count, cid, ioid uint32) Header {
	return Header{Command: CmdRead, DataType: dataType, Count: count, Param1: cid, Param2: ioid}
}

// EventReply is the header of a server's update, for [BeginMessage].
func EventReply(dataType uint16, count uint32, status Status, subscription uint32) Header {
	return Header{Command: CmdEventAdd, DataType: dataType, Count: count, Param1: uint32(status), Param2: subscription}
}

// AppendEventCancelReply appends the confirmation of an EVENT_CANCEL, which travels
// as an EVENT_ADD without payload and with the sid where updates have a status;
// dataType and count are those of the subscription.
func AppendEventCancelReply(dst []byte, dataType uint16, count, sid, subscription uint32) []byte {
	return AppendHeader(dst, Header{
		Command: CmdEventAdd, DataType: dataType, Count: count, Param1: sid, Param2: subscription,
	})
}

// AppendWriteNotifyReply appends a server's WRITE_NOTIFY: the write with this ioid
// has completed with status.
func AppendWriteNotifyReply(dst []byte, dataType uint16, count uint32, status Status, ioid uint32) []byte {
	return AppendHeader(dst, Header{
		Command: CmdWriteNotify, DataType: dataType, Count: count, Param1: uint32(status), Param2: ioid,
	})
}

// maxErrorLen is the most an ERROR's payload takes (rsrv: camessage.c vsend_err).
const maxErrorLen = 512

// AppendError appends a server's ERROR about the message with the header request:
// that header, then text, cut where both exceed 512 bytes with the NUL. cid is the
// channel's, [NoID] if there is none.
func AppendError(dst []byte, cid uint32, status Status, request Header, text string) []byte {
	start := len(dst)
	h := Header{Command: CmdError, Param1: cid, Param2: uint32(status)}
	dst = AppendHeader(BeginMessage(dst, h), request)
	text = text[:min(len(text), maxErrorLen-request.Len()-1)]
	dst = append(append(dst, text...), 0)
	return FinishMessage(dst, start, h)
}

// AppendServerDisconn appends SERVER_DISCONN: the server has removed the channel.
func AppendServerDisconn(dst []byte, cid uint32) []byte {
	return AppendHeader(dst, Header{Command: CmdServerDisconn, Param1: cid})
}

// AppendBeacon appends RSRV_IS_UP: a server of this version listens on port;
// counter goes up by one with each beacon. rsrv leaves addr out (the zero Addr) and
// the repeater fills it in.
func AppendBeacon(dst []byte, addr netip.Addr, port, minor uint16, counter uint32) []byte {
	return AppendHeader(dst, Header{
		Command: CmdBeacon, DataType: minor, Count: uint32(port), Param1: counter, Param2: ipv4(addr, 0),
	})
}

// AppendRepeaterConfirm appends REPEATER_CONFIRM: the repeater has registered the
// client at addr.
func AppendRepeaterConfirm(dst []byte, addr netip.Addr) []byte {
	return AppendHeader(dst, Header{Command: CmdRepeaterConfirm, Param2: ipv4(addr, 0)})
}
