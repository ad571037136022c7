package caserver

import (
	"context"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"testing"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// Clients subscribe and cancel while records change: after the answer to a cancel no
// event of that subscription may come, and values never run backwards.
func TestCancelWhileRecordsChange(t *testing.T) {
	db := database(t, ao("A"), ao("B"))
	l := newMemListener()
	s := &Server{Database: db, Listeners: []net.Listener{l}, Log: slog.New(slog.DiscardHandler)}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()

	changing, stopChanging := context.WithCancel(ctx)
	var posters sync.WaitGroup
	for _, name := range []string{"A", "B"} {
		posters.Go(func() { // until stopChanging
			r := db.Record(name)
			for x := 1.0; changing.Err() == nil; x++ {
				r.Post(pv.Float64Value(x), pv.Stamp{Sec: 1}, pv.Alarm{})
				runtime.Gosched() // the lock is for others, too
			}
		})
	}
	var clients sync.WaitGroup
	for range 4 {
		client, server := prototest.Pipe()
		l.conns <- server
		clients.Go(func() { // until its rounds are done
			defer client.Close()
			subscribeAndCancel(t, client, 40)
		})
	}
	clients.Wait()
	stopChanging()
	posters.Wait()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if st := s.Stats(); len(st.Clients) != 0 {
		t.Errorf("clients left: %+v", st.Clients)
	}
}

// subscribeAndCancel does that in rounds, one subscription at a time.
func subscribeAndCancel(t *testing.T, conn net.Conn, rounds int) {
	out := protocol.AppendCreateChan(protocol.AppendVersion(nil, 0, 13), 1, "A", 13)
	out = protocol.AppendCreateChan(out, 2, "B", 13)
	if _, err := conn.Write(out); err != nil {
		t.Error(err)
		return
	}
	in := prototest.Messages{From: conn}
	for range 5 { // VERSION, twice rights and channel
		if _, err := in.Next(); err != nil {
			t.Error(err)
			return
		}
	}
	typ := uint16(dbr.Double)
	for id := range uint32(rounds) {
		sid := id % 2
		if _, err := conn.Write(protocol.AppendEventAdd(nil, typ, 1, sid, id, pv.EventValue)); err != nil {
			t.Error(err)
			return
		}
		last, events := -1.0, 0
		for cancelled := false; !cancelled; {
			m, err := in.Next()
			if err != nil {
				t.Error(err)
				return
			}
			if m.Command != protocol.CmdEventAdd || m.Param2 != id {
				t.Errorf("%v of %d while %d is subscribed", m.Command, m.Param2, id)
				return
			}
			if m.Size == 0 {
				cancelled = true
				continue
			}
			v, err := dbr.DecodeValue(dbr.Double, 1, m.Payload)
			if err != nil || v.Float64() < last {
				t.Errorf("%v after %v, %v", v, last, err)
			}
			last = v.Float64()
			if events++; events == 3 {
				if _, err := conn.Write(protocol.AppendEventCancel(nil, typ, 1, sid, id)); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}
}
