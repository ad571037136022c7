package caserver

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

func remove(t testing.TB, db *record.Database, names ...string) {
	t.Helper()
	for _, n := range names {
		if err := db.Remove(n); err != nil {
			t.Fatal(err)
		}
	}
}

// told are messages as text: the command, and the id by which the client knows what it
// is about.
func told(list []protocol.Message) (lines []string) {
	for _, m := range list {
		switch m.Command {
		case protocol.CmdServerDisconn:
			lines = append(lines, fmt.Sprintf("dropped %d", m.Param1))
		case protocol.CmdWriteNotify:
			lines = append(lines, fmt.Sprintf("put %d %v", m.Param2, protocol.Status(m.Param1).OK()))
		case protocol.CmdEventAdd:
			lines = append(lines, fmt.Sprintf("event %d", m.Param2))
		default:
			lines = append(lines, m.Command.String())
		}
	}
	return lines
}

func wantTold(t testing.TB, when string, got []protocol.Message, want ...string) {
	t.Helper()
	if lines := told(got); !slices.Equal(lines, want) {
		t.Errorf("%s: %q, want %q", when, lines, want)
	}
}

// Clients of a removed record hear of it after the answers to their puts, and nothing
// of it any more; their other channels go on, and requests that have crossed with
// SERVER_DISCONN on the wire do no harm. A new record of the name is another one.
func TestRemoveRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{Name: "A", Type: record.AO, Device: never{}}, ao("B"))
		b := start(t, db, &Server{})
		p, other := b.dial().greet(), b.dial().greet()
		other.create("B", 1)
		a, keep := p.create("A", 11), p.create("B", 12)
		p.subscribe(a, 21, dbr.Double, 1, pv.EventValue)
		p.subscribe(keep, 22, dbr.Double, 1, pv.EventValue)
		if got := p.send(protocol.AppendWriteNotify(nil, uint16(dbr.Double), 1, a, 31, make([]byte, 8))); len(got) > 1 {
			t.Fatalf("put: %v", got)
		}
		old := db.Record("A")
		remove(t, db, "A")
		wantTold(t, "removed", p.send(nil), "put 31 false", "dropped 11")
		if err := old.Post(pv.Float64Value(1), pv.Stamp{}, pv.Alarm{}); err != nil {
			t.Error(err)
		}
		crossed := protocol.AppendReadNotify(nil, uint16(dbr.Double), 1, a, 1)
		crossed = protocol.AppendEventAdd(crossed, uint16(dbr.Double), 1, a, 23, pv.EventValue)
		crossed = protocol.AppendEventCancel(crossed, uint16(dbr.Double), 1, a, 21)
		crossed = protocol.AppendWriteNotify(crossed, uint16(dbr.Double), 1, a, 32, make([]byte, 8))
		crossed = protocol.AppendClearChannel(crossed, a, 11)
		wantTold(t, "crossed", p.send(protocol.AppendEcho(crossed)), protocol.CmdEcho.String())
		set(t, value(t, db, "B"), 5)
		wantTold(t, "the other record", p.send(nil), "event 22")
		wantTold(t, "not concerned", other.send(nil))
		wantTold(t, "not there", p.send(protocol.AppendCreateChan(nil, 13, "A", 13)), protocol.CmdCreateChanFail.String())

		if _, err := db.Add(ao("A")); err != nil {
			t.Fatal(err)
		}
		p.subscribe(p.create("A", 14), 24, dbr.Double, 1, pv.EventValue)
		set(t, value(t, db, "A"), 7)
		if x := doubles(t, p.send(nil)); len(x) != 1 || x[0] != 7 {
			t.Errorf("of the new record: %v", x)
		}
		if s := b.server.Stats(); s.Clients[0].Subscriptions+s.Clients[1].Subscriptions != 2 {
			t.Errorf("stats %+v", s)
		}
	})
}

// A client with events off is told, too, and gets no event of what has gone when they
// are on again.
func TestRemoveRecordWithEventsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("A"), ao("B"))
		p := start(t, db, &Server{}).dial().greet()
		p.subscribe(p.create("A", 1), 1, dbr.Double, 1, pv.EventValue)
		p.subscribe(p.create("B", 2), 2, dbr.Double, 1, pv.EventValue)
		p.send(protocol.AppendEventsOff(nil))
		set(t, value(t, db, "A"), 1)
		set(t, value(t, db, "B"), 1)
		remove(t, db, "A")
		wantTold(t, "removed", p.send(nil), "dropped 1")
		wantTold(t, "events on", p.send(protocol.AppendEventsOn(nil)), "event 2")
	})
}

