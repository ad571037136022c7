package caserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

func value(t testing.TB, db *record.Database, name string) record.Field {
	t.Helper()
	f, err := db.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func ao(name string) record.Spec {
	return record.Spec{Name: name, Type: record.AO, Initial: pv.Float64Value(0)}
}

func set(t testing.TB, f record.Field, x float64) {
	t.Helper()
	if err := f.Put(pv.Float64Value(x), nil); err != nil {
		t.Fatal(err)
	}
}

// A client that has switched events off gets, of each subscription, the newest value
// when it switches them on (rsrv: ≤ 1 event per monitor).
func TestEventsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("A"), ao("B"))
		p := start(t, db, &Server{}).dial().greet()
		for i, name := range []string{"A", "B"} {
			p.subscribe(p.create(name, uint32(i)), uint32(i), dbr.Double, 1, pv.EventValue)
		}
		if got := p.send(protocol.AppendEventsOff(nil)); len(got) != 0 {
			t.Errorf("EVENTS_OFF answered by %v", got)
		}
		for i := range 100 {
			set(t, value(t, db, "A"), float64(i+1))
		}
		if got := p.send(protocol.AppendEcho(nil)); len(got) != 1 || got[0].Command != protocol.CmdEcho {
			t.Errorf("with events off: %v", got)
		}
		got := p.send(protocol.AppendEventsOn(nil))
		if x := doubles(t, got); len(x) != 1 || x[0] != 100 {
			t.Errorf("with events on: %v", x)
		}
	})
}

// Two clients use the same subscription id on one record: the cancel of one is none
// of the other. A cleared channel takes its monitors with it and no others.
func TestSubscriptionsAreTheirClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("A"), ao("B"))
		b := start(t, db, &Server{})
		one, two := b.dial().greet(), b.dial().greet()
		sid := one.create("A", 1)
		one.subscribe(sid, 7, dbr.Double, 1, pv.EventValue)
		other := one.create("B", 2)
		one.subscribe(other, 8, dbr.Double, 1, pv.EventValue)
		two.subscribe(two.create("A", 1), 7, dbr.Double, 1, pv.EventValue)

		got := one.send(protocol.AppendEventCancel(nil, uint16(dbr.Double), 1, sid, 7))
		if len(got) != 1 || got[0].Command != protocol.CmdEventAdd || got[0].Size != 0 || got[0].Param1 != sid || got[0].Param2 != 7 {
			t.Fatalf("cancel: %+v", got)
		}
		set(t, value(t, db, "A"), 1)
		if got := one.send(nil); len(got) != 0 {
			t.Errorf("events after the cancel: %v", got)
		}
		if x := doubles(t, two.send(nil)); len(x) != 1 {
			t.Errorf("the other client has %v", x)
		}

		one.subscribe(sid, 9, dbr.Double, 1, pv.EventValue)
		if got := one.send(protocol.AppendClearChannel(nil, sid, 1)); len(got) != 1 || got[0].Command != protocol.CmdClearChannel {
			t.Fatalf("clear: %v", got)
		}
		set(t, value(t, db, "A"), 2)
		set(t, value(t, db, "B"), 3)
		if x := doubles(t, one.send(nil)); len(x) != 1 || x[0] != 3 {
			t.Errorf("after clear: %v, want B's 3 alone", x)
		}
		if x := doubles(t, two.send(nil)); len(x) != 1 || x[0] != 2 {
			t.Errorf("the other client has %v", x)
		}
		st := b.server.Stats()
		if len(st.Clients) != 2 || st.Channels() != 2 || st.Subscriptions() != 2 {
			t.Errorf("stats %+v", st)
		}
	})
}

// A sid is good on its own circuit only.
func TestSIDsAreTheirCircuits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{})
		b.dial().greet().create("A", 1)
		p := b.dial().greet()
		got := p.send(protocol.AppendReadNotify(nil, uint16(dbr.Double), 1, 0, 1))
		if len(got) != 1 || got[0].Command != protocol.CmdError || !p.isClosed() {
			t.Errorf("read with another's sid: %v, closed %v", got, p.isClosed())
		}
	})
}

