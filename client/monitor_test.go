package client_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/client/clienttest"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// post changes X on the server.
func post(srv *clienttest.Server, x float64) {
	srv.Post("X", pv.Float64Value(x), pv.Stamp{Sec: 1}, pv.Alarm{})
}

// expect takes the next update and checks its kind and, of a value, its number.
func expect(t *testing.T, m *client.Monitor, kind client.UpdateKind, x float64) client.Update {
	t.Helper()
	ctx, cancel := within(time.Minute)
	defer cancel()
	u, err := m.Next(ctx)
	if err != nil {
		t.Fatalf("no update (want %v): %v", kind, err)
	}
	if u.Kind != kind || kind == client.NewValue && u.Data.Sample.Value.Float64() != x {
		t.Fatalf("update %v %v %v, want %v %v", u.Kind, u.Data.Sample.Value, u.Err, kind, x)
	}
	return u
}

// TestMonitorReconnects: a subscription lives through the loss of its server and
// tells of it.
func TestMonitorReconnects(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		m := c.NewMonitor(client.MonitorOptions{})
		ch := c.Channel("X")
		if err := m.Add(ch); err != nil {
			t.Fatal(err)
		}
		expect(t, m, client.NowConnected, 0)
		u := expect(t, m, client.NewValue, 1.5)
		if u.Channel != ch || u.Data.Type != dbr.TimeDouble || u.Data.Sample.Time.Sec != 7 {
			t.Errorf("first update %+v", u)
		}
		post(srv, 2)
		expect(t, m, client.NewValue, 2)
		srv.Disconnect()
		if u := expect(t, m, client.NowDisconnected, 0); !errors.Is(u.Err, client.ErrDisconnected) {
			t.Errorf("disconnected by %v", u.Err)
		}
		expect(t, m, client.NowConnected, 0)
		expect(t, m, client.NewValue, 2)
		post(srv, 3)
		expect(t, m, client.NewValue, 3)
	})
}

// TestMonitorKeepsNewest: a reader that is too slow finds the oldest and the newest
// of a channel, and how many it has missed; the other channels do not suffer.
func TestMonitorKeepsNewest(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		m := c.NewMonitor(client.MonitorOptions{Depth: 3})
		for _, name := range []string{"X", "E"} {
			if err := m.Add(c.Channel(name)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		for i := range 10 {
			post(srv, float64(i))
		}
		synctest.Wait()
		var got []float64
		var dropped uint32
		enums := 0
		for range 5 {
			ctx, cancel := within(time.Second)
			u, err := m.Next(ctx)
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case u.Channel.Name() == "E":
				enums++
			case u.Kind == client.NewValue:
				got = append(got, u.Data.Sample.Value.Float64())
				dropped += u.Dropped
			}
		}
		if len(got) != 2 || got[0] != 1.5 || got[1] != 9 || dropped != 9 || enums != 2 {
			t.Errorf("values %v, dropped %d, updates of the other %d; want [1.5 9], 9, 2", got, dropped, enums)
		}
	})
}

// TestMonitorKeepsNewestOfKinds: a change of rights in a full queue does not cost
// the newest value.
func TestMonitorKeepsNewestOfKinds(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		m := c.NewMonitor(client.MonitorOptions{Depth: 1}) // which counts as 2
		if err := m.Add(c.Channel("X")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for i := range 10 {
			post(srv, float64(i))
		}
		srv.SetDenied("X", protocol.AccessWrite)
		synctest.Wait()
		if u := expect(t, m, client.NewValue, 9); u.Dropped != 11 { // connected, 1.5, 0 to 8
			t.Errorf("%d dropped before the newest value, want 11", u.Dropped)
		}
		if u := expect(t, m, client.AccessChanged, 0); u.Dropped != 0 {
			t.Errorf("%d dropped before the change of rights, want 0", u.Dropped)
		}
	})
}

// TestUpdatesEnd: the end of ctx ends the loop though there is always another
// update to take.
func TestUpdatesEnd(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		m := c.NewMonitor(client.MonitorOptions{})
		if err := m.Add(c.Channel("X")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // connected and the first value wait
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		taken := 0
		for range m.Updates(ctx) {
			if taken++; taken == 10 {
				t.Error("goes on after the end of ctx")
				return
			}
			post(srv, float64(taken))
			synctest.Wait()
			cancel()
		}
		expect(t, m, client.NewValue, 1.5) // nothing was lost
	})
}

