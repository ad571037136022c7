package caserver

import (
	"github.com/ioclet/ioclet/ioc/filter"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// answer is a value on its way to a client: an event or the answer to a read.
type answer struct {
	field   record.Field
	filter  *filter.Chain // of the channel; nil: none
	typ     dbr.Type
	count   uint32          // as asked for; 0: as many as there are
	request protocol.Header // of the client, for an error about it
	cid     uint32          // of the channel, for the same
	minor   uint16          // the client's version
	limit   uint32          // largest payload in bytes
}

// get reads the field through the channel's filters, into s.
func (a *answer) get(s *pv.Sample) (info *pv.Info) {
	*s, info = a.field.Get()
	if a.filter == nil {
		return info
	}
	*s = a.filter.Read(*s)
	return a.filter.Info(info)
}

// append appends the value under h. What cannot be read is answered by a status and
// zeros (rsrv: camessage.c read_reply).
func (a *answer) append(dst []byte, h protocol.Header, s *pv.Sample, info *pv.Info) []byte {
	size := dbr.Size(a.typ, h.Count)
	h.Size = uint32((size + 7) &^ 7)
	start := len(dst)
	dst, ok := a.appendValue(protocol.AppendHeader(dst, h), h.Count, s, info)
	if ok {
		return append(dst, padding[:uint64(h.Size)-size]...)
	}
	if a.count == 0 {
		h.Count = 0
	}
	h.Param1 = uint32(protocol.ECAGetFail)
	return a.denied(dst[:start], h)
}

// padding is what fills a message up.
var padding [7]byte

// tooLarge is the status of an answer that cannot be sent, 0 if it can.
func (a *answer) tooLarge(h protocol.Header, size uint64) protocol.Status {
	switch {
	case size > uint64(a.limit):
		return protocol.ECAToLarge
	case !circuit.Fits(a.minor, size, h.Count):
		return protocol.ECA16KArrayClient
	}
	return 0
}

// denied appends an answer whose header says why there is no value, and zeros.
func (a *answer) denied(dst []byte, h protocol.Header) []byte {
	h.Size = uint32(dbr.Size(a.typ, h.Count))
	start := len(dst)
	dst = dbr.AppendZero(protocol.BeginMessage(dst, h), a.typ, h.Count)
	return protocol.FinishMessage(dst, start, h)
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
