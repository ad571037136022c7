package caserver

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// goldenDatabase has the records of interop/golden/records.db that the replayed
// exchanges use.
func goldenDatabase(t testing.TB) *record.Database {
	states := make([]string, 16)
	for i := range states {
		states[i] = "state"
	}
	return database(t,
		record.Spec{Name: "G:AI", Type: record.AI, Initial: pv.Float64Value(42.125), Desc: "a double in HIGH alarm"},
		record.Spec{Name: "G:MBBI", Type: record.MBBI, Initial: pv.EnumValue(13), Info: pv.Info{Choices: states}},
		record.Spec{Name: "G:STRINGIN", Type: record.Stringin, Initial: pv.StringValue("bench one")},
		record.Spec{Name: "G:INT64", Type: record.Int64in, Initial: pv.Int64Value(1234567890123)},
		record.Spec{Name: "G:LSI", Type: record.LSI, Elements: 100, Initial: pv.StringValue("a long string")},
		record.Spec{Name: "G:WF:BIG", Type: record.Waveform, ElementKind: pv.Float64, Elements: 9000},
		record.Spec{Name: "G:WF:LONG", Type: record.Waveform, ElementKind: pv.Int32, Elements: 5},
		record.Spec{Name: "G:WF:CHARS", Type: record.Waveform, ElementKind: pv.Int8, Elements: 70000},

		record.Spec{Name: "P:AO", Type: record.AO, Info: pv.Info{Precision: 3, Control: pv.Limits{Low: -10, High: 10}}},
		record.Spec{Name: "P:LONGOUT", Type: record.Longout},
		record.Spec{Name: "P:STRINGOUT", Type: record.Stringout},
		record.Spec{Name: "P:BO", Type: record.BO, Info: pv.Info{Choices: []string{"Off", "On"}}},
		record.Spec{Name: "P:MBBO", Type: record.MBBO, Info: pv.Info{Choices: []string{"zero", "one", "two"}}},
		record.Spec{Name: "P:WF", Type: record.Waveform, ElementKind: pv.Int32, Elements: 10},
		record.Spec{Name: "P:LSO", Type: record.LSO, Elements: 100},
		record.Spec{Name: "P:READONLY", Type: record.Longout, ASG: "READONLY", Initial: pv.Int32Value(7)},
		record.Spec{Name: "P:NOACCESS", Type: record.Longout, ASG: "NOACCESS", Initial: pv.Int32Value(7)},

		record.Spec{
			Name: "M:AO", Type: record.AO, Initial: pv.Float64Value(1), HSV: pv.Minor, MDEL: 0.5, ADEL: 2,
			Info: pv.Info{Precision: 2, Units: "V", Warning: pv.Limits{High: 5}},
		},
		record.Spec{Name: "M:MBBO", Type: record.MBBO, Initial: pv.EnumValue(0), Info: pv.Info{Choices: []string{"zero", "one"}}},
		record.Spec{Name: "M:STRING", Type: record.Stringout, Initial: pv.StringValue("first")},
		record.Spec{
			Name: "M:WF", Type: record.Waveform, ElementKind: pv.Int32, Elements: 5,
			Initial: pv.ArrayValue([]int32{1, 2, 3}),
		},
	)
}

// cut is the recorded exchange that ends before its last answer: that to the echo.
const cut = "empty-name-no-answer"

// TestGoldenExchanges sends what was sent to softIoc and expects what it answered,
// all in order to one server, since the exchanges change its records. The recorded
// softIoc ran without access security.
func TestGoldenExchanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, goldenDatabase(t), &Server{})
		for _, file := range []string{"softioc-circuit", "softioc-errors"} {
			for _, c := range prototest.Golden(file) {
				if c.Name != cut {
					r := replay{TB: t, name: c.Name}
					r.run(b, &c)
				}
			}
		}
	})
}

// goldenWrites is what another client wrote during a recorded exchange: the values of
// before ahead of it, those of the others after the client's message of that number.
type goldenWrites struct {
	record string
	before []float64
	after  int
	values []pv.Value
}