// A client that does not read costs nothing but itself: the others get every event,
// its own events shrink to the newest ones, and after a while it is dropped.
func TestClientThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("A"))
		b := start(t, db, &Server{Config: Config{Limits: Limits{WriteTime: 40 * time.Second}}})
		good := b.dial().greet()
		good.subscribe(good.create("A", 1), 1, dbr.Double, 1, pv.EventValue)

		client, server := prototest.PipeSize(512)
		defer client.Close()
		b.listener.conns <- server
		bad := protocol.AppendVersion(nil, 0, 13)
		bad = protocol.AppendCreateChan(bad, 1, "A", 13)
		for id := range uint32(4) {
			bad = protocol.AppendEventAdd(bad, uint16(dbr.Double), 1, 0, id, pv.EventValue)
		}
		if _, err := client.Write(bad); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		const n = 1000
		for i := range n {
			set(t, value(t, db, "A"), float64(i+1))
			if x := doubles(t, good.send(nil)); len(x) != 1 || x[0] != float64(i+1) {
				t.Fatalf("event %d: %v", i, x)
			}
		}
		st := b.server.Stats()
		if len(st.Clients) != 2 || st.Drops() < 4*(n-100) {
			t.Errorf("%d clients, %d drops", len(st.Clients), st.Drops())
		}
		time.Sleep(101 * time.Second) // fake time: what fits into the pipe counts as progress once
		synctest.Wait()
		if st := b.server.Stats(); len(st.Clients) != 1 {
			t.Errorf("%d clients after the timeout", len(st.Clients))
		}
		set(t, value(t, db, "A"), -1)
		if x := doubles(t, good.send(nil)); len(x) != 1 {
			t.Errorf("the other client has %v", x)
		}
	})
}

// A slow client ends with the newest value though values were dropped.
func TestKeepNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("A"))
		b := start(t, db, &Server{})
		client, server := prototest.PipeSize(64)
		b.listener.conns <- server
		p := &peer{t: t, conn: client}
		defer client.Close()
		out := protocol.AppendVersion(nil, 0, 13)
		out = protocol.AppendCreateChan(out, 1, "A", 13)
		out = protocol.AppendEventAdd(out, uint16(dbr.Double), 1, 0, 1, pv.EventValue)
		go client.Write(out)
		synctest.Wait()
		const posts = 2 * shared
		for i := range posts {
			set(t, value(t, db, "A"), float64(i+1))
			synctest.Wait()
		}
		go p.collect()
		got := p.send(nil)
		var events []protocol.Message
		for _, m := range got {
			if m.Command == protocol.CmdEventAdd {
				events = append(events, m)
			}
		}
		x := doubles(t, events)
		if len(x) < shared || len(x) > shared+2*slots+4 || x[len(x)-1] != posts {
			t.Errorf("events %v", x)
		}
		for i := 1; i < len(x); i++ {
			if x[i] <= x[i-1] {
				t.Errorf("events out of order: %v", x)
			}
		}
	})
}

// slowDevice completes writes when it is told to.
type slowDevice struct {
	begun atomic.Int32
	value atomic.Uint64
}

func (d *slowDevice) Read(*record.Record) (record.Result, bool) { return record.Result{}, true }

func (d *slowDevice) Write(_ *record.Record, v pv.Value) (record.Result, bool) {
	d.begun.Add(1)
	d.value.Store(math.Float64bits(v.Float64()))
	return record.Result{}, false
}

