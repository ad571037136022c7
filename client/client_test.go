package client_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/client/clienttest"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// world is a server in memory and a client of it, within a synctest bubble. The
// bubble fails the test if a goroutine is left behind.
func world(t *testing.T, run func(*testing.T, *clienttest.Server, *client.Context)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := clienttest.NewServer()
		srv.Add("X", clienttest.PV{
			Type: dbr.Double, Value: pv.Float64Value(1.5), Time: pv.Stamp{Sec: 7, Nsec: 8},
			Info: pv.Info{Units: "V", Precision: 3},
		})
		srv.Add("E", clienttest.PV{
			Type: dbr.Enum, Value: pv.EnumValue(1), Info: pv.Info{Choices: []string{"Off", "On"}},
		})
		srv.Add("W", clienttest.PV{Type: dbr.Double, Count: 5, Value: pv.ArrayValue([]float64{1, 2, 3})})
		srv.Add("C", clienttest.PV{Type: dbr.Char, Count: 100, Value: dbr.LongString("text")})
		c := &client.Context{Config: srv.Config()}
		run(t, srv, c)
		if err := c.Close(); err != nil {
			t.Error("Close:", err)
		}
		synctest.Wait()
		if now, _ := srv.Circuits(); now != 0 {
			t.Errorf("%d circuits left after Close", now)
		}
		srv.Close()
	})
}

func within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

func TestGet(t *testing.T) {
	world(t, func(t *testing.T, _ *clienttest.Server, c *client.Context) {
		ctx, cancel := within(time.Second)
		defer cancel()
		for _, test := range []struct {
			name    string
			request client.Request
			typ     dbr.Type
			want    pv.Value
		}{
			{"X", client.Request{}, dbr.TimeDouble, pv.Float64Value(1.5)},
			{"X", client.Request{Type: client.Exactly(dbr.String)}, dbr.String, pv.StringValue("1.500")},
			{"X", client.Request{Type: client.InClass(dbr.Ctrl)}, dbr.CtrlDouble, pv.Float64Value(1.5)},
			{"X", client.Request{Count: 9}, dbr.TimeDouble, pv.Float64Value(1.5)}, // one is all there is
			{"E", client.Request{}, dbr.TimeEnum, pv.EnumValue(1)},
			{"E", client.Request{Type: client.Exactly(dbr.TimeString)}, dbr.TimeString, pv.StringValue("On")},
			{"W", client.Request{}, dbr.TimeDouble, pv.ArrayValue([]float64{1, 2, 3})},
			{"W", client.Request{Count: 2}, dbr.TimeDouble, pv.ArrayValue([]float64{1, 2})},
			{"W", client.Request{Count: 5}, dbr.TimeDouble, pv.ArrayValue([]float64{1, 2, 3, 0, 0})},
		} {
			d, err := c.Channel(test.name).Get(ctx, test.request)
			if err != nil || d.Type != test.typ || !d.Sample.Value.Equal(test.want) {
				t.Errorf("%s %v: got %v %v, %v; want %v %v", test.name, test.request.Count,
					d.Type, d.Sample.Value, err, test.typ, test.want)
			}
		}
		ch := c.Channel("X")
		if err := ch.Connect(ctx); err != nil {
			t.Fatal(err)
		}
		info, ok := ch.Info()
		want := client.Info{
			Server: clienttest.Address, Type: dbr.Double, Count: 1,
			Access: protocol.AccessRead | protocol.AccessWrite,
		}
		if !ok || info != want {
			t.Errorf("Info: %+v, %v; want %+v", info, ok, want)
		}
	})
}

// TestNotFound: the error says what happened, where, and how long it took, and
// errors.Is finds both the reason and the context's error.
func TestNotFound(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		ctx, cancel := within(time.Second)
		defer cancel()
		_, err := c.Channel("NOPE").Get(ctx, client.Request{})
		const want = `pv "NOPE": get: timeout after 1s: not found (searched 127.0.0.1:5064)`
		if err == nil || err.Error() != want {
			t.Errorf("error %v\n want %s", err, want)
		}
		if !errors.Is(err, client.ErrNotFound) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v: is not what it says", err)
		}
		// 0, 32, 96, 224, 480, 992 ms
		if n := srv.Searches("NOPE"); n != 6 {
			t.Errorf("%d searches within a second, want 6", n)
		}
	})
}