// A put that waits until others have ended is not carried out on a record that has
// been removed meanwhile, nor answered behind SERVER_DISCONN.
func TestRemoveRecordWithPutsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{Name: "A", Type: record.AO, Device: never{}}, ao("B"))
		p := start(t, db, &Server{Config: Config{Limits: Limits{Puts: 1}}}).dial().greet()
		a, keep := p.create("A", 1), p.create("B", 2)
		puts := protocol.AppendWriteNotify(nil, uint16(dbr.Double), 1, a, 1, make([]byte, 8))
		puts = protocol.AppendWriteNotify(puts, uint16(dbr.Double), 1, a, 2, make([]byte, 8))
		puts = protocol.AppendWriteNotify(puts, uint16(dbr.Double), 1, keep, 3, make([]byte, 8))
		wantTold(t, "under way", p.send(puts))
		remove(t, db, "A")
		// The reader hears of the room for a put and of the removal in either order.
		got := p.send(nil)
		if lines := told(got); !slices.Equal(lines, []string{"put 1 false", "put 3 true", "dropped 1"}) {
			wantTold(t, "removed", got, "put 1 false", "dropped 1", "put 3 true")
		}
	})
}

// SERVER_DISCONN came with CA 4.7: an older client loses its circuit.
func TestRemoveRecordOfOldClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("A"), ao("B"))
		b := start(t, db, &Server{})
		p, other := b.dial(), b.dial()
		for i, p := range []*peer{p, other} {
			p.send(protocol.AppendVersion(nil, 0, 6))
			p.send(protocol.AppendCreateChan(nil, 1, string(rune('A'+i)), 6))
		}
		remove(t, db, "A")
		wantTold(t, "removed", p.send(nil))
		if !p.isClosed() || other.isClosed() {
			t.Errorf("closed: %v, the one not concerned: %v", p.isClosed(), other.isClosed())
		}
	})
}

// Thousands of records go at once, under a client that has them all and another one
// that makes channels to them: both hear of every channel they had, once.
func TestRemoveManyRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 10_000
		db, names := new(record.Database), make([]string, n)
		for i := range names {
			names[i] = fmt.Sprintf("R%d", i)
			if _, err := db.Add(ao(names[i])); err != nil {
				t.Fatal(err)
			}
		}
		b := start(t, db, &Server{})
		p, late := b.dial().greet(), b.dial().greet()
		var creates, subscribes []byte
		for i, name := range names {
			creates = protocol.AppendCreateChan(creates, uint32(i), name, 13)
			subscribes = protocol.AppendEventAdd(subscribes, uint16(dbr.Double), 1, uint32(i), uint32(i), pv.EventValue)
		}
		p.send(append(creates, subscribes...))
		done := make(chan error)
		go func() { // ends when all is written
			_, err := late.conn.Write(creates)
			done <- err
		}()
		remove(t, db, names...)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		for who, p := range map[string]*peer{"the client with all": p, "the client on its way": late} {
			var made, dropped int
			for _, m := range p.send(protocol.AppendEcho(nil)) {
				switch m.Command {
				case protocol.CmdCreateChan:
					made++
				case protocol.CmdServerDisconn:
					dropped++
				case protocol.CmdCreateChanFail, protocol.CmdAccessRights, protocol.CmdEcho:
				default:
					t.Fatalf("%s: %v", who, m)
				}
			}
			if p == late && made != dropped || p != late && dropped != n {
				t.Errorf("%s: %d channels made, %d dropped", who, made, dropped)
			}
		}
		for _, c := range b.server.Stats().Clients {
			if c.Channels != 0 || c.Subscriptions != 0 {
				t.Errorf("%d channels and %d subscriptions are left", c.Channels, c.Subscriptions)
			}
		}
	})
}

// Many new records make one fast series of beacons; removed ones none.
func TestAddedRecordsAreAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(packetSink)
		db := database(t, ao("A"))
		start(t, db, &Server{Beacons: sink, Config: Config{BeaconAddrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.255:0")}}})
		sent := func(change func()) (n int) { // in the second that begins with change
			sink.mu.Lock()
			sink.sent = nil
			sink.mu.Unlock()
			change()
			time.Sleep(time.Second)
			synctest.Wait()
			sink.mu.Lock()
			defer sink.mu.Unlock()
			return len(sink.sent)
		}
		time.Sleep(time.Minute)
		if n := sent(func() { remove(t, db, "A") }); n > 1 {
			t.Errorf("%d beacons in the second after a record was removed", n)
		}
		n := sent(func() {
			for i := range 1000 {
				if _, err := db.Add(ao(fmt.Sprintf("N%d", i))); err != nil {
					t.Fatal(err)
				}
			}
		})
		if n != 6 {
			t.Errorf("%d beacons in the second after records were added, want 6", n)
		}
		for range 14 {
			if n := sent(func() {}); n > 1 {
				t.Errorf("another series: %d beacons", n)
			}
		}
	})
}
