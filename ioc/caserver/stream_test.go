package caserver

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// tape is a connection that keeps what is written and how.
type tape struct {
	sink
	b       []byte
	largest int
}

func (t *tape) Write(b []byte) (int, error) {
	t.b = append(t.b, b...)
	t.largest = max(t.largest, len(b))
	return len(b), nil
}

// A value that goes out in pieces is the same, byte for byte, as one that goes out
// whole, whatever its kind, type and count.
func TestPiecesMakeTheWhole(t *testing.T) {
	texts, numbers, words := make([]string, 3000), make([]float64, 30_001), make([]int16, 40_001)
	for i := range texts {
		texts[i] = fmt.Sprint("text ", i)
	}
	for i := range numbers {
		numbers[i] = float64(i) / 8
	}
	for i := range words {
		words[i] = int16(i)
	}
	values := map[string]pv.Value{
		"doubles": pv.ArrayValue(numbers), "words": pv.ArrayValue(words), "texts": pv.ArrayValue(texts),
		"scalar": pv.Float64Value(2.5), "text": pv.StringValue("7 mA"), "numeric texts": pv.ArrayValue([]string{"1", "2.5"}),
		"nothing": {},
	}
	info := &pv.Info{Precision: 2, Units: "V", Choices: []string{"a", "b"}}
	db := database(t, ao("A"))
	large := 0
	for name, v := range values {
		for typ := dbr.Type(0); typ.Valid(); typ++ {
			for _, count := range []uint32{0, 2500, 132_000} {
				c, _ := encoder(t, db)
				most := writeSize
				c.server.pieces.limit = 0
				if typ%2 == 0 {
					most, c.server.pieces.limit = pieceSize, pieceBuffer
				}
				out := new(tape)
				c.conn = out
				a := answer{head: protocol.ReadNotifyReply(uint16(typ), 0, protocol.ECANormal, 9), field: db.Record("A").Value(), typ: typ, count: count, minor: 13, limit: 1 << 24}
				s := &pv.Sample{Value: v, Alarm: pv.Alarm{Status: pv.StatusHigh, Severity: pv.Minor}}
				a.head.Count = a.elementCount(s)
				b := a // append and stream note in it what they find
				want := b.append(nil, a.size(), s, info)
				if isLarge(a.size()) {
					large++
				}
				c.out.b = append(c.out.b, "before"...)
				if err := c.stream(&c.out, &a, s, info); err != nil {
					t.Fatal(err)
				}
				if len(c.out.b) > writeSize+1000 || c.server.pieces.used.Load() != 0 {
					t.Errorf("%s as %v × %d: buffer of %d bytes", name, typ, count, len(c.out.b))
				}
				if err := c.write(&c.out); err != nil {
					t.Fatal(err)
				}
				if got := out.b[len("before"):]; !bytes.Equal(got, want) {
					t.Errorf("%s as %v × %d: %d bytes differ from %d", name, typ, count, len(got), len(want))
				}
				if out.largest > most+1000 {
					t.Errorf("%s as %v × %d: written %d bytes at once", name, typ, count, out.largest)
				}
			}
		}
	}
	if large < 100 {
		t.Errorf("only %d values were large", large)
	}
}

// image is a record with 8 MB, of which the first element tells the value.
func image(name string) record.Spec {
	return record.Spec{Name: name, Type: record.Waveform, ElementKind: pv.Float64, Elements: 1_000_000, Initial: frame(0)}
}

func frame(x float64) pv.Value {
	f := make([]float64, 1_000_000)
	f[0] = x
	return pv.ArrayValue(f)
}

// Clients that ask for large arrays and do not read them cost the server no copies:
// each holds a piece, and what is no longer the value is not kept for them all.
func TestLargeArraysOfStuckClients(t *testing.T) {
	for _, name := range []string{"W", "W.[0:2:-1]"} {
		t.Run(name, func(t *testing.T) { testStuckClients(t, name) })
	}
}

func testStuckClients(t *testing.T, name string) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, image("W"))
		b := start(t, db, &Server{Config: Config{Limits: Limits{QueueBytes: 10 << 20}}})
		good := b.dial().greet()
		good.create("W", 1)
		before := heap()
		const n = 40
		for range n {
			client, server := prototest.PipeSize(512)
			defer client.Close()
			b.listener.conns <- server
			out := protocol.AppendCreateChan(protocol.AppendVersion(nil, 0, 13), 1, name, 13)
			out = protocol.AppendReadNotify(out, uint16(dbr.Double), 0, 0, 1)
			for id := range uint32(3) {
				out = protocol.AppendEventAdd(out, uint16(dbr.Double), 0, 0, id, pv.EventValue)
			}
			if _, err := client.Write(out); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			db.Record("W").Post(frame(float64(n)), pv.Stamp{Sec: 1}, pv.Alarm{})
		}
		const budget = 64 << 20 // default
		if used := heap() - before; used > budget+n*300<<10+3*8<<20 {
			t.Errorf("%d clients hold %d MB", n, used>>20)
		}
		if used := (b.server.budget.used.Load() + b.server.requests.used.Load() + b.server.pieces.used.Load()); used > budget {
			t.Errorf("%d bytes of the budget are used", used)
		}
		got := good.send(protocol.AppendReadNotify(nil, uint16(dbr.Double), 1, 0, 1))
		if len(got) != 1 || got[0].Command != protocol.CmdReadNotify {
			t.Errorf("the other client's get: %v", got)
		}
		runtime.KeepAlive(db)
	})
}

