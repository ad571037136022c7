package circuit

import (
	"errors"
	"fmt"

	"github.com/ioclet/ioclet/protocol"
)

// SearchBatch packs a client's searches into datagrams of at most 1472 bytes, each
// with a VERSION that carries its sequence number. The zero SearchBatch is ready; it
// is not safe for concurrent use.
type SearchBatch struct {
	sequence  uint32
	out, full []byte
}

// Add puts a search for name into the batch; id comes back with the answer. If full
// is not nil it is a datagram to send now; its memory is reused by the next Add that
// fills one.
func (b *SearchBatch) Add(id uint32, name string) (full []byte, err error) {
	if err := protocol.CheckName(name); err != nil {
		return nil, err
	}
	size := protocol.HeaderLen + (len(name)+8)&^7
	if len(b.out) > 0 && len(b.out)+size > protocol.MaxRequestDatagram {
		b.out, b.full = b.full[:0], b.out
		full = b.full
	}
	if len(b.out) == 0 {
		b.sequence++
		b.out = protocol.AppendVersionUDP(b.out, protocol.Version, b.sequence)
	}
	b.out = protocol.AppendSearch(b.out, id, name, protocol.Version, protocol.DontReply)
	return full, nil
}

// Flush is the datagram with the remaining searches, nil if there are none. Its
// memory is reused by the second Add or Flush that follows.
func (b *SearchBatch) Flush() []byte {
	if len(b.out) == 0 {
		return nil
	}
	b.out, b.full = b.full[:0], b.out
	return b.full
}

// Sequence is the number of the last datagram begun.
func (b *SearchBatch) Sequence() uint32 { return b.sequence }

// DatagramKind says what a [Datagram] holds.
type DatagramKind uint8

// What a client hears by UDP.
const (
	NoDatagram        DatagramKind = iota
	NameFound                      // Found
	NameNotFound                   // Found.CID
	BeaconHeard                    // Beacon
	RepeaterConfirmed              // the repeater passes beacons on
)

// Datagram is one message of a datagram.
type Datagram struct {
	Kind          DatagramKind
	Found         protocol.SearchReply
	Beacon        protocol.Beacon
	Sequence      uint32 // the sequence number of the searches answered
	SequenceValid bool   // the server knows sequence numbers
}

// DatagramReader reads what a client receives by UDP. The zero DatagramReader is
// ready; it is not safe for concurrent use.
type DatagramReader struct {
	in       []byte
	sequence uint32
	valid    bool
}

// Begin takes a datagram. It must not change until the next Begin.
func (r *DatagramReader) Begin(datagram []byte) { *r = DatagramReader{in: datagram} }

// Next is the next message; its Kind is NoDatagram when there is none left. The
// error is a [*protocol.Error]: the rest of the datagram is damaged and dropped.
func (r *DatagramReader) Next() (Datagram, error) {
	for len(r.in) > 0 {
		m, n, err := protocol.Next(r.in, protocol.Limits{})
		if err != nil {
			return Datagram{}, r.damaged(m, err)
		}
		r.in = r.in[n:]
		d := Datagram{Sequence: r.sequence, SequenceValid: r.valid}
		switch m.Command {
		case protocol.CmdVersion:
			r.sequence, r.valid = m.Sequence()
			continue
		case protocol.CmdSearch:
			d.Kind, d.Found = NameFound, m.SearchReply()
		case protocol.CmdNotFound:
			d.Kind, d.Found.CID = NameNotFound, m.Param1
		case protocol.CmdBeacon:
			d.Kind, d.Beacon = BeaconHeard, m.Beacon()
		case protocol.CmdRepeaterConfirm:
			d.Kind = RepeaterConfirmed
		default:
			return Datagram{}, r.damaged(m, fmt.Errorf("%v in a datagram", m.Command))
		}
		return d, nil
	}
	return Datagram{}, nil
}

func (r *DatagramReader) damaged(m protocol.Message, err error) error {
	r.in = nil
	var fault *protocol.Error
	if errors.As(err, &fault) {
		return fault
	}
	return &protocol.Error{
		Scope: protocol.ScopeMessage, Command: m.Command, Status: protocol.ECAInternal, Channel: protocol.NoID,
		Request: m.Header, Text: err.Error(),
	}
}
