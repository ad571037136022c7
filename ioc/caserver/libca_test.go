package caserver

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// libcaDatabase has the records of interop/golden/records.db that the recorded C
// client uses, with their metadata.
func libcaDatabase(t testing.TB) *record.Database {
	return database(t,
		record.Spec{
			Name: "G:AI", Type: record.AI, Initial: pv.Float64Value(42.125), HHSV: pv.Major, HSV: pv.Minor, LSV: pv.Minor, LLSV: pv.Major,
			Info: pv.Info{
				Precision: 3, Units: "mbar", Display: pv.Limits{Low: -100, High: 100},
				Alarm: pv.Limits{Low: -60, High: 60}, Warning: pv.Limits{Low: -40, High: 40},
			},
		},
		record.Spec{Name: "G:STRINGIN", Type: record.Stringin, Initial: pv.StringValue("bench one")},
		record.Spec{
			Name: "G:LSI", Type: record.LSI, Elements: 100,
			Initial: pv.StringValue("a long string that does not fit into the forty bytes of DBR_STRING"),
		},
		record.Spec{
			Name: "G:WF:LONG", Type: record.Waveform, ElementKind: pv.Int32, Elements: 5,
			Initial: pv.ArrayValue([]int32{1, -2, math.MaxInt32}),
		},
		record.Spec{
			Name: "G:WF:BIG", Type: record.Waveform, ElementKind: pv.Float64, Elements: 9000,
			Initial: pv.ArrayValue([]float64{1, 2, 3, 4}),
		},
		record.Spec{Name: "P:AO", Type: record.AO, Info: pv.Info{Precision: 3, Control: pv.Limits{Low: -10, High: 10}}},
		record.Spec{Name: "P:MBBO", Type: record.MBBO, Info: pv.Info{Choices: []string{"zero", "one", "two"}}},
		record.Spec{Name: "P:WF", Type: record.Waveform, ElementKind: pv.Int32, Elements: 10},
		record.Spec{
			Name: "M:AO", Type: record.AO, Initial: pv.Float64Value(1), HSV: pv.Minor, MDEL: 0.5, ADEL: 2,
			Info: pv.Info{Precision: 2, Units: "V", Warning: pv.Limits{High: 5}},
		},
	)
}

// TestLibcaSession says what C libca said to softIoc in a session of many steps, a
// lost circuit among them, and expects what softIoc answered, field by field.
func TestLibcaSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, libcaDatabase(t), &Server{})
		s := session{bench: b, peer: b.dial()}
		cases := prototest.Golden("libca-circuit")
		for i := range cases {
			t.Log(cases[i].Name)
			s.play(t, &cases[i])
		}
	})
}

// session is a client's, on one circuit after the other. Of the server's ids ours are
// put in place of softIoc's and the other way round.
type session struct {
	*bench
	peer   *peer
	theirs map[uint32]uint32 // by ours
	ours   map[uint32]uint32 // by theirs
}

func (s *session) play(t *testing.T, c *prototest.Case) {
	var got, want []protocol.Message
	for i, step := range c.Steps {
		switch step.Dir {
		case prototest.Closed: // by the network
			_ = s.peer.conn.Close()
			s.peer = s.dial()
			s.theirs, s.ours = nil, nil
		case prototest.FromClient:
			if i > 0 && c.Steps[i-1].Dir == prototest.FromServer {
				s.expect(t, c, got, want)
				got, want = nil, nil
			}
			got = append(got, s.peer.send(s.outward(step.Bytes))...)
		case prototest.FromServer:
			want = append(want, messages(t, step.Bytes)...)
		}
	}
	s.expect(t, c, got, want)
}

// outward is a client's message with our sid.
func (s *session) outward(b []byte) []byte {
	b = append([]byte(nil), b...)
	if h, _ := headerOf(b); namesChannel(h.Command) {
		binary.BigEndian.PutUint32(b[8:], s.ours[h.Param1])
	}
	return b
}