// Requests of many clients together may be as large as the budget; the one too many is
// refused and its circuit goes on.
func TestLargeRequestsHaveABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, image("W"))
		b := start(t, db, &Server{Config: Config{Limits: Limits{BufferBytes: 20 << 20}}})
		put := protocol.AppendWriteNotify(nil, uint16(dbr.Double), 1_000_000, 0, 9, make([]byte, 8_000_000))
		begun := len(put) - 1000
		var peers []*peer
		for range 3 {
			p := b.dial().greet()
			p.create("W", 1)
			for at := 0; at < begun; at += 500_000 {
				p.send(put[at:min(at+500_000, begun)])
			}
			peers = append(peers, p)
		}
		if n := b.held(limitBufferBytes); n != 1 {
			t.Errorf("%d requests refused, want 1", n)
		}
		for i, p := range peers {
			got := p.send(protocol.AppendEcho(put[begun:len(put):len(put)]))
			want := []protocol.Command{protocol.CmdWriteNotify, protocol.CmdEcho}
			if i == 2 {
				want = want[1:]
			}
			if len(got) != len(want) || got[0].Command != want[0] {
				t.Errorf("client %d: %v", i, got)
			}
			p.send(nil)
		}
		if used := (b.server.budget.used.Load() + b.server.requests.used.Load() + b.server.pieces.used.Load()); used != 0 {
			t.Errorf("%d bytes of the budget are left in use", used)
		}
	})
}

// What a client's subscriptions keep of old arrays is limited, and all is given back.
func TestOldArraysAreNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, image("W"))
		b := start(t, db, &Server{})
		client, server := prototest.PipeSize(512)
		b.listener.conns <- server
		p := &peer{t: t, conn: client}
		out := protocol.AppendCreateChan(protocol.AppendVersion(nil, 0, 13), 1, "W", 13)
		if _, err := client.Write(protocol.AppendEventAdd(out, uint16(dbr.Double), 1, 0, 1, pv.EventValue)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for i := range 50 {
			db.Record("W").Post(frame(float64(i+1)), pv.Stamp{Sec: 1}, pv.Alarm{})
			synctest.Wait()
		}
		if used := (b.server.budget.used.Load() + b.server.requests.used.Load() + b.server.pieces.used.Load()); used > 1<<20 {
			t.Errorf("%d bytes of old arrays", used)
		}
		go p.collect()
		var events []protocol.Message
		for _, m := range p.send(nil) {
			if m.Command == protocol.CmdEventAdd {
				events = append(events, m)
			}
		}
		if x := doubles(t, events); len(x) == 0 || x[len(x)-1] != 50 {
			t.Errorf("events %v", x)
		}
		_ = client.Close()
		synctest.Wait()
		if used := (b.server.budget.used.Load() + b.server.requests.used.Load() + b.server.pieces.used.Load()); used != 0 {
			t.Errorf("%d bytes of the budget are left in use", used)
		}
	})
}

// An event that finds no memory waits as the record posted it, or the one that comes
// meanwhile: what is sent has been through the filters once.
func TestEventsWaitForMemory(t *testing.T) {
	ramp := func(from float64) pv.Value {
		x := make([]float64, 1_000_000)
		for i := range x {
			x[i] = from + float64(i)
		}
		return pv.ArrayValue(x)
	}
	synctest.Test(t, func(t *testing.T) {
		db := database(t, image("W"))
		b := start(t, db, &Server{})
		p := b.dial().greet()
		post := func(v pv.Value) {
			if err := db.Record("W").Post(v, pv.Stamp{Sec: 1}, pv.Alarm{}); err != nil {
				t.Fatal(err)
			}
		}
		for i, tt := range []struct {
			name  string
			newer bool // one comes meanwhile
		}{{"W", false}, {"W", true}, {"W.[1:2:-2]", false}, {"W.[1:2:-2]", true}, {"W.{dec:{n:1}}", false}, {"W.{dec:{n:1}}", true}} {
			id, want := uint32(i), ramp(0)
			post(want)
			sid := p.create(tt.name, id)
			b.server.budget.used.Add(b.server.budget.limit)
			if got := p.send(protocol.AppendEventAdd(nil, uint16(dbr.Double), 0, sid, id, pv.EventValue)); len(got) != 0 {
				t.Errorf("%+v: %v without memory", tt, got[0].Command)
			}
			if tt.newer {
				want = ramp(1)
				post(want)
			}
			b.server.budget.give(int(b.server.budget.limit))
			time.Sleep(memoryPause) // of the bubble's clock
			got := p.send(nil)
			if len(got) != 1 || got[0].Command != protocol.CmdEventAdd {
				t.Fatalf("%+v: %d messages with memory", tt, len(got))
			}
			v, err := dbr.DecodeValue(dbr.Double, got[0].Count, got[0].Payload)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(tt.name, "[") {
				want = want.Every(1, 2, 499_999)
			}
			if !v.Equal(want) {
				t.Errorf("%+v: %d elements that differ from the %d posted", tt, v.Len(), want.Len())
			}
			if used := (b.server.budget.used.Load() + b.server.requests.used.Load() + b.server.pieces.used.Load()); used != 0 {
				t.Errorf("%+v: %d bytes of the budget are left in use", tt, used)
			}
			p.send(protocol.AppendClearChannel(nil, sid, id))
		}
	})
}
