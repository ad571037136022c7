package caserver

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// A large ECHO comes back whole, and leaves no buffer of its size with the client.
func TestLargeEchoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{})
		const size = 8 << 20
		before := heap()
		var peers []*peer
		for range 10 {
			client, server := prototest.PipeSize(64 << 10)
			b.listener.conns <- server
			p := &peer{t: t, conn: client}
			go p.collect()
			t.Cleanup(func() { _ = client.Close() })
			p.greet()
			payload := make([]byte, size)
			payload[size-1] = 7
			got := p.send(protocol.AppendMessage(nil, protocol.Header{Command: protocol.CmdEcho}, payload))
			if len(got) != 1 || len(got[0].Payload) != size || got[0].Payload[size-1] != 7 {
				t.Fatalf("%d answers", len(got))
			}
			p.mu.Lock()
			p.got = nil
			p.mu.Unlock()
			peers = append(peers, p)
		}
		if used := heap(); used > before+size {
			t.Errorf("%d clients that are idle again keep %d MB", len(peers), (used-before)>>20)
		}
	})
}

// Of events that wait for memory the newest is sent in the end, whatever came meanwhile.
func TestNewestOfEventsThatWait(t *testing.T) {
	for _, newer := range []bool{false, true} {
		t.Run(fmt.Sprint("newer ", newer), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				array := func(x float64) pv.Value { v := make([]float64, 10_000); v[0] = x; return pv.ArrayValue(v) }
				db := database(t, record.Spec{Name: "A", Type: record.Waveform, ElementKind: pv.Float64, Elements: 10_000, Initial: array(0)})
				c := encoderOf(t, db, "A")
				if err := c.sendAll(); err != nil {
					t.Fatal(err)
				}
				out := new(tape)
				c.conn = out
				post := func(x float64) {
					if err := db.Record("A").Post(array(x), pv.Stamp{Sec: 1}, pv.Alarm{}); err != nil {
						t.Fatal(err)
					}
				}
				for x := 1.0; x <= 3; x++ {
					post(x)
				}
				c.outbox.mu.Lock()
				s := c.outbox.dirty[0]
				c.outbox.mu.Unlock()
				s.count = 0 // all elements
				c.server.budget.used.Add(c.server.budget.limit)
				sent := make(chan error)
				go func() { sent <- c.sendAll() }() // ends by itself
				synctest.Wait()
				want := 3.0
				if newer {
					want = 4
					post(want)
				}
				c.server.budget.used.Add(-c.server.budget.limit)
				if err := <-sent; err != nil {
					t.Fatal(err)
				}
				got := messages(t, out.b)
				v, err := dbr.DecodeValue(dbr.Double, 1, got[len(got)-1].Payload[16:])
				if err != nil || v.Float64() != want {
					t.Errorf("the last of %d events is %v, want %v: %v", len(got), v, want, err)
				}
				if used := c.server.budget.used.Load(); used != 0 {
					t.Errorf("%d bytes of the budget are left in use", used)
				}
			})
		})
	}
}

// Answers that are ready do not wait with a large one for memory.
func TestAnswersBeforeOneThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, image("W")), &Server{})
		p := b.dial().greet()
		sid := p.create("W", 1)
		b.server.budget.used.Add(b.server.budget.limit)
		requests := protocol.AppendReadNotify(protocol.AppendEcho(nil), uint16(dbr.Double), 0, sid, 1)
		if got := p.send(requests); len(got) != 1 || got[0].Command != protocol.CmdEcho {
			t.Errorf("%d answers while there is no memory, want the echo", len(got))
		}
		b.server.budget.used.Add(-b.server.budget.limit)
		time.Sleep(memoryPause)
		if got := p.send(nil); len(got) != 1 || got[0].Command != protocol.CmdReadNotify {
			t.Errorf("%d answers when there is memory, want the array", len(got))
		}
	})
}