// expect compares messages in their order. A completion may change places with an
// event: base sends both from another thread than the rest.
func (s *session) expect(t *testing.T, c *prototest.Case, got, want []protocol.Message) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d messages, softIoc %d: %+v", c.Name, len(got), len(want), got)
	}
	for i := range want {
		if want[i].Command != got[i].Command && i+1 < len(want) {
			want[i], want[i+1] = want[i+1], want[i]
		}
		s.compare(t, c, got[i], want[i])
	}
}

func (s *session) compare(t *testing.T, c *prototest.Case, got, want protocol.Message) {
	t.Helper()
	g, w := got.Header, want.Header
	switch w.Command {
	case protocol.CmdCreateChan:
		if s.ours == nil {
			s.ours, s.theirs = map[uint32]uint32{}, map[uint32]uint32{}
		}
		s.ours[w.Param2], s.theirs[g.Param2] = g.Param2, w.Param2
		g.Param2 = w.Param2
	case protocol.CmdClearChannel:
		g.Param1 = s.theirs[g.Param1]
	case protocol.CmdEventAdd:
		if w.Size == 0 { // the answer to a cancel
			g.Param1 = s.theirs[g.Param1]
		}
	case protocol.CmdError:
		ge, we := got.ErrorReport(), want.ErrorReport()
		ge.Request.Param1 = s.theirs[ge.Request.Param1]
		if ge.Request != we.Request || ge.Text != we.Text {
			t.Errorf("%s: ERROR %q about %+v\nsoftIoc %q about %+v", c.Name, ge.Text, ge.Request, we.Text, we.Request)
		}
	}
	if g != w {
		t.Errorf("%s: %+v\nsoftIoc %+v", c.Name, g, w)
		return
	}
	switch w.Command {
	case protocol.CmdReadNotify, protocol.CmdEventAdd:
		if ours, theirs := meaning(t, got), meaning(t, want); ours != theirs {
			t.Errorf("%s: %s\nsoftIoc %s", c.Name, ours, theirs)
		}
	}
}

// meaning is all that a payload says but for the time.
func meaning(t *testing.T, m protocol.Message) string {
	if m.Size == 0 {
		return ""
	}
	d, err := dbr.Decode(dbr.Type(m.DataType), m.Count, m.Payload)
	if err != nil {
		t.Fatal(err)
	}
	d.Sample.Time = pv.Stamp{}
	info := "none"
	if d.Info != nil {
		info = fmt.Sprintf("%+v", *d.Info)
	}
	return fmt.Sprintf("%v %v %s", d.Sample.Value, d.Sample.Alarm, info)
}

// A client that searches as libca does is answered byte for byte as softIoc answers it,
// but for the port.
func TestLibcaSearches(t *testing.T) {
	db := libcaDatabase(t)
	const port = 5064
	var server circuit.SearchServer
	answered := 0
	for _, c := range prototest.Golden("libca-search") {
		var got, want [][]byte
		for _, step := range c.Steps {
			if step.Dir == prototest.FromServer {
				want = append(want, step.Bytes)
				continue
			}
			server.Begin(step.Bytes)
			for q, ok := server.Next(); ok; q, ok = server.Next() {
				if db.Has(q.Name) {
					server.Found(q, port)
				}
			}
			if b := server.Flush(); b != nil {
				got = append(got, append([]byte(nil), b...))
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d datagrams, softIoc %d", c.Name, len(got), len(want))
			continue
		}
		for i := range want {
			answered++
			if ours, theirs := withPort(got[i], port), withPort(want[i], port); ours != theirs {
				t.Errorf("%s: %s\nsoftIoc %s", c.Name, ours, theirs)
			}
		}
	}
	if answered == 0 {
		t.Error("no answer was compared")
	}
}

// withPort is a datagram in hex, with this port in its search replies.
func withPort(b []byte, port uint16) string {
	b = append([]byte(nil), b...)
	for rest := b; len(rest) > 0; {
		h, n := headerOf(rest)
		if h.Command == protocol.CmdSearch {
			binary.BigEndian.PutUint16(rest[4:], port)
		}
		rest = rest[n:]
	}
	return fmt.Sprintf("%x", b)
}
