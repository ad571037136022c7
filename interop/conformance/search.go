package conformance

import (
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

// seeker is a client that searches by UDP.
type seeker struct {
	*judge
	conn net.Conn
	port uint16 // the server's
}

func (j *judge) seeker() *seeker {
	conn, err := net.Dial("udp4", j.server)
	if err != nil {
		j.giveUp("%v", err)
	}
	j.open = append(j.open, conn)
	return &seeker{j, conn, j.port()}
}

// port is the server's.
func (j *judge) port() uint16 {
	_, port, _ := net.SplitHostPort(j.server)
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		j.giveUp("%v", err)
	}
	return uint16(n)
}

func (s *seeker) send(datagram ...[]byte) {
	if _, err := s.conn.Write(slices.Concat(datagram...)); err != nil {
		s.giveUp("%v", err)
	}
}

// receive is the messages of the next datagram.
func (s *seeker) receive() (list []protocol.Message, size int) {
	_ = s.conn.SetReadDeadline(time.Now().Add(patience))
	b := make([]byte, protocol.MaxDatagram)
	n, err := s.conn.Read(b)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.giveUp("no answer")
	case err != nil:
		s.giveUp("%v", err)
	case n == 0:
		s.giveUp("empty datagram")
	}
	for b = b[:n]; len(b) > 0; {
		m, k, err := protocol.Next(b, protocol.Limits{})
		if err != nil {
			s.giveUp("malformed datagram: %v: %x", err, b)
		}
		list = append(list, m)
		b = b[k:]
	}
	return list, n
}

// version and search are the parts of a client's datagram.
func version(minor uint16, sequence uint32) []byte {
	return protocol.AppendVersionUDP(nil, minor, sequence)
}

func search(name string, cid uint32) []byte {
	return protocol.AppendSearch(nil, cid, name, protocol.Version, protocol.DontReply)
}

// found is what is to be answered for a name that is served.
func (s *seeker) isFound(m protocol.Message, cid uint32) {
	want := protocol.Header{Command: protocol.CmdSearch, DataType: s.port, Size: 8, Param1: protocol.NoID, Param2: cid}
	if m.Header != want {
		s.differ("header %+v, expected %+v", m.Header, want)
	} else if !slices.Equal(m.Payload, []byte{0, protocol.Version, 0, 0, 0, 0, 0, 0}) {
		s.differ("payload %x, expected the minor version 13 and zeros", m.Payload)
	}
}

// wantFound takes a datagram with the answers for these cids behind a VERSION.
func (s *seeker) wantFound(sequence uint32, cids ...uint32) {
	list, _ := s.receive()
	if len(list) != 1+len(cids) {
		s.giveUp("datagram of %d messages, expected %d", len(list), 1+len(cids))
	}
	want := protocol.Header{Command: protocol.CmdVersion, DataType: 1, Count: protocol.Version, Param1: sequence}
	if list[0].Header != want {
		s.differ("header %+v, expected %+v", list[0].Header, want)
	}
	for i, cid := range cids {
		s.isFound(list[i+1], cid)
	}
}

// wantSilence finds out whether what was sent is answered by nothing: the next search
// is answered, and nothing comes before it.
func (s *seeker) wantSilence() {
	s.send(version(protocol.Version, 999), search("K:AO", 999))
	s.wantFound(999, 999)
}

// looked is a row about whether a search for the name is answered.
func looked(what, name, fact string, found bool) Row {
	return Row{"search/" + what, fact, func(j *judge) {
		s := j.seeker()
		s.send(version(protocol.Version, 5), search(name, 6))
		if found {
			s.wantFound(5, 6)
		}
		s.wantSilence()
	}}
}

// silent is a row about a datagram that is not answered.
func silent(what, fact string, datagram ...[]byte) Row {
	return Row{"search/" + what, fact, func(j *judge) {
		s := j.seeker()
		s.send(datagram...)
		s.wantSilence()
	}}
}

