package caserver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/ioc/access"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// control is a [Policy] of an access security file.
type control struct{ *access.Control }

func (c control) Open(who Identity, changed func()) Session {
	return c.Control.Open(who.User, who.Host, who.Address.String(), changed)
}

// policyFunc is a [Policy] that never changes.
type policyFunc func(Identity, record.Field) (protocol.Access, bool)

func (p policyFunc) Open(who Identity, _ func()) Session { return fixedSession{p, who} }

type fixedSession struct {
	policy policyFunc
	who    Identity
}

func (s fixedSession) Rights(f record.Field) (protocol.Access, bool) { return s.policy(s.who, f) }
func (fixedSession) Close()                                          {}

// accessDatabase has the records of interop/golden/access.db.
func accessDatabase(t testing.TB) *record.Database {
	db := new(record.Database)
	for _, name := range strings.Fields("READONLY NOACCESS LEVELS OPERATORS STRANGERS UNKNOWN GATED MOVED") {
		s := record.Spec{Name: "A:" + name, Type: record.Longout, ASG: name, Initial: pv.Int32Value(7)}
		if name == "MOVED" {
			s.ASG = ""
		}
		must(t, db, s)
	}
	must(t, db, record.Spec{Name: "A:GATED2", Type: record.Longout, ASG: "GATED", Initial: pv.Int32Value(8)})
	must(t, db, record.Spec{Name: "A:GATE", Type: record.AO, Initial: pv.Float64Value(2), HHSV: pv.InvalidAlarm, Info: pv.Info{Alarm: pv.Limits{High: 100}}})
	return db
}

func must(t testing.TB, db *record.Database, s record.Spec) {
	t.Helper()
	if _, err := db.Add(s); err != nil {
		t.Fatal(err)
	}
}

// secured is a server over db with the access security of softIoc's recording.
func secured(t testing.TB, db *record.Database, s *Server) *bench {
	t.Helper()
	rules, err := access.Load("../../interop/golden/access.acf", nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &access.Control{Database: db}
	c.Use(rules)
	t.Cleanup(c.Close)
	s.Policy = control{c}
	return start(t, db, s)
}

// TestGoldenAccess replays what softIoc did with access security.
func TestGoldenAccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := accessDatabase(t)
		b := secured(t, db, &Server{})
		for _, c := range prototest.Golden("softioc-access") {
			if gate := c.Attrs["gate"]; gate != "" {
				put(t, db, "A:GATE", pv.StringValue(gate))
			}
			r := replay{TB: t, name: c.Name}
			r.run(b, &c)
		}
	})
}

func put(t testing.TB, db *record.Database, name string, v pv.Value) {
	t.Helper()
	f, err := db.Lookup(name)
	if err == nil {
		err = f.Put(v, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// A client that calls itself something else after all its channels have gone is asked
// about anew.
func TestSessionsOfAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("X"))
		var seen []string
		s := &Server{Policy: policyFunc(func(who Identity, _ record.Field) (protocol.Access, bool) {
			seen = append(seen, who.User+"@"+who.Host+" "+who.Peer)
			return protocol.AccessRead, false
		})}
		p := start(t, db, s).dial().greet()
		sid := p.create("X", 1)
		p.create("X", 2)
		p.send(protocol.AppendClearChannel(nil, sid, 1))
		p.send(protocol.AppendClearChannel(nil, sid+1, 2))
		p.send(protocol.AppendClientName(nil, "other"))
		p.create("X", 3)
		peer := s.Stats().Clients[0].Peer
		want := []string{"user@host " + peer, "user@host " + peer, "other@host " + peer}
		if !slices.Equal(seen, want) {
			t.Errorf("asked about %q, want %q", seen, want)
		}
	})
}