func TestErrors(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		srv.Add("RO", clienttest.PV{Type: dbr.Long, Value: pv.Int32Value(1), Denied: protocol.AccessWrite})
		srv.Add("WO", clienttest.PV{Type: dbr.Long, Value: pv.Int32Value(1), Denied: protocol.AccessRead})
		srv.Add("S", clienttest.PV{Type: dbr.String, Value: pv.StringValue("word")})
		srv.Add("DISP", clienttest.PV{Type: dbr.Long, Value: pv.Int32Value(1), Refuse: protocol.ECAPutFail})
		ctx, cancel := within(time.Minute)
		defer cancel()
		for _, test := range []struct {
			name string
			do   func(*client.Channel) error
			want error
		}{
			{"RO", func(ch *client.Channel) error { return ch.Put(ctx, pv.Int32Value(2)) }, protocol.ECANoWtAccess},
			{"RO", func(ch *client.Channel) error { return ch.PutNotify(ctx, pv.Int32Value(2)) }, protocol.ECANoWtAccess},
			{"WO", func(ch *client.Channel) error { _, err := ch.Get(ctx, client.Request{}); return err }, protocol.ECANoRdAccess},
			{"S", func(ch *client.Channel) error {
				_, err := ch.Get(ctx, client.Request{Type: client.InClass(dbr.Plain)})
				return err
			}, nil},
			{"S", func(ch *client.Channel) error {
				_, err := ch.Get(ctx, client.Request{Type: client.Exactly(dbr.Double)})
				return err
			}, protocol.ECAGetFail},
			{"X", func(ch *client.Channel) error {
				_, err := ch.Get(ctx, client.Request{Type: client.Exactly(dbr.LastType + 1)})
				return err
			}, protocol.ECABadType},
			{"X", func(ch *client.Channel) error { return ch.PutNotify(ctx, pv.StringValue("abc")) }, protocol.ECAPutFail},
			{"DISP", func(ch *client.Channel) error { return ch.PutNotify(ctx, pv.Int32Value(2)) }, protocol.ECAPutFail},
			{"DISP", func(ch *client.Channel) error { _ = ch.Close(); return ch.PutNotify(ctx, pv.Int32Value(2)) }, client.ErrClosed},
		} {
			err := test.do(c.Channel(test.name))
			if !errors.Is(err, test.want) || err != nil && !strings.HasPrefix(err.Error(), fmt.Sprintf("pv %q: ", test.name)) {
				t.Errorf("%s: error %v, want %v of that PV", test.name, err, test.want)
			}
		}
		if _, ever := srv.Circuits(); ever != 1 {
			t.Errorf("%d circuits, want 1: errors of one channel are not the others'", ever)
		}
		for _, name := range []string{"", "NUL\x00", strings.Repeat("n", 61)} {
			var e *protocol.NameError
			if err := c.Channel(name).Connect(ctx); !errors.As(err, &e) {
				t.Errorf("name %q: error %v, want a NameError", name, err)
			}
		}
		if err := c.Channel("X").Put(ctx, pv.StringValue(strings.Repeat("1", 40))); err == nil {
			t.Error("a string of 40 bytes went to a DOUBLE")
		}
		if err := c.Channel("S").PutNotify(ctx, pv.ArrayValue([]string{"short", strings.Repeat("s", 40)})); err == nil {
			t.Errorf("a string of 40 bytes in an array was cut to %v", srv.Value("S"))
		}
	})
}