// Puts with completion on one channel queue without holding up the circuit; each is
// answered when its own action has ended, with its status, behind what it posted.
func TestPutNotifyOfASlowDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := new(slowDevice)
		db := database(t, record.Spec{Name: "A", Type: record.AO, Device: dev}, ao("B"))
		p := start(t, db, &Server{}).dial().greet()
		sid := p.create("A", 1)
		p.subscribe(sid, 9, dbr.Double, 1, pv.EventValue|pv.EventAlarm)
		var out []byte
		for i := range uint32(3) {
			payload, _ := dbr.Append(nil, dbr.Double, 1, &pv.Sample{Value: pv.Float64Value(float64(i + 1))}, nil)
			out = protocol.AppendWriteNotify(out, uint16(dbr.Double), 1, sid, 100+i, payload)
		}
		out = protocol.AppendEcho(out)
		notAnswered := func(list []protocol.Message) {
			t.Helper()
			for _, m := range list {
				if m.Command == protocol.CmdWriteNotify {
					t.Errorf("answered too early: %+v", m.Header)
				}
			}
		}
		got := p.send(out)
		notAnswered(got)
		if !slices.ContainsFunc(got, func(m protocol.Message) bool { return m.Command == protocol.CmdEcho }) {
			t.Errorf("the circuit is held up: %v", got)
		}
		r := db.Record("A")
		for i := range uint32(3) {
			if n := dev.begun.Load(); n != int32(i+1) {
				t.Fatalf("%d writes begun after %d completions", n, i)
			}
			res := record.Result{}
			want := protocol.ECANormal
			if i == 1 {
				res.Err, want = errors.New("broken"), protocol.ECAPutFail
			}
			r.Complete(res)
			var answers []protocol.Message
			list := p.send(nil)
			for _, m := range list {
				if m.Command == protocol.CmdWriteNotify {
					answers = append(answers, m)
				}
			}
			if len(answers) != 1 || answers[0].Param2 != 100+i || protocol.Status(answers[0].Param1) != want {
				t.Fatalf("completion %d: %v", i, answers)
			}
			if list[len(list)-1].Command != protocol.CmdWriteNotify {
				t.Errorf("completion %d is not behind its events: %v", i, list)
			}
		}
	})
}

// A put to PROC of a record with a slow device is answered when the device is done.
func TestProcessNotify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{Name: "A", Type: record.AO, Device: new(slowDevice), Initial: pv.Float64Value(1)})
		p := start(t, db, &Server{}).dial().greet()
		sid := p.create("A.PROC", 1)
		got := p.send(protocol.AppendWriteNotify(nil, uint16(dbr.Char), 1, sid, 5, make([]byte, 8)))
		if len(got) != 0 {
			t.Errorf("answered too early: %v", got)
		}
		db.Record("A").Complete(record.Result{})
		got = p.send(nil)
		if len(got) != 1 || got[0].Command != protocol.CmdWriteNotify || got[0].Param2 != 5 || protocol.Status(got[0].Param1) != protocol.ECANormal {
			t.Errorf("answered by %v", got)
		}
	})
}

// Too many puts make the client wait, not the server grow; a client that has gone is
// no longer answered, but what it asked for is carried out.
func TestPutLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := new(slowDevice)
		db := database(t, record.Spec{Name: "A", Type: record.AO, Device: dev})
		b := start(t, db, &Server{Config: Config{Limits: Limits{Puts: 2}}})
		p := b.dial().greet()
		sid := p.create("A", 1)
		var out []byte
		for i := range uint32(4) {
			out = protocol.AppendWriteNotify(out, uint16(dbr.Double), 1, sid, i, make([]byte, 8))
		}
		p.send(protocol.AppendEcho(out))
		for i := range 4 {
			db.Record("A").Complete(record.Result{})
			got := p.send(nil)
			n := 0
			for _, m := range got {
				if m.Command == protocol.CmdWriteNotify {
					n++
				}
			}
			if n != 1 {
				t.Errorf("completion %d: %v", i, got)
			}
		}
		p.send(protocol.AppendWriteNotify(nil, uint16(dbr.Double), 1, sid, 9, make([]byte, 8)))
		_ = p.conn.Close()
		synctest.Wait()
		db.Record("A").Complete(record.Result{})
		if n := dev.begun.Load(); n != 5 {
			t.Errorf("%d writes carried out, want 5", n)
		}
		if n := len(b.server.Stats().Clients); n != 0 {
			t.Errorf("%d clients left", n)
		}
	})
}

