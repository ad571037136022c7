package caserver

import (
	"github.com/ioclet/ioclet/ioc/filter"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// answer is a message with a value on its way to a client: the answer to a read, or an
// event of a monitor.
type answer struct {
	head   protocol.Header // Count, of the elements that go out, and Size once they are known
	field  record.Field
	filter *filter.Chain // of the channel that is read; nil: none
	typ    dbr.Type
	minor  uint16         // the client's version
	count  uint32         // as asked for; 0: as many as there are
	limit  uint32         // largest payload in bytes
	read   *circuit.Event // what is answered; nil: it is an event of sub
	sub    *subscription
}

// toRead fills in a, which is empty, as the answer to a read, but for Param1 of its header.
// It does so in place: a copy of what was just written waits for the writes, for half the
// time of a get.
func (a *answer) toRead(c *client, ev *circuit.Event) {
	owner := channelOf(ev.Channel)
	a.field, a.filter, a.typ, a.count = owner.field, owner.filter, ev.Type, ev.Count
	a.head.Command, a.head.DataType, a.head.Param2 = ev.Command, uint16(ev.Type), ev.ID
	a.minor, a.limit, a.read = c.circuit.Minor(), c.limit, ev
}

// toMonitor fills in a, which is empty, as an event of s.
func (a *answer) toMonitor(c *client, s *subscription, minor uint16) {
	a.field, a.typ, a.count = s.field, s.typ, s.count
	a.head.Command, a.head.DataType, a.head.Param1, a.head.Param2 = protocol.CmdEventAdd, uint16(s.typ), uint32(protocol.ECANormal), s.id
	a.minor, a.limit, a.sub = minor, c.limit, s
}

// about is the client's request and the channel's cid, for an error about it.
func (a *answer) about() (protocol.Header, uint32) {
	if a.read != nil {
		return a.read.Header, a.read.Channel.CID
	}
	return a.sub.request(), a.sub.cid
}

// size is how long the value is, in bytes.
func (a *answer) size() uint64 { return dbr.Size(a.typ, a.head.Count) }

// get reads the field through the channel's filters, into s.
func (a *answer) get(s *pv.Sample) (info *pv.Info) {
	info = a.field.GetInto(s)
	if a.filter == nil {
		return info
	}
	*s = a.filter.Read(*s)
	return a.filter.Info(info)
}

// append appends the answer with s, which takes size bytes. What cannot be read is
// answered by a status and zeros (rsrv: camessage.c read_reply).
func (a *answer) append(dst []byte, size uint64, s *pv.Sample, info *pv.Info) []byte {
	a.head.Size = uint32((size + 7) &^ 7)
	start := len(dst)
	dst, ok := a.appendValue(a.head.Append(dst), a.head.Count, s, info)
	if ok {
		return append(dst, padding[:uint64(a.head.Size)-size]...)
	}
	if a.count == 0 {
		a.head.Count = 0
	}
	a.head.Param1 = uint32(protocol.ECAGetFail)
	return a.denied(dst[:start])
}

// padding is what fills a message up.
var padding [7]byte

// tooLarge is the status of an answer that cannot be sent, 0 if it can.
func (a *answer) tooLarge(size uint64) protocol.Status {
	switch {
	case size > uint64(a.limit):
		return protocol.ECAToLarge
	case !circuit.Fits(a.minor, size, a.head.Count):
		return protocol.ECA16KArrayClient
	}
	return 0
}

// denied appends an answer whose header says why there is no value, and zeros.
func (a *answer) denied(dst []byte) []byte {
	a.head.Size = uint32(a.size())
	start := len(dst)
	dst = dbr.AppendZero(protocol.BeginMessage(dst, a.head), a.typ, a.head.Count)
	return protocol.FinishMessage(dst, start, a.head)
}

// appendValue appends the value as a.typ, whatever that is.
func (a *answer) appendValue(dst []byte, count uint32, s *pv.Sample, info *pv.Info) ([]byte, bool) {
	var err error
	switch a.typ {
	case dbr.PutAckT, dbr.PutAckS: // can be written only
		return dst, false
	case dbr.ClassName:
		return dbr.AppendClassName(dst, count, a.field.Record().Type().String()), true
	case dbr.StsAckString:
		transient, severity := a.field.Record().Ack()
		dst, err = dbr.AppendStsAck(dst, count, s, info, dbr.Ack{Transient: transient, Severity: severity})
	default:
		dst, err = dbr.Append(dst, a.typ, count, s, info)
	}
	return dst, err == nil
}

// needsInfo reports whether a value of kind k goes out as t with more than itself:
// with metadata, or as a text that depends on them.
func needsInfo(t dbr.Type, k pv.Kind) bool {
	return t.Class() >= dbr.Gr || t.Native() == dbr.String && k != pv.String
}