func TestPut(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		ctx, cancel := within(time.Second)
		defer cancel()
		long := strings.Repeat("long ", 15)
		for _, test := range []struct {
			name      string
			put, want pv.Value
		}{
			{"X", pv.Float64Value(2.5), pv.Float64Value(2.5)},
			{"X", pv.StringValue("-3e2"), pv.Float64Value(-300)},
			{"X", pv.Int64Value(1 << 40), pv.Float64Value(1 << 40)},
			{"E", pv.StringValue("Off"), pv.EnumValue(0)},
			{"E", pv.Int32Value(1), pv.EnumValue(1)},
			{"W", pv.ArrayValue([]float64{4, 5}), pv.ArrayValue([]float64{4, 5})},
			{"W", pv.ArrayValue([]string{"6", "7.5"}), pv.ArrayValue([]float64{6, 7.5})},
			{"C", pv.StringValue(long), dbr.LongString(long)},
		} {
			ch := c.Channel(test.name)
			if err := ch.PutNotify(ctx, test.put); err != nil {
				t.Errorf("%s: put %v: %v", test.name, test.put, err)
			}
			if got := srv.Value(test.name); !got.Equal(test.want) {
				t.Errorf("%s: put %v gave %v, want %v", test.name, test.put, got, test.want)
			}
		}
	})
}

// TestPutNotifyWaits: a put with completion returns when the server has completed
// it, with its status, and what is given up does not disturb what follows.
func TestPutNotifyWaits(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		srv.Add("MOTOR", clienttest.PV{Type: dbr.Double, Value: pv.Float64Value(0), Held: true})
		ch := c.Channel("MOTOR")
		done := make(chan error, 1)
		go func() { done <- ch.PutNotify(context.Background(), pv.Float64Value(1)) }()
		synctest.Wait()
		time.Sleep(time.Hour) // of the bubble's clock: the watchdog keeps quiet
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatal("returned before completion:", err)
		default:
		}
		if n := srv.Release("MOTOR", protocol.ECANormal); n != 1 {
			t.Fatalf("%d puts waited, want 1", n)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}

		ctx, cancel := within(time.Second)
		defer cancel()
		err := ch.PutNotify(ctx, pv.Float64Value(2))
		if want := `pv "MOTOR": put: timeout after 1s`; err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
		go func() { done <- ch.PutNotify(context.Background(), pv.Float64Value(3)) }()
		synctest.Wait()
		if n := srv.Release("MOTOR", protocol.ECAPutCBInProg); n != 2 {
			t.Fatalf("%d puts waited, want 2", n)
		}
		if err := <-done; !errors.Is(err, protocol.ECAPutCBInProg) {
			t.Errorf("error %v, want ECA_PUTCBINPROG", err)
		}
	})
}

// TestRefusedWrite: nobody waits for a plain write; its refusal goes to
// Config.Refused.
func TestRefusedWrite(t *testing.T) {
	world(t, func(t *testing.T, _ *clienttest.Server, c *client.Context) {
		var refused []string
		c.Config.Refused = func(e *client.Error) { refused = append(refused, e.Error()) }
		ctx, cancel := within(time.Second)
		defer cancel()
		ch := c.Channel("X")
		if err := ch.Put(ctx, pv.StringValue("abc")); err != nil {
			t.Fatal(err)
		}
		if _, err := ch.Get(ctx, client.Request{}); err != nil {
			t.Fatal(err)
		}
		if len(refused) != 1 || !strings.HasPrefix(refused[0], `pv "X": put: `) || !strings.Contains(refused[0], "ECA_PUTFAIL") {
			t.Errorf("refused %q, want one put of X with ECA_PUTFAIL", refused)
		}
	})
}

// TestSharedCircuit: channels of a server share a circuit, a priority has its own,
// and a circuit goes with its last channel.
func TestSharedCircuit(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		ctx, cancel := within(time.Second)
		defer cancel()
		x, e, high := c.Channel("X"), c.Channel("E"), c.ChannelAt("X", 50)
		for _, ch := range []*client.Channel{x, e, high} {
			if err := ch.Connect(ctx); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(want int) {
			t.Helper()
			synctest.Wait()
			if now, _ := srv.Circuits(); now != want {
				t.Errorf("%d circuits, want %d", now, want)
			}
		}
		expect(2)
		_ = x.Close()
		expect(2)
		_ = e.Close()
		expect(1)
		_ = high.Close()
		expect(0)
		if err := c.Channel("X").Connect(ctx); err != nil {
			t.Error("after the circuit has gone:", err)
		}
		expect(1)
	})
}