// A client that does not read the answers to its puts waits, too: they are not kept
// without limit.
func TestAnswersToPutsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("A"), ao("B"))
		b := start(t, db, &Server{Config: Config{Limits: Limits{Puts: 10}}})
		peer, server := prototest.PipeSize(256)
		defer peer.Close()
		b.listener.conns <- server
		out := protocol.AppendCreateChan(protocol.AppendVersion(nil, 0, 13), 1, "A", 13)
		out = protocol.AppendCreateChan(out, 2, "B", 13)
		if _, err := peer.Write(protocol.AppendEventAdd(out, uint16(dbr.Double), 1, 1, 1, pv.EventValue)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for i := range 50 { // until the writer is stuck
			set(t, value(t, db, "B"), float64(i+1))
			synctest.Wait()
		}
		const n = 5000
		go func() { // until the peer is closed
			for i := range uint32(n) {
				put := protocol.AppendWriteNotify(nil, uint16(dbr.Double), 1, 0, i, make([]byte, 8))
				if _, err := peer.Write(put); err != nil {
					return
				}
			}
		}()
		synctest.Wait()
		b.server.mu.Lock()
		for c := range b.server.clients {
			if kept := len(c.outbox.puts); kept != 10 {
				t.Errorf("%d answers kept, want 10", kept)
			}
		}
		b.server.mu.Unlock()

		p := prototest.Messages{From: peer} // the client reads again: every put is answered, in order
		for next := uint32(0); next < n; {
			m, err := p.Next()
			if err != nil {
				t.Fatalf("after %d answers: %v", next, err)
			}
			if m.Command != protocol.CmdWriteNotify {
				continue
			}
			if m.Param2 != next {
				t.Fatalf("answer to %d, want %d", m.Param2, next)
			}
			next++
		}
	})
}

// What access control allows: the answers of a server that denies (rsrv:
// camessage.c).
func TestAccessDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("R"), ao("N"))
		s := &Server{Policy: policyFunc(func(who Identity, f record.Field) (protocol.Access, bool) {
			if who.User != "user" || who.Host != "host" {
				t.Errorf("asked for %+v", who)
			}
			if f.Record().Name() == "R" {
				return protocol.AccessRead, false
			}
			return 0, false
		})}
		p := start(t, db, s).dial().greet()
		readOnly, none := p.create("R", 1), p.create("N", 2)
		typ := uint16(dbr.Double)
		tests := []struct {
			name   string
			in     []byte
			reply  protocol.Command
			param1 uint32
			status protocol.Status // in an ERROR
			size   uint32
		}{
			{"read-notify", protocol.AppendReadNotify(nil, typ, 1, none, 1), protocol.CmdReadNotify, uint32(protocol.ECANoRdAccess), 0, 8},
			{"read", protocol.AppendRead(nil, typ, 1, none, 1), protocol.CmdError, 2, protocol.ECANoRdAccess, 0},
			{"event add", protocol.AppendEventAdd(nil, typ, 2, none, 1, 1), protocol.CmdEventAdd, uint32(protocol.ECANoRdAccess), 0, 16},
			{"write", protocol.AppendWrite(nil, typ, 1, readOnly, 1, make([]byte, 8)), protocol.CmdError, 1, protocol.ECANoWtAccess, 0},
			{"write-notify", protocol.AppendWriteNotify(nil, typ, 1, readOnly, 1, make([]byte, 8)), protocol.CmdWriteNotify, uint32(protocol.ECANoWtAccess), 0, 0},
		}
		for _, tt := range tests {
			got := p.send(tt.in)
			if len(got) != 1 || got[0].Command != tt.reply || got[0].Param1 != tt.param1 {
				t.Errorf("%s: %+v", tt.name, got)
				continue
			}
			if tt.status != 0 && protocol.Status(got[0].Param2) != tt.status {
				t.Errorf("%s: %v", tt.name, protocol.Status(got[0].Param2))
			}
			if tt.status == 0 && got[0].Size != tt.size {
				t.Errorf("%s: payload of %d bytes, want %d", tt.name, got[0].Size, tt.size)
			}
		}
		set(t, value(t, db, "N"), 5)
		if got := p.send(nil); len(got) != 0 {
			t.Errorf("events without read access: %v", got)
		}
	})
}

