package caserver

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/logfilter"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// Every message of a chosen client is logged, those that go out in pieces once; of the
// others none.
func TestTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logText
		text := slog.NewTextHandler(&log, &slog.HandlerOptions{
			Level: logfilter.LevelTrace,
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey || a.Key == "role" {
					return slog.Attr{}
				}
				return a
			},
		})
		db := database(t, ao("A"), image("W"))
		b := start(t, db, &Server{Log: slog.New(logfilter.New(text, logfilter.Filter{Addresses: []string{"10.0.0.7"}}))})
		other := b.dialFrom("10.0.0.8", 1).greet()
		other.create("A", 1)
		p := b.dialFrom("10.0.0.7", 4711).greet()
		sid := p.create("A", 1)
		p.subscribe(sid, 5, dbr.Double, 1, pv.EventValue)
		p.send(protocol.AppendEventCancel(nil, uint16(dbr.Double), 1, sid, 5))
		large := p.create("W", 2)
		p.send(protocol.AppendReadNotify(nil, uint16(dbr.Double), 0, large, 9))
		p.send(protocol.AppendReadNotify(nil, uint16(dbr.Double), 1, 77, 10))
		synctest.Wait()
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		const prefix = "level=DEBUG-4 msg="
		var got []string
		for _, l := range lines {
			if l, ok := strings.CutPrefix(l, prefix); ok {
				got = append(got, strings.Replace(l, " peer=10.0.0.7:4711", "", 1))
			}
		}
		want := []string{
			"sent command=VERSION type=0 count=13 bytes=0 param1=0 param2=0",
			"received command=VERSION type=0 count=13 bytes=0 param1=0 param2=0",
			"received command=HOST_NAME type=0 count=0 bytes=8 param1=0 param2=0 name=host",
			"received command=CLIENT_NAME type=0 count=0 bytes=8 param1=0 param2=0 name=user",
			"received command=CREATE_CHAN type=0 count=0 bytes=8 cid=1 version=13 name=A",
			"sent command=ACCESS_RIGHTS type=0 count=0 bytes=0 cid=1 rights=3",
			"sent command=CREATE_CHAN type=6 count=1 bytes=0 cid=1 sid=0",
			"received command=EVENT_ADD type=6 count=1 bytes=16 sid=0 subscription=5 pv=A",
			"sent command=EVENT_ADD type=6 count=1 bytes=8 status=ECA_NORMAL subscription=5",
			"received command=EVENT_CANCEL type=6 count=1 bytes=0 sid=0 subscription=5 pv=A",
			"sent command=EVENT_ADD type=6 count=1 bytes=0 sid=0 subscription=5",
			"received command=CREATE_CHAN type=0 count=0 bytes=8 cid=2 version=13 name=W",
			"sent command=ACCESS_RIGHTS type=0 count=0 bytes=0 cid=2 rights=3",
			"sent command=CREATE_CHAN type=6 count=1000000 bytes=0 cid=2 sid=1",
			"received command=READ_NOTIFY type=6 count=0 bytes=0 sid=1 ioid=9 pv=W",
			"sent command=READ_NOTIFY type=6 count=1000000 bytes=8000000 status=ECA_NORMAL ioid=9",
			"received command=READ_NOTIFY type=6 count=1 bytes=0 sid=77 ioid=10 refused=\"no channel 77 on this circuit\"",
			"sent command=ERROR type=0 count=0 bytes=48 cid=4294967295 status=ECA_INTERNAL",
		}
		for i := range max(len(got), len(want)) {
			g, w := "nothing", "nothing"
			if i < len(got) {
				g = got[i]
			}
			if i < len(want) {
				w = want[i]
			}
			if g != w {
				t.Errorf("line %d:\n got %s\nwant %s", i, g, w)
			}
		}
		if strings.Contains(log.String(), "10.0.0.8") {
			t.Errorf("the other client is logged:\n%s", log.String())
		}
	})
}

// A filter that watches another client costs an event nothing.
func TestNoTraceDoesNotAllocate(t *testing.T) {
	db := database(t, ao("A"))
	c, r := encoder(t, db)
	text := slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: logfilter.LevelTrace})
	c.log = slog.New(logfilter.New(text, logfilter.Filter{Addresses: []string{"10.0.0.7"}})).With("peer", "10.0.0.8:1")
	c.tracing = c.log.Enabled(t.Context(), logfilter.LevelTrace)
	in := protocol.AppendReadNotify(nil, uint16(dbr.TimeDouble), 1, 0, 7)
	x := 0.0
	if n := testing.AllocsPerRun(200, func() {
		x++
		r.Post(pv.Float64Value(x), pv.Stamp{Sec: 1}, pv.Alarm{})
		c.circuit.Advance(copy(c.circuit.Space(len(in)), in))
		if !c.execute() || c.flush() != nil || c.sendAll() != nil {
			t.Fatal("circuit ended")
		}
	}); n != 0 {
		t.Errorf("%v allocations for an event and a get", n)
	}
}
