package conformance

import (
	"encoding/binary"
	"fmt"

	"github.com/ioclet/ioclet/protocol"
)

// errorRows are requests that are wrong: what is answered, and who closes.
var errorRows = append([]Row{
	unknown("READ_NOTIFY", protocol.AppendReadNotify(nil, tDouble, 1, unknownSID, ioid)),
	unknown("READ", protocol.AppendRead(nil, tDouble, 1, unknownSID, ioid)),
	unknown("WRITE", protocol.AppendWrite(nil, tDouble, 1, unknownSID, ioid, join(doubles(1)))),
	unknown("WRITE_NOTIFY", protocol.AppendWriteNotify(nil, tDouble, 1, unknownSID, ioid, join(doubles(1)))),
	unknown("EVENT_ADD", protocol.AppendEventAdd(nil, tDouble, 1, unknownSID, subid, value)),
	unknown("EVENT_CANCEL", protocol.AppendEventCancel(nil, tDouble, 1, unknownSID, subid)),
	unknown("CLEAR_CHANNEL", protocol.AppendClearChannel(nil, unknownSID, 1)),
	{
		"errors/READ_NOTIFY of type 39", "closes without a word",
		func(j *judge) {
			c := j.channel("K:AO")
			c.send(c.ask(tBeyond, 1))
			c.wantClosed()
		},
	},
	{
		"errors/EVENT_ADD of type 39", "closes without a word",
		func(j *judge) {
			c := j.channel("K:AO")
			c.send(c.monitor(tBeyond, 1, value))
			c.wantClosed()
		},
	},
	{
		"errors/READ of type 39", "ERROR ECA_BADTYPE with the cid, closes",
		func(j *judge) {
			c := j.channel("K:AO")
			c.fails(protocol.AppendRead(nil, tBeyond, 1, c.sid, ioid), protocol.ECABadType)
			c.wantClosed()
		},
	},
	{
		"errors/WRITE of type 39", "ERROR ECA_BADTYPE with the cid, closes",
		func(j *judge) {
			c := j.channel("K:AO")
			c.fails(c.write(tBeyond, 1, f64(1)), protocol.ECABadType)
			c.wantClosed()
		},
	},
	{
		"errors/WRITE_NOTIFY of type 39", "WRITE_NOTIFY with status ECA_BADTYPE, closes",
		func(j *judge) {
			c := j.channel("K:AO")
			c.putStatus(protocol.ECABadType, tBeyond, 1, f64(1))
			c.wantClosed()
		},
	},
	{
		"errors/READ_NOTIFY of PUT_ACKT and PUT_ACKS", "status ECA_GETFAIL and zeros; the circuit lives",
		func(j *judge) {
			c := j.channel("K:AO")
			for _, t := range []uint16{tPutAckT, tPutAckS} {
				c.send(c.ask(t, 1))
				c.want(readReply(t, 1, protocol.ECAGetFail), zeros(2))
			}
			c.wantKept()
		},
	},
	{
		"errors/READ_NOTIFY of a text as a number", "status ECA_GETFAIL and zeros; the circuit lives",
		func(j *judge) {
			c := j.channel("K:STRING")
			for t, size := range map[uint16]int{
				tShort: 2, tFloat: 4, tEnum: 2, tChar: 1, tLong: 4, tDouble: 8,
				sts + tDouble: 16, timed + tLong: 16, gr + tShort: 26, ctrl + tDouble: 88,
			} {
				c.send(c.ask(t, 1))
				c.want(readReply(t, 1, protocol.ECAGetFail), zeros(size))
			}
			c.wantKept()
		},
	},
	{
		"errors/READ of a text as a number", "ERROR ECA_GETFAIL; the circuit lives",
		func(j *judge) {
			c := j.channel("K:STRING")
			c.fails(protocol.AppendRead(nil, tDouble, 1, c.sid, ioid), protocol.ECAGetFail)
			c.wantKept()
		},
	},
	{
		"errors/WRITE_NOTIFY with metadata", "status ECA_PUTFAIL; the circuit lives",
		func(j *judge) {
			c := j.channel("K:AO")
			for t, size := range map[uint16]int{sts + tDouble: 16, timed + tDouble: 24, gr + tDouble: 72, ctrl + tDouble: 88, tStsAck: 48, tClassName: 40} {
				c.putStatus(protocol.ECAPutFail, t, 1, zeros(size))
			}
			c.wantKept()
		},
	},
	{
		"errors/WRITE of text that is no number", "ERROR ECA_PUTFAIL with the cid; the circuit lives",
		func(j *judge) {
			c := j.channel("K:AO")
			c.fails(c.write(tString, 1, text(40, "none")), protocol.ECAPutFail)
			c.wantKept()
		},
	},
	{
		"errors/WRITE_NOTIFY of text that is no number", "status ECA_PUTFAIL; the circuit lives",
		func(j *judge) {
			c := j.channel("K:AO")
			c.putStatus(protocol.ECAPutFail, tString, 1, text(40, "none"))
			c.wantKept()
		},
	},
	{
		"errors/WRITE_NOTIFY of text that is no choice", "status ECA_PUTFAIL; the circuit lives",
		func(j *judge) {
			for _, name := range []string{"K:BO", "K:MBBO", "K:AO.SCAN"} {
				c := j.channel(name)
				c.putStatus(protocol.ECAPutFail, tString, 1, text(40, "nonsense"))
				c.wantKept()
			}
		},
	},
	{
		"errors/WRITE_NOTIFY to RTYP", "status ECA_PUTFAIL; the circuit lives",
		func(j *judge) {
			c := j.channel("K:AO.RTYP")
			c.putStatus(protocol.ECAPutFail, tString, 1, text(40, "other"))
			c.wantKept()
		},
	},
	{
		"errors/WRITE_NOTIFY and WRITE to NAME", "status or ERROR ECA_NOWTACCESS; the circuit lives",
		func(j *judge) {
			c := j.channel("K:AO.NAME")
			c.putStatus(protocol.ECANoWtAccess, tString, 1, text(40, "other"))
			c.fails(c.write(tString, 1, text(40, "other")), protocol.ECANoWtAccess)
			c.wantKept()
		},
	},
	{
		"errors/WRITE to RTYP", "ERROR ECA_PUTFAIL; the circuit lives",
		func(j *judge) {
			c := j.channel("K:AO.RTYP")
			c.fails(c.write(tString, 1, text(40, "other")), protocol.ECAPutFail)
			c.wantKept()
		},
	},
	{
		"errors/EVENT_ADD without a mask, or with one beyond 8 bits", "ERROR ECA_ALLOCMEM with the cid, closes",
		func(j *judge) {
			for _, mask := range []uint16{0, 0x100, 0x8000} {
				c := j.channel("K:AO")
				b := c.monitor(tDouble, 1, value)
				binary.BigEndian.PutUint16(b[protocol.HeaderLen+12:], mask)
				c.fails(b, protocol.ECAAllocMem)
				c.wantClosed()
			}
		},
	},
	{
		"errors/EVENT_ADD without payload", "ERROR ECA_ALLOCMEM with the cid, closes",
		func(j *judge) {
			c := j.channel("K:AO")
			c.fails(protocol.AppendHeader(nil, protocol.Header{
				Command: protocol.CmdEventAdd, DataType: tDouble, Count: 1, Param1: c.sid, Param2: subid,
			}), protocol.ECAAllocMem)
			c.wantClosed()
		},
	},
	{
		"errors/EVENT_CANCEL of an unknown subscription", "ERROR ECA_BADMONID with the cid, closes",
		func(j *judge) {
			c := j.channel("K:AO")
			c.fails(protocol.AppendEventCancel(nil, tDouble, 1, c.sid, unknownSubID), protocol.ECABadMonID)
			c.wantClosed()
		},
	},
	{
		"errors/EVENT_CANCEL a second time", "ERROR ECA_BADMONID with the cid, closes",
		func(j *judge) {
			c := j.channel("K:AO")
			c.send(c.monitor(tDouble, 1, value))
			c.want(protocol.EventReply(tDouble, 1, protocol.ECANormal, subid), skip(8))
			b := protocol.AppendEventCancel(nil, tDouble, 1, c.sid, subid)
			c.send(b)
			c.wantCancelled(tDouble, 1, subid)
			c.fails(b, protocol.ECABadMonID)
			c.wantClosed()
		},
	},
	{
		"errors/a payload that is no multiple of 8 bytes", "ERROR ECA_INTERNAL, closes",
		func(j *judge) {
			c := j.channel("K:AO")
			b := append(protocol.AppendHeader(nil, protocol.Header{
				Command: protocol.CmdWriteNotify, DataType: tDouble, Size: 9, Count: 1, Param1: c.sid, Param2: ioid,
			}), make([]byte, 9)...)
			c.fails(b, protocol.ECAInternal)
			c.wantClosed()
		},
	},
	{
		"errors/one client's mistake", "does not touch another circuit",
		func(j *judge) {
			other, c := j.channel("K:AI"), j.channel("K:AO")
			other.send(other.monitor(tDouble, 1, value))
			other.event(tDouble, 1, f64(42.125))
			b := protocol.AppendClearChannel(nil, unknownSID, 1)
			c.send(b)
			c.wantError(protocol.NoID, protocol.ECAInternal, b)
			c.wantClosed()
			other.wantKept()
		},
	},
}, commands()...)

// unknown is a row about a request for a sid that there is not.
func unknown(what string, request []byte) Row {
	return Row{"errors/" + what + " of an unknown sid", "ERROR ECA_INTERNAL with cid 0xffffffff, closes", func(j *judge) {
		c := j.channel("K:AO")
		c.send(request)
		c.wantError(protocol.NoID, protocol.ECAInternal, request)
		c.wantClosed()
	}}
}

// commands are rows about commands that no client may send.
func commands() (rows []Row) {
	for _, n := range []protocol.Command{5, 7, 11, 13, 14, 16, 17, 22, 24, 25, 26, 27, 28, 99, 0xFFFF} {
		rows = append(rows, Row{fmt.Sprintf("errors/command %d", n), "ERROR ECA_INTERNAL with cid 0xffffffff, closes", func(j *judge) {
			p := j.greet()
			b := protocol.AppendHeader(nil, protocol.Header{Command: n})
			p.send(b)
			p.wantError(protocol.NoID, protocol.ECAInternal, b)
			p.wantClosed()
		}})
	}
	return rows
}

// fails sends a request and wants an ERROR about it that names the channel.
func (c *channel) fails(request []byte, status protocol.Status) {
	c.send(request)
	c.wantError(c.cid, status, request)
}
