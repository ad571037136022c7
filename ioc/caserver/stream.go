package caserver

import (
	"os"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// A value that takes more than writeSize goes out in pieces: an array does not change
// once it is published, so it needs no second copy; how many of them may be on their way
// is in the budget. Pieces are of pieceSize as long as there are buffers for them: that
// takes half the CPU time, since each write wakes the client to read it.

const (
	pieceSize   = 1000 << 10
	pieceBuffer = pieceSize + bufferKeep
)

// isLarge reports whether a value of so many bytes is sent in pieces.
func isLarge(size uint64) bool { return size > writeSize }

// reply adds the answer to a read to what goes out. s, from fetch, is nil where the
// header's status says that there is no value.
func (c *client) reply(a *answer, s *pv.Sample, info *pv.Info) {
	a.head.Count = a.elementCount(s)
	size := a.size()
	if isLarge(size) && s != nil {
		defer c.server.inflight.done(s.Value)
	}
	switch {
	case a.tooLarge(size) != 0:
		c.out.b = c.tooLarge(c.out.b, a)
	case isLarge(size):
		c.turn <- struct{}{}
		_ = c.stream(&c.out, a, s, info) // an error has closed conn
		<-c.turn
	case len(c.out.b)+int(size) > writeSize && c.flush() != nil: // the reader hears of it
	case s == nil:
		c.out.b = a.denied(c.out.b)
	default:
		c.out.b = a.append(c.out.b, size, s, info)
	}
}

// echoLarge sends an ECHO back from where it has come in; false ends the circuit.
func (c *client) echoLarge(ev *circuit.Event) bool {
	c.out.b = protocol.AppendHeader(c.out.b, ev.Header)
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	return c.write(&c.out) == nil && c.write(&buffer{b: ev.Payload}) == nil
}

// elementCount is how many elements go out.
func (a *answer) elementCount(s *pv.Sample) uint32 {
	if a.count == 0 && s != nil {
		return uint32(s.Value.Len())
	}
	return a.count
}

// tooLarge appends the error that stands in for an answer that cannot be sent.
func (c *client) tooLarge(dst []byte, a *answer) []byte {
	status := a.tooLarge(a.size())
	if status == protocol.ECAToLarge {
		c.server.hold(limitArrayBytes, c.peer)
	}
	request, cid := a.about()
	return protocol.AppendError(dst, cid, status, request, a.field.Record().Name())
}

// stream writes what is in b and then the answer with s, or with zeros and a status where
// there is none, in pieces. The caller has the right to write.
func (c *client) stream(b *buffer, a *answer, s *pv.Sample, info *pv.Info) error {
	h := &a.head
	size := a.size()
	var v pv.Value
	ok := s != nil
	if ok {
		v, ok = a.elements(s, info)
	}
	if s != nil && !ok {
		if h.Param1 = uint32(protocol.ECAGetFail); a.count == 0 {
			h.Count, size = 0, dbr.Size(a.typ, 0)
		}
	}
	h.Size = uint32((size + 7) &^ 7)
	b.b = h.Append(b.b)
	if ok {
		b.b = a.appendHead(b.b, s, info)
	} else {
		b.b = dbr.AppendZero(b.b, a.typ, 0)
	}
	due := time.Now().Add(c.timeout + time.Duration(size/slowest)*time.Second)
	pieces := &c.server.pieces
	var err error
	if size >= pieceSize && pieces.take(pieceBuffer, pieces.limit) {
		err = c.streamLarge(b, a.typ.Native(), h.Count, v, info, due)
		pieces.give(pieceBuffer)
	} else {
		err = c.streamElements(b, writeSize, a.typ.Native(), h.Count, v, info, due)
	}
	if err != nil {
		return err
	}
	b.b = append(b.b, padding[:uint64(h.Size)-size]...)
	return nil
}

// streamLarge is streamElements in larger pieces, for which it borrows a buffer.
func (c *client) streamLarge(b *buffer, t dbr.Type, count uint32, v pv.Value, info *pv.Info, due time.Time) error {
	large, ok := c.server.pieceBuffers.Get().(*[]byte)
	if !ok {
		large = new([]byte)
		*large = make([]byte, 0, pieceBuffer)
	}
	defer c.server.pieceBuffers.Put(large)
	borrowed := buffer{b: append(*large, b.b...)}
	b.b = b.b[:0]
	if err := c.streamElements(&borrowed, pieceSize, t, count, v, info, due); err != nil {
		return err
	}
	return c.write(&borrowed)
}

// streamElements writes count elements of plain type t, zeros where v has fewer, in pieces
// of about the given size; what is left at the end stays in b. A client that has not taken
// them when they are due is given up: it keeps memory that others want.
func (c *client) streamElements(b *buffer, piece uint32, t dbr.Type, count uint32, v pv.Value, info *pv.Info, due time.Time) error {
	each := uint32(dbr.Size(t, 1))
	n := min(uint32(v.Len()), count)
	for i := uint32(0); i < count; {
		if uint32(len(b.b)) >= piece {
			if err := c.write(b); err != nil {
				return err
			}
			if time.Now().After(due) {
				c.drop(limitWriteTime, "reads too slowly")
				return os.ErrDeadlineExceeded
			}
		}
		end := count
		if i < n {
			end = n
		}
		k := min(end-i, 1+(piece-uint32(len(b.b)))/each)
		if i >= n {
			b.b = dbr.AppendZero(b.b, t, k)
		} else {
			part := pv.Sample{Value: v}
			if v.IsArray() {
				part.Value = v.Slice(int(i), int(i+k))
			}
			var err error
			if b.b, err = dbr.Append(b.b, t, k, &part, info); err != nil {
				_ = c.conn.Close() // the header is out, so the circuit is of no use
				return err
			}
		}
		i += k
	}
	return nil
}

// elements is the value in a kind of which every part can be sent; ok is false if it
// cannot be had as a.typ.
func (a *answer) elements(s *pv.Sample, info *pv.Info) (v pv.Value, ok bool) {
	switch {
	case a.typ == dbr.PutAckT || a.typ == dbr.PutAckS:
		return v, false
	case a.typ == dbr.ClassName:
		return pv.StringValue(a.field.Record().Type().String()), true
	case s.Value.Kind() == pv.String && a.typ.Native() != dbr.String: // texts may be no numbers
		v, err := pv.Convert(s.Value, a.typ.Native().Kind(), info)
		return v, err == nil
	}
	return s.Value, true
}

// appendHead appends what comes before the value.
func (a *answer) appendHead(dst []byte, s *pv.Sample, info *pv.Info) []byte {
	dst, _ = a.appendValue(dst, 0, s, info)
	return dst
}