// writesOf is what the recording program wrote during c (its comments say so).
func writesOf(c *prototest.Case) goldenWrites {
	numbers := func(x ...float64) (list []pv.Value) {
		for _, x := range x {
			list = append(list, pv.Float64Value(x))
		}
		return list
	}
	longs := func(x ...int32) []pv.Value { return []pv.Value{pv.ArrayValue(x)} }
	values := map[string][]pv.Value{
		"monitor-mask-VALUE-below-and-above-MDEL-0.5":            numbers(1.25, 1.75),
		"monitor-mask-LOG-below-and-above-ADEL-2":                numbers(2.5, 3.25),
		"monitor-mask-ALARM-into-and-out-of-HIGH":                numbers(4, 6, 7, 1),
		"monitor-mask-PROPERTY-only-the-first":                   numbers(1.25, 1.75, 6),
		"monitor-mask-all-several-classes-at-once-are-one-event": numbers(3, 6, 6),
		"monitor-mask-an-equal-value":                            numbers(1, 1),
		"monitor-M:WF-LONG-0":                                    longs(7, 8),
		"monitor-M:WF-LONG-5":                                    longs(9, 8),
		"monitor-M:WF-LONG-1":                                    longs(7, 8, 9),
		"monitor-M:WF-LONG-7":                                    longs(6, 7, 8, 9),
		"monitor-M:WF-LONG-0-#2":                                 longs(),
		"monitor-M:WF-TIME_DOUBLE-0":                             longs(1, 2),
		"monitor-M:MBBO-TIME_ENUM-0":                             {pv.EnumValue(1)},
		"monitor-M:STRING-TIME_STRING-0":                         {pv.StringValue("second")},
	}
	switch name := c.Name; {
	case strings.HasSuffix(name, "first-event-change-cancel"):
		return goldenWrites{"M:AO", []float64{1}, 1, numbers(2.75)}
	case strings.HasPrefix(name, "monitor-mask"):
		return goldenWrites{"M:AO", []float64{100, 1}, 1, values[name]}
	case name == "monitor-PROPERTY-units-change":
		return goldenWrites{"M:AO.EGU", nil, 1, []pv.Value{pv.StringValue("mV")}}
	case strings.HasPrefix(name, "events-off"):
		return goldenWrites{"M:AO", []float64{1}, 3, numbers(2, 3, 4)}
	case strings.HasPrefix(name, "clear-a-channel"):
		return goldenWrites{"M:AO", nil, 2, numbers(1)}
	default:
		return goldenWrites{c.Attrs["pv"], nil, 1, values[name]}
	}
}

// TestGoldenMonitors replays the recorded monitors of every type, mask and count.
func TestGoldenMonitors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, goldenDatabase(t), &Server{})
		for _, c := range prototest.Golden("softioc-monitor") {
			w := writesOf(&c)
			if len(w.values) == 0 {
				t.Fatalf("%s: what was written is not known", c.Name)
			}
			write := func(v pv.Value) {
				f, err := b.server.Database.Lookup(w.record)
				if err != nil {
					t.Fatal(err)
				}
				if err := f.Put(v, nil); err != nil {
					t.Fatalf("%s: %v", c.Name, err)
				}
				synctest.Wait()
			}
			for _, x := range w.before {
				write(pv.Float64Value(x))
			}
			r := replay{TB: t, name: c.Name}
			n := 0
			r.sent = func() {
				if n++; n == w.after {
					for _, v := range w.values {
						write(v)
					}
				}
			}
			r.run(b, &c)
		}
	})
}

// replay is one exchange; it puts its name before its complaints.
type replay struct {
	testing.TB
	name   string
	sid    replayedSID
	sent   func() // called after each message of the client
	stamps bool   // are compared, too
}

func (r *replay) Errorf(format string, args ...any) {
	r.Helper()
	r.TB.Errorf(r.name+": "+format, args...)
}

// speaksFirst reports whether the client of the case has not been greeted.
func speaksFirst(c *prototest.Case) bool {
	return len(c.Steps) > 0 && c.Steps[0].Dir == prototest.FromServer || c.Name == "greeting-of-a-client" ||
		len(c.Attrs) == 0 && strings.HasPrefix(c.Name, "error-")
}

func (r *replay) run(b *bench, c *prototest.Case) {
	p := b.dial()
	defer p.conn.Close()
	if !speaksFirst(c) {
		p.greet()
		name := c.Attrs["pv"]
		switch {
		case c.Name == "clear-channel":
			r.sid.ours, r.sid.known = p.create("G:AI", c.Uint("cid")), true
		case name != "" && !strings.HasPrefix(c.Name, "create"):
			cid := c.Uint("cid")
			switch {
			case cid != 0:
			case c.File == "softioc-monitor":
				cid = 6
			default:
				cid = 3
			}
			r.sid.ours, r.sid.known = p.create(name, cid), true
			if strings.HasPrefix(c.Name, "two-monitored") {
				r.sid.second = p.create(name+"2", cid+1)
			}
		}
	}
	var want, got []protocol.Message
	closed := false
	for i, s := range c.Steps {
		switch s.Dir {
		case prototest.FromClient:
			if i > 0 && c.Steps[i-1].Dir != prototest.FromClient {
				r.expect(got, want)
				got, want = nil, nil
			}
			got = append(got, p.send(r.sid.translate(s.Bytes))...)
			if r.sent != nil {
				r.sent()
				got = append(got, p.take()...)
			}
		case prototest.FromServer:
			if i == 0 {
				got = p.send(nil)
			}
			want = append(want, messages(r, s.Bytes)...)
		case prototest.Closed:
			closed = true
		case prototest.Elsewhere:
			r.expect(got, want)
			put(r, b.server.Database, s.Put[0], pv.StringValue(s.Put[1]))
			got, want = p.take(), nil
		}
	}
	r.expect(got, want)
	if p.isClosed() != closed {
		r.Errorf("closed %v, softIoc %v", p.isClosed(), closed)
	}
}

