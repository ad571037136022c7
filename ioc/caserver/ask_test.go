package caserver

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// only is the server's only client.
func (b *bench) only() *client {
	b.t.Helper()
	b.server.mu.Lock()
	defer b.server.mu.Unlock()
	if len(b.server.clients) != 1 {
		b.t.Fatalf("%d clients", len(b.server.clients))
	}
	for c := range b.server.clients {
		return c
	}
	return nil
}

// What is asked runs at once though the client says nothing, its replies go out, and
// of a message that had come in part nothing is lost.
func TestAskInterruptsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{})
		p := b.dial().greet()
		p.create("A", 5)
		echo := protocol.AppendEcho(nil)
		for range 3 {
			p.send(echo[:7])
			c := b.only()
			c.ask(func() {
				for _, ch := range c.circuit.Channels().All() {
					c.out.b, _ = c.circuit.AppendAccess(c.out.b, ch, protocol.AccessRead)
				}
			})
			if got := p.send(nil); len(got) != 1 || got[0].Command != protocol.CmdAccessRights || got[0].Param1 != 5 {
				t.Fatalf("asked for: %v", got)
			}
			if got := p.send(echo[7:]); len(got) != 1 || got[0].Command != protocol.CmdEcho {
				t.Fatalf("the message cut in two is answered by %v", got)
			}
		}
	})
}

// never is a device whose operations do not end.
type never struct{}

func (never) Read(*record.Record) (record.Result, bool)            { return record.Result{}, false }
func (never) Write(*record.Record, pv.Value) (record.Result, bool) { return record.Result{}, false }

// A reader that waits for room for a put attends, too, and takes no further request.
func TestAskInterruptsPut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{Name: "A", Type: record.AO, Device: never{}})
		b := start(t, db, &Server{Config: Config{Limits: Limits{Puts: 1}}})
		p := b.dial().greet()
		sid := p.create("A", 1)
		put := protocol.AppendWriteNotify(nil, uint16(dbr.Double), 1, sid, 1, make([]byte, 8))
		put = protocol.AppendWriteNotify(put, uint16(dbr.Double), 1, sid, 2, make([]byte, 8))
		if got := p.send(protocol.AppendEcho(put)); len(got) != 0 {
			t.Fatalf("with a put that does not end: %v", got)
		}
		ran := 0
		for range 3 {
			b.only().ask(func() { ran++ })
			synctest.Wait()
		}
		if ran != 3 {
			t.Errorf("attended %d times, want 3", ran)
		}
		if got := p.take(); len(got) != 0 {
			t.Errorf("behind a put that waits: %v", got)
		}
	})
}

// What is asked may end the circuit; what was appended goes out before. Later
// questions are dropped.
func TestAskEndsCircuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{})
		p := b.dial().greet()
		p.create("A", 1)
		c := b.only()
		c.ask(func() {
			for _, ch := range c.circuit.Channels().All() {
				c.out.b, _ = c.circuit.Drop(c.out.b, ch)
			}
			c.circuit.Close()
		})
		if got := p.send(nil); len(got) != 1 || got[0].Command != protocol.CmdServerDisconn {
			t.Errorf("last words: %v", got)
		}
		if !p.isClosed() {
			t.Error("the circuit is open")
		}
		c.ask(func() { t.Error("attended after the end") })
		if c.asked != nil {
			t.Error("what is asked of a client that has gone is kept")
		}
	})
}

// Questions from several goroutines beside traffic and a stop: each is attended to
// once or dropped by the stop, no request is lost, and the stop is not held up.
func TestAskBesideTrafficAndStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{})
		p := b.dial().greet()
		c := b.only()
		var attended atomic.Int32
		var askers sync.WaitGroup
		for range 4 {
			askers.Go(func() { // ends by itself
				for range 500 {
					c.ask(func() { attended.Add(1) })
				}
			})
		}
		const echoes = 1000
		for range echoes {
			if _, err := p.conn.Write(protocol.AppendEcho(nil)); err != nil {
				t.Fatal(err)
			}
		}
		askers.Wait()
		if got := len(p.send(nil)); got != echoes {
			t.Errorf("%d answers, want %d", got, echoes)
		}
		if n := attended.Load(); n != 2000 {
			t.Errorf("attended %d times, want 2000", n)
		}
		askers.Go(func() { // ends by itself
			for range 500 {
				c.ask(func() {})
			}
		})
		b.stop()
		askers.Wait()
		synctest.Wait()
		if !p.isClosed() {
			t.Error("the circuit is open after the stop")
		}
	})
}