var searches = []Row{
	{
		"search/a known name",
		"VERSION with the client's sequence number marked as valid, then SEARCH: TCP port in the type, count 0, address " +
			"0xffffffff, the client's cid, and in 8 bytes of payload its minor version",
		func(j *judge) {
			s := j.seeker()
			s.send(version(protocol.Version, 0x1234), search("K:AO", 7))
			s.wantFound(0x1234, 7)
		},
	},
	{
		"search/three names of which one is unknown", "answers the two in one datagram, in their order",
		func(j *judge) {
			s := j.seeker()
			s.send(version(protocol.Version, 1), search("K:AO", 7), search("K:NONE", 8), search("K:WF", 9))
			s.wantFound(1, 7, 9)
		},
	},
	{
		"search/sixty names", "batches the answers into datagrams of at most 1024 bytes, each with a VERSION of its own",
		func(j *judge) {
			s := j.seeker()
			b := version(protocol.Version, 3)
			for i := range uint32(60) {
				b = append(b, search("K:AO", i)...)
			}
			s.send(b)
			next := uint32(0)
			for datagrams := 0; next < 60; datagrams++ {
				list, size := s.receive()
				if size > protocol.MaxReplyDatagram || datagrams > 2 {
					s.giveUp("datagram %d of %d bytes", datagrams, size)
				}
				if list[0].Command != protocol.CmdVersion || list[0].Param1 != 3 {
					s.differ("datagram begins with %+v", list[0].Header)
				}
				for _, m := range list[1:] {
					s.isFound(m, next)
					next++
				}
			}
		},
	},
	{
		"search/VERSION without a valid sequence number", "answers with one marked as valid all the same, whose number is that of the request",
		func(j *judge) {
			s := j.seeker()
			s.send(protocol.AppendHeader(nil, protocol.Header{Command: protocol.CmdVersion, Count: protocol.Version}), search("K:AO", 7))
			s.wantFound(0, 7)
		},
	},
	{
		"search/a client of minor version 11 has a sequence number", "answers with VERSION in front",
		func(j *judge) {
			s := j.seeker()
			s.send(version(11, 4), search("K:AO", 7))
			s.wantFound(4, 7)
		},
	},
	{
		"search/clients of minor versions 4 to 10 have none", "answers without VERSION",
		func(j *judge) {
			for minor := uint16(4); minor <= 10; minor++ {
				s := j.seeker()
				s.send(version(minor, 4), protocol.AppendSearch(nil, 7, "K:AO", minor, protocol.DontReply))
				list, _ := s.receive()
				if len(list) != 1 {
					s.giveUp("minor %d: %d messages, expected one", minor, len(list))
				}
				s.isFound(list[0], 7)
			}
		},
	},
	silent("without VERSION in front", "no answer", search("K:AO", 7)),
	{
		"search/VERSION in another datagram", "no answer: each datagram begins anew",
		func(j *judge) {
			s := j.seeker()
			s.send(version(protocol.Version, 1), search("K:AO", 7))
			s.wantFound(1, 7)
			s.send(search("K:AO", 8))
			s.wantSilence()
		},
	},
	silent("a client of minor version 3", "no answer", version(3, 0), search("K:AO", 7)),
	silent("a SEARCH that says minor version 3", "no answer: SEARCH says the version a second time",
		version(protocol.Version, 1), protocol.AppendSearch(nil, 7, "K:AO", 3, protocol.DontReply)),
	looked("an unknown name", "K:NONE", "no answer", false),
	silent("an unknown name with DO_REPLY", "no answer: NOT_FOUND exists on circuits only",
		version(protocol.Version, 1), protocol.AppendSearch(nil, 7, "K:NONE", protocol.Version, protocol.DoReply)),
	looked("a name with VAL", "K:AO.VAL", "found", true),
	looked("a field", "K:AO.EGU", "found", true),
	looked("an unknown field", "K:AO.NONE", "no answer", false),
	looked("a long string", "K:TEXT.VAL$", "found", true),
	looked("$ on a number", "K:AO.VAL$", "found: modifiers are not looked at", true),
	looked("$ without a field", "K:TEXT$", "no answer: that is another record's name", false),
	looked("a filter", `K:AO.{"ts":{}}`, "found", true),
	looked("a filter that does not exist", `K:AO.{"none":{}}`, "found: modifiers are not looked at", true),
	looked("a filter that is no JSON", `K:AO.{"ts`, "found: modifiers are not looked at", true),
	looked("an array slice", "K:WF.VAL[1:3]", "found", true),
	looked("an array slice without a field", "K:WF[1:3]", "no answer: that is another record's name", false),
	looked("an empty name", "", "no answer", false),
	silent("ECHO by UDP", "no answer", version(protocol.Version, 1), protocol.AppendEcho(nil)),
	{
		"search/junk behind a SEARCH", "answers what stands before it",
		func(j *judge) {
			s := j.seeker()
			junk := slices.Repeat([]byte{0xFF}, 24)
			s.send(version(protocol.Version, 1), search("K:AO", 7), junk, search("K:WF", 8))
			s.wantFound(1, 7)
			s.wantSilence()
		},
	},
	silent("a truncated SEARCH", "no answer", version(protocol.Version, 1), search("K:AO", 7)[:21]),
	silent("an empty datagram", "no answer", nil),

	{
		"search/a known name on a circuit", "SEARCH without payload: TCP port in the type, address 0xffffffff, the client's cid",
		func(j *judge) { searchTCP(j.greet(), protocol.DontReply) },
	},
	{
		"search/on a circuit of minor version 11", "the same: the client's version is not asked for",
		func(j *judge) { searchTCP(j.connect(11), protocol.DontReply) },
	},
	{
		"search/an unknown name on a circuit with DO_REPLY", "NOT_FOUND with the fields of the request",
		func(j *judge) {
			p := j.greet()
			p.send(protocol.AppendSearch(nil, 501, "K:NONE", protocol.Version, protocol.DoReply))
			p.want(protocol.Header{
				Command: protocol.CmdNotFound, DataType: protocol.DoReply, Count: protocol.Version, Param1: 501, Param2: 501,
			})
			p.wantKept()
		},
	},
	{
		"search/an unknown name on a circuit without DO_REPLY", "no answer",
		func(j *judge) {
			p := j.greet()
			p.send(protocol.AppendSearch(nil, 502, "K:NONE", protocol.Version, protocol.DontReply))
			p.wantKept()
		},
	},
	{
		"search/many names on a circuit at once", "answers each, in order",
		func(j *judge) {
			p := j.greet()
			var b []byte
			for i := range uint32(100) {
				b = protocol.AppendSearch(b, i, []string{"K:AO", "K:NONE"}[i%2], protocol.Version, protocol.DoReply)
			}
			p.send(b)
			for i := range uint32(100) {
				m := p.next()
				if want := []protocol.Command{protocol.CmdSearch, protocol.CmdNotFound}[i%2]; m.Command != want || m.Param2 != i {
					p.giveUp("%+v, expected %v %d", m.Header, want, i)
				}
			}
			p.wantKept()
		},
	},
}

func searchTCP(p *peer, reply uint16) {
	p.send(protocol.AppendSearch(nil, 500, "K:AO", protocol.Version, reply))
	p.want(protocol.Header{Command: protocol.CmdSearch, DataType: p.port(), Param1: protocol.NoID, Param2: 500})
	p.wantKept()
}