// replayedSID translates softIoc's sid of the channel under test into ours.
type replayedSID struct {
	known  bool
	ours   uint32
	second uint32 // of a second channel
	theirs uint32
	seen   bool
}

// unknownSID is what the recording used for a channel that does not exist.
const unknownSID = 0x7FFF0000

func namesChannel(c protocol.Command) bool {
	switch c {
	case protocol.CmdEventAdd, protocol.CmdEventCancel, protocol.CmdRead, protocol.CmdReadNotify, protocol.CmdWrite,
		protocol.CmdWriteNotify, protocol.CmdClearChannel:
		return true
	}
	return false
}

// translate is the client's bytes with our sid in place of softIoc's. What is no
// well-formed message goes as it is.
func (s *replayedSID) translate(b []byte) []byte {
	b = bytes.Clone(b)
	for rest := b; len(rest) >= protocol.HeaderLen && s.known; {
		h, n := headerOf(rest)
		if n == 0 {
			break
		}
		switch {
		case !namesChannel(h.Command) || h.Param1 == unknownSID:
		case s.seen && h.Param1 != s.theirs && s.second != 0:
			putUint32(rest[8:], s.second)
		default:
			s.theirs, s.seen = h.Param1, true
			putUint32(rest[8:], s.ours)
		}
		rest = rest[min(n, len(rest)):]
	}
	return b
}

func putUint32(b []byte, x uint32) {
	b[0], b[1], b[2], b[3] = byte(x>>24), byte(x>>16), byte(x>>8), byte(x)
}

// headerOf is the header at the start of b and the length of its message.
func headerOf(b []byte) (protocol.Header, int) {
	m, n, err := protocol.Next(b, protocol.Limits{})
	if err != nil { // misaligned, for example: its header is there all the same
		return m.Header, len(b)
	}
	return m.Header, n
}

// expect compares what this server sent with what softIoc did, but for what cannot
// be the same: sids, ports, texts, time stamps and bytes left over in padding.
func (r *replay) expect(got, want []protocol.Message) {
	r.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) {
			r.Errorf("missing %v %+v", want[i].Command, want[i].Header)
			continue
		}
		if i >= len(want) {
			r.Errorf("softIoc did not send %v %+v", got[i].Command, got[i].Header)
			continue
		}
		r.compare(got[i], want[i])
	}
}

func (r *replay) compare(got, want protocol.Message) {
	r.Helper()
	sid := &r.sid
	g, w := got.Header, want.Header
	switch w.Command {
	case protocol.CmdCreateChan:
		g.Param2, w.Param2 = 0, 0
	case protocol.CmdClearChannel:
		if sid.seen && w.Param1 == sid.theirs {
			w.Param1 = sid.ours
		}
	case protocol.CmdSearch:
		g.DataType, w.DataType = 0, 0
	case protocol.CmdEventAdd:
		if w.Size == 0 && sid.seen && w.Param1 == sid.theirs {
			w.Param1 = sid.ours
		}
	case protocol.CmdError:
		g.Size, w.Size = 0, 0
		ge, we := got.ErrorReport(), want.ErrorReport()
		if sid.seen && namesChannel(we.Request.Command) && we.Request.Param1 == sid.theirs {
			we.Request.Param1 = sid.ours
		}
		if ge.Request != we.Request {
			r.Errorf("ERROR about %+v, softIoc about %+v", ge.Request, we.Request)
		}
	}
	if g != w {
		r.Errorf("%v %+v\nsoftIoc %v %+v", g.Command, g, w.Command, w)
		return
	}
	switch w.Command {
	case protocol.CmdReadNotify, protocol.CmdRead, protocol.CmdEventAdd:
		r.compareData(got, want)
	case protocol.CmdEcho:
		if !bytes.Equal(got.Payload, want.Payload) {
			r.Errorf("echo %x, softIoc %x", got.Payload, want.Payload)
		}
	}
}

func (r *replay) compareData(got, want protocol.Message) {
	r.Helper()
	if want.Size == 0 || want.DataType >= uint16(dbr.PutAckT) {
		return
	}
	g, err := dbr.Decode(dbr.Type(got.DataType), got.Count, got.Payload)
	if err != nil {
		r.Errorf("%v", err)
		return
	}
	w, err := dbr.Decode(dbr.Type(want.DataType), want.Count, want.Payload)
	if err != nil {
		r.Errorf("%v", err)
		return
	}
	if g.Sample.Alarm != w.Sample.Alarm {
		r.Errorf("alarm %v, softIoc %v", g.Sample.Alarm, w.Sample.Alarm)
	}
	if r.stamps && g.Sample.Time != w.Sample.Time {
		r.Errorf("time %v, softIoc %v", g.Sample.Time, w.Sample.Time)
	}
	if g.Info != nil && w.Info != nil && g.Info.Units != w.Info.Units {
		r.Errorf("units %q, softIoc %q", g.Info.Units, w.Info.Units)
	}
	if !g.Sample.Value.Equal(w.Sample.Value) {
		r.Errorf("value %v, softIoc %v", g.Sample.Value, w.Sample.Value)
	}
}
