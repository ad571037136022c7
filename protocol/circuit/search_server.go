package circuit

import (
	"net/netip"

	"github.com/ioclet/ioclet/protocol"
)

// Search is a client's question for a name, received by UDP.
type Search struct {
	Name []byte // a part of the datagram
	CID  uint32 // the client's id of the search
}

// SearchServer answers the name searches of one UDP socket. A datagram goes in by
// Begin; Next yields its searches; those that are served are answered by Found,
// which now and then returns a full datagram to send back; Flush returns the last,
// and has to be called before a datagram of another client is begun. Answers to
// several datagrams of one client may go out together.
// The zero SearchServer is ready; it is not safe for concurrent use.
//
// Only a datagram that begins with a VERSION of 4.4 or later is answered, and of a
// damaged one what is good. What goes out begins with a VERSION that has the sequence
// number of the last datagram begun, if its client is of 4.11 or later (rsrv:
// camessage.c, cast_server.c).
type SearchServer struct {
	in       []byte
	minor    uint32 // the client's, 0 until its VERSION
	sequence uint32
	out      []byte // the answers under way, behind room for a VERSION
	full     []byte // the one returned last; both keep their memory
}

// Begin takes a datagram. It must not change until the next Begin.
func (s *SearchServer) Begin(datagram []byte) {
	s.in, s.minor, s.sequence = datagram, 0, 0
}

// Next is the next search in the datagram; ok is false when there is none left.
func (s *SearchServer) Next() (q Search, ok bool) {
	for {
		m, n, err := protocol.Next(s.in, protocol.Limits{})
		if err != nil {
			s.in = nil
			return Search{}, false
		}
		s.in = s.in[n:]
		switch {
		case m.Command == protocol.CmdVersion && m.Count >= protocol.VersionMin:
			s.minor, s.sequence = m.Count, 0
			if s.minor >= sequenceNumbers {
				s.sequence = m.Param1 // rsrv does not ask whether it is marked as valid
			}
		case m.Command == protocol.CmdSearch && s.minor != 0 && m.Count >= protocol.VersionMin:
			if name, ok := name(m.Payload); ok {
				return Search{Name: name, CID: m.Param2}, true
			}
		default:
			s.in = nil
			return Search{}, false
		}
	}
}

// sequenceNumbers is the version that brought sequence numbers to datagrams.
const sequenceNumbers = 11

// searchReplyLen is the length of one answer.
const searchReplyLen = protocol.HeaderLen + 8

// Found answers q: it is served at the TCP port of this address. If full is not nil
// it is a datagram of at most 1024 bytes that has to be sent to the client now; its
// memory is reused by the next Found or Flush.
func (s *SearchServer) Found(q Search, port uint16) (full []byte) {
	if len(s.out)+searchReplyLen > protocol.MaxReplyDatagram {
		full = s.Flush()
	}
	if len(s.out) == 0 {
		s.out = append(s.out, make([]byte, protocol.HeaderLen)...)
	}
	s.out = protocol.AppendSearchReplyUDP(s.out, netip.Addr{}, port, q.CID, protocol.Version)
	return full
}

// Flush is the datagram with the remaining answers, nil if there are none. Its
// memory is reused by the next Found or Flush that returns one.
func (s *SearchServer) Flush() []byte {
	if len(s.out) == 0 {
		return nil
	}
	s.out, s.full = s.full[:0], s.out
	if s.minor < sequenceNumbers {
		return s.full[protocol.HeaderLen:]
	}
	protocol.AppendVersionUDP(s.full[:0], protocol.Version, s.sequence)
	return s.full
}