func TestMonitorTells(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		ctx, cancel := within(time.Second)
		defer cancel()
		ch := c.Channel("X")
		if err := ch.Connect(ctx); err != nil {
			t.Fatal(err)
		}
		state := c.NewMonitor(client.MonitorOptions{StateOnly: true})
		if err := state.Add(ch); err != nil {
			t.Fatal(err)
		}
		expect(t, state, client.NowConnected, 0)
		post(srv, 5) // no value is asked for
		srv.SetDenied("X", protocol.AccessWrite)
		expect(t, state, client.AccessChanged, 0)
		if info, _ := ch.Info(); info.Access != protocol.AccessRead {
			t.Errorf("access %v, want read only", info.Access)
		}
		if err := ch.Put(ctx, pv.Float64Value(1)); !errors.Is(err, protocol.ECANoWtAccess) {
			t.Errorf("put without the right to: %v", err)
		}

		values := c.NewMonitor(client.MonitorOptions{Request: client.Request{Type: client.Exactly(dbr.TimeString)}})
		srv.Add("WO", clienttest.PV{Type: dbr.Long, Value: pv.Int32Value(1), Denied: protocol.AccessRead})
		if err := values.Add(c.Channel("WO")); err != nil {
			t.Fatal(err)
		}
		expect(t, values, client.NowConnected, 0)
		if u := expect(t, values, client.Failed, 0); !errors.Is(u.Err, protocol.ECANoRdAccess) {
			t.Errorf("monitor without the right to read: %v", u.Err)
		}
		if u, err := values.Next(ctx); err == nil {
			t.Errorf("after it was told once: %v %v", u.Kind, u.Err)
		}
	})
}

// TestMonitorClose: after Close no update comes, the server hears of it, and the
// channel goes on.
func TestMonitorClose(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		m := c.NewMonitor(client.MonitorOptions{})
		ch := c.Channel("X")
		if err := m.Add(ch); err != nil {
			t.Fatal(err)
		}
		expect(t, m, client.NowConnected, 0)
		expect(t, m, client.NewValue, 1.5)
		if err := errors.Join(m.Close(), m.Close()); err != nil {
			t.Fatal(err)
		}
		post(srv, 2)
		synctest.Wait()
		if u, err := m.Next(context.Background()); !errors.Is(err, client.ErrClosed) {
			t.Errorf("after Close: %+v, %v", u, err)
		}
		ctx, cancel := within(time.Second)
		defer cancel()
		if d, err := ch.Get(ctx, client.Request{}); err != nil || d.Sample.Value.Float64() != 2 {
			t.Errorf("get after the monitor's end: %v, %v", d.Sample.Value, err)
		}
		if n := srv.Subscriptions(); n != 0 {
			t.Errorf("%d subscriptions left on the server", n)
		}
	})
}

// TestMonitorIterator: the loop over one channel ends with its context, and with an
// error when the channel is closed.
func TestMonitorIterator(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		ctx, cancel := within(time.Second)
		defer cancel()
		updates := 0
		for _, err := range c.Channel("X").Monitor(ctx, client.MonitorOptions{}) {
			if err != nil {
				t.Error(err)
			}
			updates++
		}
		if updates != 2 || ctx.Err() == nil {
			t.Errorf("%d updates, want 2, and then the end of ctx", updates)
		}
		ch := c.Channel("X")
		var last error
		for u, err := range ch.Monitor(context.Background(), client.MonitorOptions{}) {
			if last = err; u.Kind == client.NewValue {
				_ = ch.Close()
			}
		}
		if !errors.Is(last, client.ErrClosed) {
			t.Errorf("last error %v, want ErrClosed", last)
		}
		for _, err := range ch.Monitor(context.Background(), client.MonitorOptions{}) {
			if last = err; !errors.Is(err, client.ErrClosed) {
				t.Errorf("monitor of a closed channel: %v", err)
			}
		}
	})
}

// TestEmptyArray: an array without elements is a value, not the end of the
// subscription.
func TestEmptyArray(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		m := c.NewMonitor(client.MonitorOptions{Request: client.Request{Type: client.InClass(dbr.Plain)}})
		if err := m.Add(c.Channel("W")); err != nil {
			t.Fatal(err)
		}
		expect(t, m, client.NowConnected, 0)
		expect(t, m, client.NewValue, 0)
		srv.Post("W", pv.ArrayValue([]float64{}), pv.Stamp{}, pv.Alarm{})
		if u := expect(t, m, client.NewValue, 0); u.Data.Sample.Value.Len() != 0 {
			t.Errorf("empty array came as %v", u.Data.Sample.Value)
		}
		srv.Post("W", pv.ArrayValue([]float64{1, 2}), pv.Stamp{}, pv.Alarm{})
		if u := expect(t, m, client.NewValue, 0); u.Data.Sample.Value.Len() != 2 {
			t.Errorf("then %v", u.Data.Sample.Value)
		}
	})
}