// Requests that ask for more than there is room for.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("A"))
		var log strings.Builder
		b := start(t, db, &Server{
			Config: Config{Limits: Limits{ArrayBytes: 4096, ChannelsPerCircuit: 2, SubscriptionsPerCircuit: 2, Circuits: 2}},
			Log:    slog.New(slog.NewTextHandler(&log, nil)),
		})
		p := b.dial().greet()
		sid := p.create("A", 1)
		got := p.send(protocol.AppendReadNotify(nil, uint16(dbr.Double), math.MaxUint32, sid, 1))
		if len(got) != 1 || got[0].Command != protocol.CmdError || protocol.Status(got[0].Param2) != protocol.ECAToLarge {
			t.Errorf("read of 2^32-1 elements: %v", got)
		}
		got = p.send(protocol.AppendRead(nil, uint16(dbr.Double), math.MaxUint32, sid, 1))
		if len(got) != 1 || protocol.Status(got[0].Param2) != protocol.ECAToLarge {
			t.Errorf("old read of 2^32-1 elements: %v", got)
		}
		got = p.send(protocol.AppendWrite(nil, uint16(dbr.Double), 10000, sid, 1, make([]byte, 80000)))
		if len(got) != 1 || protocol.Status(got[0].Param2) != protocol.ECAToLarge {
			t.Errorf("write of 10000 elements: %v", got)
		}
		p.create("A", 2)
		got = p.send(protocol.AppendCreateChan(nil, 3, "A", 13))
		if len(got) != 1 || got[0].Command != protocol.CmdCreateChanFail {
			t.Errorf("third channel: %v", got)
		}
		p.subscribe(sid, 1, dbr.Double, 1, pv.EventValue)
		p.subscribe(sid, 2, dbr.Double, 1, pv.EventValue)
		got = p.send(protocol.AppendEventAdd(nil, uint16(dbr.Double), 1, sid, 3, pv.EventValue))
		if len(got) != 1 || protocol.Status(got[0].Param2) != protocol.ECAAllocMem || !p.isClosed() {
			t.Errorf("third subscription: %v, closed %v", got, p.isClosed())
		}
		b.dial().greet()
		b.dial().greet()
		for range 3 {
			if third := b.dial(); len(third.send(nil)) != 0 || !third.isClosed() {
				t.Error("a third client was taken")
			}
		}
		if st := b.server.Stats(); st.Refused != 3 || len(st.Clients) != 2 {
			t.Errorf("stats %+v", st)
		}
		if n := strings.Count(log.String(), "clients are turned away"); n != 1 {
			t.Errorf("%d warnings of too many clients: %s", n, log.String())
		}
	})
}

// Subscriptions that end while events are switched off leave nothing behind.
func TestCancelWithEventsOff(t *testing.T) {
	c, r := encoder(t, database(t, ao("A")))
	ask := func(b []byte) {
		c.circuit.Advance(copy(c.circuit.Space(len(b)), b))
		if !c.execute() || c.flush() != nil {
			t.Fatal("circuit ended")
		}
	}
	ask(protocol.AppendEventsOff(nil))
	r.Post(pv.Float64Value(1), pv.Stamp{Sec: 1}, pv.Alarm{}) // to the one that stays
	for id := range uint32(1000) {
		b := protocol.AppendEventAdd(nil, uint16(dbr.Double), 1, 0, 100+id, pv.EventValue)
		ask(protocol.AppendEventCancel(b, uint16(dbr.Double), 1, 0, 100+id))
	}
	if n := len(c.outbox.dirty); n > 3 {
		t.Errorf("%d subscriptions kept", n)
	}
	before := c.stats.events.Load()
	ask(protocol.AppendEventsOn(nil))
	if n := c.stats.events.Load() - before; n != 1 {
		t.Errorf("%d events sent, want that of the subscription that is left", n)
	}
}

// A limit near 2^32 does not run over.
func TestLargestArrayLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{
			Name: "W", Type: record.Waveform, ElementKind: pv.Float64, Elements: 1000,
			Initial: pv.ArrayValue(make([]float64, 1000)),
		})
		p := start(t, db, &Server{Config: Config{Limits: Limits{ArrayBytes: math.MaxUint32}}}).dial().greet()
		got := p.send(protocol.AppendReadNotify(nil, uint16(dbr.Double), 0, p.create("W", 1), 1))
		if len(got) != 1 || got[0].Command != protocol.CmdReadNotify || got[0].Size != 8000 {
			t.Errorf("read: %+v", got)
		}
	})
}

// A client of CA 4.8 cannot take an extended header.
func TestOldClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{
			Name: "W", Type: record.Waveform, ElementKind: pv.Float64, Elements: 10000,
			Initial: pv.ArrayValue(make([]float64, 10000)),
		})
		p := start(t, db, &Server{}).dial()
		p.send(protocol.AppendVersion(nil, 0, 8))
		got := p.send(protocol.AppendCreateChan(nil, 1, "W", 8))
		if len(got) != 2 || got[1].Count != 10000 {
			t.Fatalf("create: %v", got)
		}
		got = p.send(protocol.AppendReadNotify(nil, uint16(dbr.Double), 0, got[1].Param2, 1))
		if len(got) != 1 || got[0].Command != protocol.CmdError || protocol.Status(got[0].Param2) != protocol.ECA16KArrayClient {
			t.Errorf("read: %+v", got)
		}
		got = p.send(protocol.AppendReadNotify(nil, uint16(dbr.Double), 8191, 0, 1)) // the most that fits
		if len(got) != 1 || got[0].Command != protocol.CmdReadNotify || got[0].Size != 65528 {
			t.Errorf("small read: %+v", got)
		}
	})
}