// TestManyChannels: ten thousand names go out in few datagrams and need no
// goroutine each.
func TestManyChannels(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		const n = 10000
		ctx, cancel := within(time.Minute)
		defer cancel()
		m := c.NewMonitor(client.MonitorOptions{Depth: 2})
		for i := range n {
			name := fmt.Sprint("PV", i)
			srv.Add(name, clienttest.PV{Type: dbr.Long, Value: pv.Int32Value(int32(i))})
			if err := m.Add(c.Channel(name)); err != nil {
				t.Fatal(err)
			}
		}
		sum := 0
		for range 2 * n { // of each channel: connected, value
			u, err := m.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if u.Kind == client.NewValue {
				sum += int(u.Data.Sample.Value.Int64())
			}
		}
		if want := n * (n - 1) / 2; sum != want {
			t.Errorf("sum of all values %d, want %d", sum, want)
		}
		if now, ever := srv.Circuits(); now != 1 || ever != 1 {
			t.Errorf("%d circuits of %d, want 1", now, ever)
		}
	})
}

// TestReconnect: after its server has gone a channel is searched for and works
// again; who waited for an answer hears of the loss.
func TestReconnect(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		srv.Add("HELD", clienttest.PV{Type: dbr.Double, Value: pv.Float64Value(0), Held: true})
		ch := c.Channel("HELD")
		done := make(chan error, 1)
		go func() { done <- ch.PutNotify(context.Background(), pv.Float64Value(1)) }()
		synctest.Wait()
		srv.SetDeaf(true)
		srv.Disconnect()
		if err := <-done; !errors.Is(err, client.ErrDisconnected) {
			t.Errorf("waiting put: %v, want ErrDisconnected", err)
		}
		ctx, cancel := within(10 * time.Second)
		defer cancel()
		_, err := ch.Get(ctx, client.Request{})
		if !errors.Is(err, client.ErrDisconnected) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("get while the server is away: %v", err)
		}
		srv.SetDeaf(false)
		ctx, cancel = within(20 * time.Second)
		defer cancel()
		if _, err := ch.Get(ctx, client.Request{}); err != nil {
			t.Errorf("get after the server is back: %v", err)
		}
	})
}

// TestRefusedCircuit: a server that answers searches and takes no circuit is not
// dialled in a tight loop, and the error says so.
func TestRefusedCircuit(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		srv.SetRefusing(true)
		ctx, cancel := within(10 * time.Second)
		defer cancel()
		err := c.Channel("X").Connect(ctx)
		if err == nil || !strings.Contains(err.Error(), "server 127.0.0.1:5064: connection refused") {
			t.Errorf("error %v", err)
		}
		if n := srv.Searches("X"); n > 12 {
			t.Errorf("%d searches in 10 s", n)
		}
		srv.SetRefusing(false)
		ctx, cancel = within(2 * time.Second)
		defer cancel()
		if err := c.Channel("X").Connect(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestCircuitClosedAtOnce: a server that takes circuits only to close them is not
// dialled in a tight loop either.
func TestCircuitClosedAtOnce(t *testing.T) {
	world(t, func(t *testing.T, _ *clienttest.Server, c *client.Context) {
		var dialled atomic.Int32
		c.Config.Dial = func(ctx context.Context, _ string) (net.Conn, error) {
			if dialled.Add(1) > 100 {
				<-ctx.Done() // or the test would never end
				return nil, ctx.Err()
			}
			ours, theirs := prototest.Pipe()
			return ours, theirs.Close()
		}
		ctx, cancel := within(10 * time.Second)
		defer cancel()
		if err := c.Channel("X").Connect(ctx); !errors.Is(err, client.ErrDisconnected) {
			t.Errorf("error %v, want ErrDisconnected", err)
		}
		if n := dialled.Load(); n > 12 {
			t.Errorf("dialled %d times in 10 s", n)
		}
	})
}

// TestNoSocket: a search that could not begin begins with the next use.
func TestNoSocket(t *testing.T) {
	world(t, func(t *testing.T, _ *clienttest.Server, c *client.Context) {
		listen, broken := c.Config.ListenPacket, errors.New("no socket")
		c.Config.ListenPacket = func() (net.PacketConn, error) {
			if broken != nil {
				return nil, broken
			}
			return listen()
		}
		ctx, cancel := within(time.Second)
		defer cancel()
		ch := c.Channel("X")
		if err := ch.Connect(ctx); !errors.Is(err, broken) {
			t.Errorf("error %v, want %v", err, broken)
		}
		broken = nil
		if err := ch.Connect(ctx); err != nil {
			t.Error("with a socket:", err)
		}
	})
}

// TestUnresponsive: a server that hangs is noticed by the echo that it does not
// answer.
func TestUnresponsive(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		c.Config.ConnectionTimeout = 30 * time.Second
		ch := c.Channel("X")
		ctx, cancel := within(time.Second)
		defer cancel()
		if err := ch.Connect(ctx); err != nil {
			t.Fatal(err)
		}
		srv.SetMute(true)
		srv.SetDeaf(true)
		began := time.Now()
		_, err := ch.Get(context.Background(), client.Request{})
		if !errors.Is(err, client.ErrDisconnected) || !strings.Contains(err.Error(), "no answer for 35s") {
			t.Errorf("error %v", err)
		}
		if d := time.Since(began); d > 36*time.Second {
			t.Errorf("noticed after %v, want 35 s", d)
		}
		srv.SetMute(false)
		srv.SetDeaf(false)
		ctx, cancel = within(time.Minute)
		defer cancel()
		if err := ch.Connect(ctx); err != nil {
			t.Error("after the server has come to:", err)
		}
	})
}