// An array that is larger than all that may be on its way is sent all the same, and one
// of bytes counts as many.
func TestArrayLargerThanTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t,
			record.Spec{Name: "D", Type: record.Waveform, ElementKind: pv.Float64, Elements: 5_000_000, Initial: pv.ArrayValue(make([]float64, 5_000_000))},
			record.Spec{Name: "C", Type: record.Waveform, ElementKind: pv.Int8, Elements: 10_000_000, Initial: pv.ArrayValue(make([]int8, 10_000_000))},
		)
		b := start(t, db, &Server{})
		p := b.dial().greet()
		for i, name := range []string{"D", "C"} {
			sid := p.create(name, uint32(i))
			got := p.send(protocol.AppendReadNotify(nil, uint16(dbr.Char), 0, sid, 1))
			if len(got) != 1 || got[0].Command != protocol.CmdReadNotify || got[0].Count < 5_000_000 {
				t.Errorf("%s: %d answers", name, len(got))
			}
		}
		if n := b.held(limitBufferBytes); n != 0 {
			t.Errorf("held %d", n)
		}
		v := pv.ArrayValue(make([]int8, 1000))
		if n := weight(&v); n != 1000 {
			t.Errorf("1000 bytes count as %d", n)
		}
	})
}

// Clients that begin large requests keep nobody from reading large arrays, and the
// headers alone take nothing.
func TestLargeRequestsDoNotStarveReaders(t *testing.T) {
	for _, bytes := range []int{100, 3 << 20} {
		synctest.Test(t, func(t *testing.T) {
			b := start(t, database(t, image("W")), &Server{})
			good := b.dial().greet()
			sid := good.create("W", 1)
			for i := range 70 {
				client, server := prototest.PipeSize(64 << 10)
				defer client.Close()
				b.listener.conns <- server
				h := protocol.Header{Command: protocol.CmdWrite, DataType: uint16(dbr.Double), Size: 16 << 20, Count: 2 << 20}
				out := protocol.AppendHeader(protocol.AppendVersion(nil, 0, 13), h)
				_ = client.SetWriteDeadline(time.Now().Add(time.Second))
				if _, err := client.Write(append(out, make([]byte, bytes)...)); err != nil {
					t.Fatal(err)
				}
				if i == 9 && bytes > 100 {
					break
				}
			}
			synctest.Wait()
			if used := b.server.requests.used.Load(); bytes == 100 && used != 0 {
				t.Errorf("headers alone take %d bytes", used)
			}
			got := good.send(protocol.AppendReadNotify(nil, uint16(dbr.Double), 0, sid, 1))
			if len(got) != 1 || got[0].Command != protocol.CmdReadNotify || got[0].Count != 1_000_000 {
				t.Errorf("the other client's get: %d answers", len(got))
			}
		})
	}
}

// A client that goes while its puts wait for a device that never answers is found out,
// and one that stays hears that there is no room.
func TestPutsThatNeverEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{Name: "A", Type: record.AO, Device: never{}})
		b := start(t, db, &Server{Config: Config{Limits: Limits{Puts: 2}}})
		stays, goes := b.dial().greet(), b.dial().greet()
		var puts []byte
		for id := range uint32(5) {
			puts = protocol.AppendWriteNotify(puts, uint16(dbr.Double), 1, 0, id, make([]byte, 8))
		}
		for _, p := range []*peer{stays, goes} {
			p.create("A", 1)
			p.send(puts)
		}
		_ = goes.conn.Close()
		time.Sleep(2 * time.Minute)
		got := stays.send(protocol.AppendEcho(nil))
		if len(got) != 4 || got[3].Command != protocol.CmdEcho {
			t.Fatalf("answers: %v", got)
		}
		for i, m := range got[:3] {
			if m.Param2 != uint32(i+2) || protocol.Status(m.Param1) != protocol.ECAPutCBInProg {
				t.Errorf("put %d: %v", m.Param2, protocol.Status(m.Param1))
			}
		}
		if n := len(b.server.Stats().Clients); n != 1 {
			t.Errorf("%d clients, want the one that stays", n)
		}
	})
}

// A message that was skipped does not make the next one late.
func TestSkippedMessageIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{Config: Config{Limits: Limits{ArrayBytes: 1 << 16}}})
		p := b.dial().greet()
		p.create("A", 1)
		large := protocol.AppendMessage(nil, protocol.Header{Command: protocol.CmdWrite}, make([]byte, 100_000))
		p.send(large[:1000])
		p.send(large[1000:])
		time.Sleep(time.Hour)
		echo := protocol.AppendEcho(nil)
		p.send(echo[:4])
		time.Sleep(2 * sweepPeriod)
		if got := p.send(echo[4:]); len(got) != 1 || got[0].Command != protocol.CmdEcho {
			t.Errorf("echo in two parts: %v, closed %v", got, p.isClosed())
		}
	})
}