// Alarm handlers: acknowledge over the channel, STSACK_STRING and CLASS_NAME.
func TestAcknowledge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{
			Name: "A", Type: record.AO, Initial: pv.Float64Value(0), HHSV: pv.Major,
			Info: pv.Info{Alarm: pv.Limits{Low: math.Inf(-1), High: 5}},
		})
		p := start(t, db, &Server{}).dial().greet()
		sid := p.create("A", 1)
		read := func() dbr.Data {
			t.Helper()
			got := p.send(protocol.AppendReadNotify(nil, uint16(dbr.StsAckString), 1, sid, 1))
			if len(got) != 1 {
				t.Fatalf("read: %v", got)
			}
			d, err := dbr.Decode(dbr.StsAckString, 1, got[0].Payload)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		set(t, value(t, db, "A"), 9)
		if d := read(); d.Ack.Severity != pv.Major || d.Sample.Alarm.Severity != pv.Major || d.Sample.Value.Str() != "9" {
			t.Errorf("in alarm: %+v", d)
		}
		got := p.send(protocol.AppendWriteNotify(nil, uint16(dbr.PutAckS), 1, sid, 2, dbr.AppendAck(nil, uint16(pv.Major))))
		if len(got) != 1 || protocol.Status(got[0].Param1) != protocol.ECANormal {
			t.Errorf("acknowledge: %v", got)
		}
		if d := read(); d.Ack.Severity != pv.NoAlarm {
			t.Errorf("acknowledged: %+v", d)
		}
		p.send(protocol.AppendWrite(nil, uint16(dbr.PutAckT), 1, sid, 2, dbr.AppendAck(nil, 0)))
		if d := read(); d.Ack.Transient {
			t.Errorf("ACKT: %+v", d)
		}
		got = p.send(protocol.AppendReadNotify(nil, uint16(dbr.ClassName), 1, sid, 1))
		if d, err := dbr.Decode(dbr.ClassName, 1, got[0].Payload); err != nil || d.Sample.Value.Str() != "ao" {
			t.Errorf("class name %v, %v", d.Sample.Value, err)
		}
	})
}

// Run stops accepting, sends what is ready, closes the circuits and ends with all its
// goroutines.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("A"))
		l := newMemListener()
		s := &Server{Database: db, Listeners: []net.Listener{l}, Log: slog.New(slog.DiscardHandler)}
		ctx, cancel := context.WithCancel(context.Background())
		before := runtime.NumGoroutine()
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		b := &bench{t: t, server: s, listener: l}
		p := b.dial().greet()
		p.subscribe(p.create("A", 1), 1, dbr.Double, 1, pv.EventValue)
		stuck, server := prototest.PipeSize(8) // reads nothing at all
		l.conns <- server
		synctest.Wait()

		p.send(protocol.AppendEventsOff(nil))
		set(t, value(t, db, "A"), 1)
		p.send(protocol.AppendEventsOn(nil))
		set(t, value(t, db, "A"), 2) // in the outbox or on its way when the server stops
		began := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("shutdown took %v", d)
		}
		synctest.Wait()
		x := doubles(t, p.take())
		if len(x) == 0 || x[len(x)-1] != 2 || !p.isClosed() {
			t.Errorf("last events %v, closed %v", x, p.isClosed())
		}
		_ = stuck.Close()
		synctest.Wait()
		if after := runtime.NumGoroutine(); after > before {
			t.Errorf("%d goroutines before, %d after", before, after)
		}
		if err := s.Run(context.Background()); err == nil {
			t.Error("ran twice")
		}
	})
}

