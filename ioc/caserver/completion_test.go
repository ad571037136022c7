package caserver

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

func notify(sid, id uint32, x float64) []byte {
	payload, _ := dbr.Append(nil, dbr.Double, 1, &pv.Sample{Value: pv.Float64Value(x)}, nil) // a double always fits
	return protocol.AppendWriteNotify(nil, uint16(dbr.Double), 1, sid, id, payload)
}

// A put whose channel is cleared is carried out, but not answered, and makes room for
// others; one that has ended and was not sent goes the same way.
func TestClearChannelWithPutsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := new(slowDevice)
		db := database(t, record.Spec{Name: "A", Type: record.AO, Device: dev}, ao("B"))
		p := start(t, db, &Server{Config: Config{Limits: Limits{Puts: 2}}}).dial().greet()
		a, b := p.create("A", 1), p.create("B", 2)
		out := append(notify(a, 1, 1), notify(a, 2, 2)...)
		wantTold(t, "under way", p.send(append(out, protocol.AppendClearChannel(nil, a, 1)...)), "CLEAR_CHANNEL")
		db.Record("A").Complete(record.Result{})
		db.Record("A").Complete(record.Result{})
		wantTold(t, "ended", p.send(nil))
		if n := dev.begun.Load(); n != 2 {
			t.Errorf("%d of 2 puts carried out", n)
		}
		// In one go: the put to B ends at once, its answer waits for the end of the input.
		out = append(notify(b, 3, 3), protocol.AppendClearChannel(nil, b, 2)...)
		wantTold(t, "cleared behind its put", p.send(append(out, protocol.AppendEcho(nil)...)), "CLEAR_CHANNEL", "ECHO")
		c := p.create("B", 3)
		wantTold(t, "room", p.send(append(notify(c, 4, 4), notify(c, 5, 5)...)), "put 4 true", "put 5 true")
	})
}

// A put waits for its action however long that takes, and a second one on the same
// channel behind it: neither is cancelled, nor is the circuit held up. (rsrv stops
// reading for up to a minute, and then answers the first by ECA_PUTCBINPROG.)
func TestPutThatTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{Name: "A", Type: record.AO, Device: new(slowDevice)})
		p := start(t, db, &Server{}).dial().greet()
		a := p.create("A", 1)
		wantTold(t, "at once", p.send(append(append(notify(a, 1, 1), notify(a, 2, 2)...), protocol.AppendEcho(nil)...)), "ECHO")
		time.Sleep(10 * time.Minute)
		wantTold(t, "after ten minutes", p.send(nil))
		db.Record("A").Complete(record.Result{})
		wantTold(t, "the first", p.send(nil), "put 1 true")
		db.Record("A").Complete(record.Result{})
		wantTold(t, "the second", p.send(nil), "put 2 true")
	})
}

// Puts of several clients to one record are done in the order in which they came, and
// each client hears of its own.
func TestPutsOfSeveralClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{Name: "A", Type: record.AO, Device: new(slowDevice)})
		s := start(t, db, &Server{})
		p, q := s.dial().greet(), s.dial().greet()
		a, b := p.create("A", 1), q.create("A", 1)
		wantTold(t, "first client", p.send(notify(a, 1, 1)))
		wantTold(t, "second client", q.send(notify(b, 1, 2)))
		wantTold(t, "first client again", p.send(notify(a, 2, 3)))
		for i, want := range []*peer{p, q, p} {
			if s, _ := value(t, db, "A").Get(); s.Value.Float64() != float64(i+1) {
				t.Errorf("put %d under way: the value is %v", i, s.Value)
			}
			db.Record("A").Complete(record.Result{})
			for _, c := range []*peer{p, q} {
				if n := len(c.send(nil)); (n == 1) != (c == want) {
					t.Errorf("put %d: %d answers", i, n)
				}
			}
		}
	})
}