// TestBeaconAnomaly: a beacon of a server that has come back ends the long waits
// between searches.
func TestBeaconAnomaly(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		counter := uint32(0)
		beacon := func() {
			srv.Send(protocol.AppendBeacon(nil, clienttest.Address.Addr(), clienttest.Address.Port(), protocol.Version, counter))
			counter++
		}
		c.Config.MaxSearchPeriod = time.Hour
		ch := c.Channel("NOPE")
		ctx, cancel := within(time.Second)
		defer cancel()
		if err := ch.Connect(ctx); !errors.Is(err, client.ErrNotFound) {
			t.Fatal(err)
		}
		srv.Send(protocol.AppendRepeaterConfirm(nil, clienttest.Address.Addr()))
		for range 100 {
			beacon()
			time.Sleep(15 * time.Second)
		}
		before := srv.Searches("NOPE")
		counter = 1 << 20 // it has started again
		for range 3 {
			beacon()
			time.Sleep(2 * time.Second)
		}
		time.Sleep(5 * time.Second)
		if after := srv.Searches("NOPE"); after == before {
			t.Error("no search after a beacon anomaly")
		}
	})
}

// TestNameServer: with no address to send datagrams to, names are found over TCP.
func TestNameServer(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		c.Config.Addresses = nil
		c.Config.NameServers = []string{"127.0.0.1"}
		ctx, cancel := within(time.Second)
		defer cancel()
		if d, err := c.Channel("X").Get(ctx, client.Request{}); err != nil || d.Sample.Value.Float64() != 1.5 {
			t.Errorf("got %v, %v", d.Sample.Value, err)
		}
		err := c.Channel("NOPE").Connect(ctx)
		if err == nil || !strings.HasSuffix(err.Error(), "not found (searched tcp 127.0.0.1:5064)") {
			t.Errorf("error %v", err)
		}
		if now, _ := srv.Circuits(); now != 1 {
			t.Errorf("%d circuits, want 1", now)
		}
		srv.Add("LATER", clienttest.PV{Type: dbr.Long, Value: pv.Int32Value(3)})
		later := c.Channel("LATER")
		srv.Disconnect()
		ctx, cancel = within(20 * time.Second)
		defer cancel()
		if _, err := later.Get(ctx, client.Request{}); err != nil {
			t.Error("after the name server has gone and come back:", err)
		}
	})
}