// What OnPut is told of writes that are trapped, and of all with AllPuts.
func TestOnPut(t *testing.T) {
	double := func(x float64) []byte { return binary.BigEndian.AppendUint64(nil, math.Float64bits(x)) }
	text := func(s string) []byte { return append([]byte(s), make([]byte, 40-len(s))...) }
	type want struct {
		pv       string
		old, new pv.Value
		status   protocol.Status
	}
	one, two := pv.Float64Value(1), pv.Float64Value(2)
	tests := []struct {
		name    string
		request func(sid uint32) []byte
		pv      string
		want    want
	}{
		{"write", func(sid uint32) []byte { return protocol.AppendWrite(nil, 6, 1, sid, 1, double(2)) }, "T", want{"T VAL", one, two, protocol.ECANormal}},
		{"write of the same", func(sid uint32) []byte { return protocol.AppendWrite(nil, 6, 1, sid, 1, double(1)) }, "T", want{"T VAL", one, one, protocol.ECANormal}},
		{"write-notify", func(sid uint32) []byte { return protocol.AppendWriteNotify(nil, 6, 1, sid, 1, double(2)) }, "T", want{"T VAL", one, two, protocol.ECANormal}},
		{"held to its limits", func(sid uint32) []byte { return protocol.AppendWriteNotify(nil, 6, 1, sid, 1, double(20)) }, "T", want{"T VAL", one, pv.Float64Value(10), protocol.ECANormal}},
		{"no number", func(sid uint32) []byte { return protocol.AppendWriteNotify(nil, 0, 1, sid, 1, text("x")) }, "T", want{"T VAL", one, pv.StringValue("x"), protocol.ECAPutFail}},
		{"not allowed", func(sid uint32) []byte { return protocol.AppendWrite(nil, 6, 1, sid, 1, double(2)) }, "R", want{"R VAL", one, two, protocol.ECANoWtAccess}},
		{"a field", func(sid uint32) []byte { return protocol.AppendWrite(nil, 0, 1, sid, 1, text("mV")) }, "T.EGU", want{"T EGU", pv.StringValue(""), pv.StringValue("mV"), protocol.ECANormal}},
		{"acknowledged", func(sid uint32) []byte { return protocol.AppendWriteNotify(nil, 35, 1, sid, 1, []byte{0, 0}) }, "T", want{"T ACKT", pv.EnumValue(1), pv.EnumValue(0), protocol.ECANormal}},
		{"not trapped", func(sid uint32) []byte { return protocol.AppendWrite(nil, 6, 1, sid, 1, double(2)) }, "U", want{"U VAL", one, two, protocol.ECANormal}},
	}
	for _, tt := range tests {
		for _, all := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				spec := func(name string) record.Spec {
					return record.Spec{Name: name, Type: record.AO, Initial: one, Info: pv.Info{Control: pv.Limits{Low: -10, High: 10}}}
				}
				db := database(t, spec("T"), spec("U"), spec("R"))
				var got []Put
				s := &Server{AllPuts: all, OnPut: func(p Put) { got = append(got, p) }, Policy: policyFunc(func(_ Identity, f record.Field) (protocol.Access, bool) {
					access := protocol.AccessRead | protocol.AccessWrite
					if f.Record().Name() == "R" {
						access = protocol.AccessRead
					}
					return access, f.Record().Name() != "U"
				})}
				p := start(t, db, s).dial().greet()
				p.send(tt.request(p.create(tt.pv, 1)))
				if tt.pv == "U" && !all {
					if len(got) != 0 {
						t.Errorf("%s: %+v", tt.name, got)
					}
					return
				}
				if len(got) != 1 {
					t.Fatalf("%s: %d puts", tt.name, len(got))
				}
				g := want{got[0].Field.Record().Name() + " " + got[0].Field.Name(), got[0].Old, got[0].New, got[0].Status}
				if g.pv != tt.want.pv || !g.old.Equal(tt.want.old) || !g.new.Equal(tt.want.new) || g.status != tt.want.status {
					t.Errorf("%s: %+v, want %+v", tt.name, g, tt.want)
				}
				if got[0].User != "user" || got[0].Host != "host" || got[0].Peer == "" || got[0].Time.IsZero() {
					t.Errorf("%s: %+v", tt.name, got[0])
				}
			})
		}
	}
}

// A put that takes its time is told of when it has ended, with how it did.
func TestOnPutOfSlowDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{Name: "X", Type: record.AO, Initial: pv.Float64Value(1), Device: new(slowDevice)})
		var got []Put
		p := start(t, db, &Server{AllPuts: true, OnPut: func(p Put) { got = append(got, p) }}).dial().greet()
		p.send(protocol.AppendWriteNotify(nil, 6, 1, p.create("X", 1), 9, binary.BigEndian.AppendUint64(nil, math.Float64bits(5))))
		if len(got) != 0 {
			t.Errorf("told before the end: %+v", got)
		}
		if err := db.Record("X").Complete(record.Result{Err: errors.New("no answer")}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(got) != 1 || got[0].Status != protocol.ECAPutFail || !got[0].New.Equal(pv.Float64Value(5)) {
			t.Errorf("told %+v", got)
		}
	})
}