// Junk of any kind ends or keeps the circuit, but never the server.
func TestHostileBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{})
		for _, c := range prototest.Golden("softioc-errors") {
			p := b.dial()
			for _, s := range c.Steps {
				if s.Dir == prototest.FromClient {
					p.send(s.Bytes)
					p.send([]byte(strings.Repeat("\xff", 40)))
				}
			}
			_ = p.conn.Close()
		}
		for i := range 256 {
			p := b.dial().greet()
			p.send([]byte(strings.Repeat(string([]byte{byte(i), byte(255 - i), 0}), 20)))
			_ = p.conn.Close()
		}
		p := b.dial().greet()
		p.create("A", 1)
		if n := len(b.server.Stats().Clients); n != 1 {
			t.Errorf("%d clients left", n)
		}
	})
}

func TestSearchOverTCP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{})
		p := b.dial().greet()
		got := p.send(protocol.AppendSearch(nil, 5, "A.EGU", 13, protocol.DoReply))
		if len(got) != 1 || got[0].Command != protocol.CmdSearch || got[0].Size != 0 || got[0].Param2 != 5 || got[0].DataType != 5064 {
			t.Errorf("found: %+v", got)
		}
		if st := b.server.Stats(); st.Searches != 1 || st.Found != 1 {
			t.Errorf("stats %+v", st)
		}
	})
}

// An event costs no allocation from Post to the bytes.
func TestZeroAllocationsPerEvent(t *testing.T) {
	db := database(t, ao("A"))
	c, r := encoder(t, db)
	x := 0.0
	if n := testing.AllocsPerRun(200, func() {
		x++
		r.Post(pv.Float64Value(x), pv.Stamp{Sec: 1}, pv.Alarm{})
		if err := c.sendAll(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per event", n)
	}
}

// sink is a connection that takes everything.
type sink struct {
	net.Conn
	n int
}

func (s *sink) Write(b []byte) (int, error)      { s.n += len(b); return len(b), nil }
func (s *sink) SetWriteDeadline(time.Time) error { return nil }
func (s *sink) SetReadDeadline(time.Time) error  { return nil }
func (s *sink) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (s *sink) Close() error                     { return nil }

// encoder is a client without goroutines that has subscribed to A as TIME_DOUBLE.
func encoder(t testing.TB, db *record.Database) (*client, *record.Record) {
	t.Helper()
	return encoderOf(t, db, "A"), db.Record("A")
}

// encoderOf is encoder for any channel.
func encoderOf(t testing.TB, db *record.Database, name string) *client {
	t.Helper()
	s := &Server{Database: db, Log: slog.New(slog.DiscardHandler)}
	s.configure()
	c := newClient(s, new(sink))
	c.writing = true // the test does
	in := protocol.AppendVersion(nil, 0, 13)
	in = protocol.AppendCreateChan(in, 1, name, 13)
	in = protocol.AppendEventAdd(in, uint16(dbr.TimeDouble), 1, 0, 1, pv.EventValue)
	c.circuit.Advance(copy(c.circuit.Space(len(in)), in))
	if !c.execute() {
		t.Fatal("circuit ended")
	}
	if err := c.flush(); err != nil {
		t.Fatal(err)
	}
	return c
}

func BenchmarkPostEncodeWrite(b *testing.B) {
	c, r := encoder(b, database(b, ao("A")))
	b.ReportAllocs()
	x := 0.0
	for b.Loop() {
		x++
		r.Post(pv.Float64Value(x), pv.Stamp{Sec: 1}, pv.Alarm{})
		if err := c.sendAll(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadNotify(b *testing.B) {
	c, _ := encoder(b, database(b, ao("A")))
	in := protocol.AppendReadNotify(nil, uint16(dbr.TimeDouble), 1, 0, 7)
	b.ReportAllocs()
	for b.Loop() {
		c.circuit.Advance(copy(c.circuit.Space(len(in)), in))
		if !c.execute() || c.flush() != nil {
			b.Fatal("circuit ended")
		}
	}
}

// Leaving with many subscriptions is cheap: each is dropped in constant time.
func BenchmarkLeave(b *testing.B) {
	for _, n := range []int{1000, 20000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db := database(b, ao("A"))
			for b.Loop() {
				c, _ := encoder(b, db)
				var in []byte
				for id := range n {
					in = protocol.AppendEventAdd(in[:0], uint16(dbr.Double), 1, 0, uint32(id), 1)
					c.circuit.Advance(copy(c.circuit.Space(len(in)), in))
					if !c.execute() {
						b.Fatal("circuit ended")
					}
				}
				c.end()
			}
		})
	}
}