// TestNameServerComesBack: a lost name server is dialled again soon, and asked soon
// for names whose next search is far away.
func TestNameServerComesBack(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		c.Config.Addresses = nil
		c.Config.NameServers = []string{"127.0.0.1"}
		c.Config.MaxSearchPeriod = 10 * time.Hour
		late := c.Channel("LATE")
		for _, d := range []time.Duration{time.Second, time.Hour} {
			ctx, cancel := within(d)
			if err := late.Connect(ctx); !errors.Is(err, client.ErrNotFound) {
				t.Fatal(err)
			}
			cancel()
			srv.Send(protocol.AppendRepeaterConfirm(nil, clienttest.Address.Addr()))
		}
		srv.Add("LATE", clienttest.PV{Type: dbr.Long, Value: pv.Int32Value(3)})
		srv.Disconnect()
		ctx, cancel := within(20 * time.Second)
		defer cancel()
		if err := late.Connect(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestCloseWakes: Close of the Context ends everything that waits.
func TestCloseWakes(t *testing.T) {
	world(t, func(t *testing.T, _ *clienttest.Server, c *client.Context) {
		errs := make(chan error, 3)
		m := c.NewMonitor(client.MonitorOptions{})
		go func() { errs <- c.Channel("NOPE").Connect(context.Background()) }()
		go func() { _, err := c.Channel("NOPE").Get(context.Background(), client.Request{}); errs <- err }()
		go func() { _, err := m.Next(context.Background()); errs <- err }()
		synctest.Wait()
		searching := c.Channel("NOPE")
		if err := m.Add(searching); err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
		if s := searching.State(); s != client.Closed {
			t.Errorf("state %v after Close, want closed", s)
		}
		for range 3 {
			if err := <-errs; !errors.Is(err, client.ErrClosed) {
				t.Errorf("error %v, want ErrClosed", err)
			}
		}
		if err := c.Channel("X").Connect(context.Background()); !errors.Is(err, client.ErrClosed) {
			t.Errorf("after Close: %v, want ErrClosed", err)
		}
		if err := m.Add(c.Channel("X")); !errors.Is(err, client.ErrClosed) {
			t.Errorf("Add after Close: %v, want ErrClosed", err)
		}
	})
}

// TestWriteBeforeClose: writes that were accepted are sent though the Context is
// closed at once.
func TestWriteBeforeClose(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		ctx, cancel := within(time.Second)
		defer cancel()
		ch := c.Channel("X")
		for i := range 1000 {
			if err := ch.Put(ctx, pv.Float64Value(float64(i))); err != nil {
				t.Fatal(err)
			}
		}
		_ = c.Close()
		synctest.Wait()
		if got := srv.Value("X").Float64(); got != 999 {
			t.Errorf("last of the writes %v, want 999", got)
		}
	})
}

// TestDroppedChannel: a PV that its server removes is searched for, and may come
// back as another type.
func TestDroppedChannel(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		ctx, cancel := within(time.Second)
		defer cancel()
		ch := c.Channel("X")
		if err := ch.Connect(ctx); err != nil {
			t.Fatal(err)
		}
		srv.Drop("X")
		synctest.Wait()
		if s := ch.State(); s != client.Searching {
			t.Errorf("state %v after the server has dropped the channel, want searching", s)
		}
		srv.Add("X", clienttest.PV{Type: dbr.Long, Value: pv.Int32Value(42)})
		d, err := ch.Get(ctx, client.Request{})
		if err != nil || d.Type != dbr.TimeLong || d.Sample.Value.Int64() != 42 {
			t.Errorf("got %v %v, %v; want the new PV", d.Type, d.Sample.Value, err)
		}
	})
}

// TestCloseWhileConnecting: a channel that is closed before its server has answered
// leaves nothing behind, and the other channels of its circuit do not notice.
func TestCloseWhileConnecting(t *testing.T) {
	world(t, func(t *testing.T, srv *clienttest.Server, c *client.Context) {
		ctx, cancel := within(time.Second)
		defer cancel()
		e := c.Channel("E")
		if err := e.Connect(ctx); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			x := c.Channel("X")
			m := c.NewMonitor(client.MonitorOptions{})
			if err := m.Add(x); err != nil { // the search begins; nobody waits for it
				t.Fatal(err)
			}
			for range rand.IntN(20) {
				runtime.Gosched() // how far it comes is chance
			}
			_ = x.Close()
			_ = m.Close()
		}
		synctest.Wait()
		if _, err := e.Get(ctx, client.Request{}); err != nil {
			t.Error("another channel of the circuit:", err)
		}
		if _, ever := srv.Circuits(); ever != 1 {
			t.Errorf("%d circuits were needed, want 1", ever)
		}
		_ = e.Close()
		synctest.Wait()
		if now, _ := srv.Circuits(); now != 0 {
			t.Error("the circuit stays though its last channel is closed")
		}
	})
}