// A client with many channels is told of all rights before the first monitor speaks,
// however much that is to send.
func TestManyRightsChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 6000 // more than goes out in one write
		db := accessDatabase(t)
		p := secured(t, db, &Server{}).dial().greet()
		var b []byte
		for i := range uint32(n) {
			b = protocol.AppendCreateChan(b, i, "A:GATED", 13)
		}
		for i, m := range p.send(b) {
			if m.Command == protocol.CmdCreateChan {
				p.send(protocol.AppendEventAdd(nil, 5, 1, m.Param2, m.Param1, pv.EventValue))
			} else if m.Param2 != 3 {
				t.Fatalf("message %d: %+v", i, m.Header)
			}
		}
		for _, gate := range []struct {
			value  string
			status protocol.Status
		}{{"0", protocol.ECANoRdAccess}, {"2", protocol.ECANormal}} {
			put(t, db, "A:GATE", pv.StringValue(gate.value))
			got := p.take()
			if len(got) != 2*n {
				t.Fatalf("gate %s: %d messages, want %d", gate.value, len(got), 2*n)
			}
			for i, m := range got {
				want := protocol.CmdAccessRights
				if i >= n {
					want = protocol.CmdEventAdd
				}
				if m.Command != want || i >= n && m.Param1 != uint32(gate.status) {
					t.Fatalf("gate %s: message %d is %+v", gate.value, i, m.Header)
				}
			}
		}
	})
}

// A monitor whose channel loses write access goes on as it was, its filter remembers.
// One that loses read access says so, and begins anew.
func TestRightsOfMonitorsWithFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := accessDatabase(t)
		p := secured(t, db, &Server{}).dial().greet()
		type event struct {
			cmd   protocol.Command
			p1    uint32
			value string
		}
		expect := func(what string, want ...event) {
			t.Helper()
			var got []event
			for _, m := range p.take() {
				e := event{cmd: m.Command, p1: m.Param2}
				if m.Command == protocol.CmdEventAdd {
					e.p1, e.value = m.Param1, fmt.Sprint(binary.BigEndian.Uint32(m.Payload))
				}
				got = append(got, e)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		sid := p.create(`A:GATED.{"dbnd":{"abs":5}}`, 1)
		p.send(protocol.AppendEventAdd(nil, 5, 1, sid, 40, pv.EventValue))
		rights := func(x uint32) event { return event{protocol.CmdAccessRights, x, ""} }
		value := func(status protocol.Status, x string) event { return event{protocol.CmdEventAdd, uint32(status), x} }
		for _, step := range []struct {
			pv, value string
			want      []event
		}{
			{"A:GATED", "9", nil},
			{"A:GATE", "1", []event{rights(1)}},
			{"A:GATED", "12", nil},
			{"A:GATED", "13", []event{value(protocol.ECANormal, "13")}},
			{"A:GATE", "0", []event{rights(0), value(protocol.ECANoRdAccess, "0")}},
			{"A:GATED", "14", nil},
			{"A:GATE", "2", []event{rights(3), value(protocol.ECANormal, "14")}},
		} {
			put(t, db, step.pv, pv.StringValue(step.value))
			expect(step.pv+" "+step.value, step.want...)
		}
	})
}

// BenchmarkRecheck is what a change of rights costs a client with 10,000 channels whose
// rights stay what they were.
func BenchmarkRecheck(b *testing.B) {
	const n = 10_000
	db := accessDatabase(b)
	rules, err := access.Load("../../interop/golden/access.acf", nil)
	if err != nil {
		b.Fatal(err)
	}
	ac := &access.Control{Database: db}
	ac.Use(rules)
	defer ac.Close()
	s := &Server{Database: db, Policy: control{ac}}
	s.configure()
	c := newClient(s, new(sink))
	c.request(b, protocol.AppendVersion(nil, 0, 13))
	for i := range uint32(n) {
		name := fmt.Sprint("A:", i)
		must(b, db, record.Spec{Name: name, Type: record.AO, ASG: "GATED"})
		c.request(b, protocol.AppendCreateChan(nil, i, name, 13))
	}
	moved, err := db.Lookup("A:MOVED.ASG")
	if err != nil {
		b.Fatal(err)
	}
	groups := []pv.Value{pv.StringValue("READONLY"), pv.StringValue("")}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := moved.Put(groups[i%2], nil); err != nil {
			b.Fatal(err)
		}
		c.attend()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/channel")
}
