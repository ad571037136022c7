package circuit

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

var (
	start        = time.Unix(1e9, 0)
	loopbackAddr = netip.MustParseAddr("127.0.0.1")
)

// feed gives b to c in pieces and returns all events; the error is the first that
// is not ErrShort.
func feed(c *Circuit, b []byte, piece int) (events []Event, err error) {
	for {
		for {
			ev, err := c.Next(start)
			if errors.Is(err, protocol.ErrShort) {
				break
			}
			if err != nil {
				var fault *protocol.Error
				if errors.As(err, &fault) && fault.Scope != protocol.ScopeCircuit {
					continue
				}
				return events, err
			}
			ev.Name = append([]byte(nil), ev.Name...)
			ev.Payload = append([]byte(nil), ev.Payload...)
			events = append(events, *ev)
			if ev.Kind == CreateAsked {
				_, _, _ = c.Accept(nil, ev, dbr.Double, 1, protocol.AccessRead)
			}
		}
		if len(b) == 0 {
			return events, nil
		}
		n := copy(c.Space(1), b[:min(piece, len(b))])
		c.Advance(n)
		b = b[n:]
	}
}

// connected is a server's circuit with one channel of sid 0 and cid 7.
func connected(t testing.TB) *Circuit {
	t.Helper()
	c := New(Config{})
	b := protocol.AppendVersion(nil, 0, 13)
	b = protocol.AppendCreateChan(b, 7, "x", 13)
	if _, err := feed(c, b, len(b)); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestServerRefuses(t *testing.T) {
	hdr := func(h protocol.Header) []byte { return protocol.AppendHeader(nil, h) }
	mask := func(m pv.Mask) []byte { return protocol.AppendEventAdd(nil, uint16(dbr.Double), 1, 0, 1, m) }
	long := strings.Repeat("x", 600)
	tests := []struct {
		name   string
		in     []byte
		status protocol.Status
		close  bool
		reply  protocol.Command // of the answer, if there is one
		cid    uint32
	}{
		// rsrv: camessage.c
		{"read-notify bad sid", protocol.AppendReadNotify(nil, 6, 1, 99, 1), protocol.ECAInternal, true, protocol.CmdError, protocol.NoID},
		{"read bad sid", protocol.AppendRead(nil, 6, 1, 99, 1), protocol.ECAInternal, true, protocol.CmdError, protocol.NoID},
		{"write bad sid", protocol.AppendWrite(nil, 6, 1, 99, 1, make([]byte, 8)), protocol.ECAInternal, true, protocol.CmdError, protocol.NoID},
		{"write-notify bad sid", protocol.AppendWriteNotify(nil, 6, 1, 99, 1, make([]byte, 8)), protocol.ECAInternal, true, protocol.CmdError, protocol.NoID},
		{"event add bad sid", protocol.AppendEventAdd(nil, 6, 1, 99, 1, 1), protocol.ECAInternal, true, protocol.CmdError, protocol.NoID},
		{"read-notify bad type", protocol.AppendReadNotify(nil, 39, 1, 0, 1), 0, true, 0, 0},
		{"event add bad type", protocol.AppendEventAdd(nil, 39, 1, 0, 1, 1), 0, true, 0, 0},
		{"read bad type", protocol.AppendRead(nil, 39, 1, 0, 1), protocol.ECABadType, true, protocol.CmdError, 7},
		{"write bad type", protocol.AppendWrite(nil, 39, 1, 0, 1, make([]byte, 8)), protocol.ECABadType, true, protocol.CmdError, 7},
		{"write-notify bad type", protocol.AppendWriteNotify(nil, 39, 1, 0, 1, make([]byte, 8)), protocol.ECABadType, true, protocol.CmdWriteNotify, uint32(protocol.ECABadType)},
		{"mask 0", mask(0), protocol.ECAAllocMem, true, protocol.CmdError, 7},
		{"event add without payload", hdr(protocol.Header{Command: protocol.CmdEventAdd, DataType: 6, Count: 1}), protocol.ECAAllocMem, true, protocol.CmdError, 7},
		{"cancel unknown", protocol.AppendEventCancel(nil, 6, 1, 0, 5), protocol.ECABadMonID, true, protocol.CmdError, 7},
		{"clear unknown", protocol.AppendClearChannel(nil, 99, 7), protocol.ECAInternal, true, protocol.CmdError, protocol.NoID},
		{"misaligned", hdr(protocol.Header{Command: protocol.CmdEcho, Size: 5}), protocol.ECAInternal, true, protocol.CmdError, protocol.NoID},
		{"unknown command", hdr(protocol.Header{Command: 99}), protocol.ECAInternal, true, protocol.CmdError, protocol.NoID},
		{"a server's message", hdr(protocol.Header{Command: protocol.CmdAccessRights}), protocol.ECAInternal, true, protocol.CmdError, protocol.NoID},
		{"too large", hdr(protocol.Header{Command: protocol.CmdWrite, Size: 1 << 30, DataType: 6}), protocol.ECAToLarge, false, protocol.CmdError, 7},
		{"priority", protocol.AppendVersion(nil, 100, 13), 0, true, 0, 0},
		{"version", protocol.AppendVersion(nil, 0, 3), 0, true, 0, 0},
		{"late host name", protocol.AppendHostName(nil, "h"), protocol.ECAInternal, false, protocol.CmdError, protocol.NoID},
		{"late user name", protocol.AppendClientName(nil, long), protocol.ECAInternal, false, protocol.CmdError, protocol.NoID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connected(t)
			events, err := feed(c, tt.in, 1)
			if tt.close != errors.Is(err, ErrClosed) {
				t.Errorf("circuit ends with %v, want closed %v", err, tt.close)
			}
			if len(events) != 1 || events[0].Kind != Refused {
				t.Fatalf("events %v, want one Refused", events)
			}
			ev := &events[0]
			if ev.Status != tt.status || ev.Close != tt.close {
				t.Errorf("status %v close %v, want %v %v", ev.Status, ev.Close, tt.status, tt.close)
			}
			out := c.AppendRefusal(nil, ev)
			if tt.reply == 0 && tt.status == 0 {
				if len(out) != 0 {
					t.Errorf("answered %x, want silence", out)
				}
				return
			}
			m, n, err := protocol.Next(out, protocol.Limits{})
			if err != nil || n != len(out) {
				t.Fatalf("answer %x: %v", out, err)
			}
			if m.Command != tt.reply || m.Param1 != tt.cid {
				t.Errorf("answer %v with id %#x, want %v with %#x", m.Command, m.Param1, tt.reply, tt.cid)
			}
		})
	}
}

func TestServerBeforeVersion(t *testing.T) {
	c := New(Config{})
	b := protocol.AppendEcho(nil)
	b = protocol.AppendWrite(b, 6, 1, 0, 0, make([]byte, 80))
	b = protocol.AppendHeader(b, protocol.Header{Command: protocol.CmdWrite, Size: 12}) // misaligned, passed over
	b = append(b, make([]byte, 12)...)
	b = protocol.AppendVersion(b, 3, 11)
	b = protocol.AppendEcho(b)
	for _, piece := range []int{1, 7, len(b)} {
		t.Run(fmt.Sprint(piece), func(t *testing.T) {
			*c = *New(Config{})
			events, err := feed(c, b, piece)
			if err != nil {
				t.Fatal(err)
			}
			want := []Kind{Refused, Refused, Refused, VersionSaid, EchoAsked}
			if got := kinds(events); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("events %v, want %v", got, want)
			}
			for _, ev := range events[:3] {
				if ev.Status != protocol.ECADefunct || ev.Close {
					t.Errorf("refused with %v, close %v", ev.Status, ev.Close)
				}
			}
			if c.Minor() != 11 || events[3].Priority != 3 {
				t.Errorf("version 4.%d, priority %d", c.Minor(), events[3].Priority)
			}
		})
	}
}

// A message that is passed over may have the long header though its size is small.
func TestServerBeforeVersionLongHeader(t *testing.T) {
	b := []byte{0, 4, 0xFF, 0xFF, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 1} // WRITE, misaligned
	b = append(b, make([]byte, 12)...)
	b = protocol.AppendVersion(b, 3, 11)
	b = protocol.AppendEcho(b)
	for _, piece := range []int{1, 7, len(b)} {
		events, err := feed(New(Config{}), b, piece)
		want := []Kind{Refused, VersionSaid, EchoAsked}
		if got := kinds(events); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("in pieces of %d: %v, %v; want %v", piece, got, err, want)
		}
	}
}

func kinds(events []Event) (k []Kind) {
	for _, ev := range events {
		k = append(k, ev.Kind)
	}
	return k
}

func TestServerTooLargeIsDrained(t *testing.T) {
	b := protocol.AppendWrite(nil, 6, 30, 0, 7, make([]byte, 240))
	b = protocol.AppendReadNotify(b, 6, 1, 0, 5)
	for _, piece := range []int{1, 100, len(b)} {
		c := New(Config{Limits: protocol.Limits{MaxPayload: 64}})
		head := protocol.AppendCreateChan(protocol.AppendVersion(nil, 0, 13), 7, "x", 13)
		if _, err := feed(c, head, 1000); err != nil {
			t.Fatal(err)
		}
		events, err := feed(c, b, piece)
		if err != nil || fmt.Sprint(kinds(events)) != fmt.Sprint([]Kind{Refused, ReadNotifyAsked}) {
			t.Errorf("in pieces of %d: %v, %v", piece, kinds(events), err)
		}
	}
}

func TestServerSubscriptions(t *testing.T) {
	c := connected(t)
	b := protocol.AppendEventAdd(nil, 6, 0, 0, 1, pv.EventValue)
	b = protocol.AppendEventAdd(b, 6, 0, 0, 2, pv.EventValue)
	b = protocol.AppendEventAdd(b, 6, 0, 0, 3, pv.EventValue)
	b = protocol.AppendEventCancel(b, 6, 0, 0, 2)
	events, err := feed(c, b, len(b))
	if err != nil {
		t.Fatal(err)
	}
	last := events[3]
	if last.Kind != EventCancelAsked || last.Subscription != events[1].Subscription {
		t.Errorf("cancelled %+v", last)
	}
	if got := c.Subscriptions(); got != 2 {
		t.Errorf("%d subscriptions, want 2", got)
	}
	out := c.AppendCancelled(nil, last.Subscription)
	m, _, _ := protocol.Next(out, protocol.Limits{})
	if m.Command != protocol.CmdEventAdd || m.Size != 0 || m.Param1 != 0 || m.Param2 != 2 || m.DataType != 6 {
		t.Errorf("cancel confirmed by %+v", m)
	}
	events, err = feed(c, protocol.AppendClearChannel(nil, 0, 7), 1)
	if err != nil || len(events) != 1 || events[0].Kind != ClearAsked || len(events[0].Channel.Subscriptions()) != 2 {
		t.Fatalf("clear: %v %v", events, err)
	}
	if c.Subscriptions() != 0 || c.Channels().Len() != 0 {
		t.Errorf("%d subscriptions and %d channels after clear", c.Subscriptions(), c.Channels().Len())
	}
	if ch := events[0].Channel; ch.State() != Clearing {
		t.Errorf("channel is %v", ch.State())
	}
	c.AppendCleared(nil, &events[0])
	if ch := events[0].Channel; ch.State() != Gone {
		t.Errorf("channel is %v", ch.State())
	}
}

func TestServerVersions(t *testing.T) {
	create := func(minor uint16, count uint32) (reply []byte, refusal []byte, dropped error) {
		c := New(Config{})
		b := protocol.AppendVersion(nil, 0, minor)
		b = protocol.AppendCreateChan(b, 7, "x", minor)
		copy(c.Space(len(b)), b)
		c.Advance(len(b))
		_, _ = c.Next(start)
		ev, err := c.Next(start)
		if err != nil || ev.Kind != CreateAsked {
			t.Fatalf("%v %v", ev.Kind, err)
		}
		refusal = c.Refuse(nil, ev)
		reply, ch, err := c.Accept(nil, ev, dbr.Double, count, protocol.AccessRead)
		if err != nil {
			t.Fatal(err)
		}
		_, dropped = c.Drop(nil, ch)
		return reply, refusal, dropped
	}
	for minor := uint16(4); minor <= 13; minor++ {
		reply, refusal, dropped := create(minor, 100000)
		_, n, _ := protocol.Next(reply, protocol.Limits{})
		m, _, err := protocol.Next(reply[n:], protocol.Limits{})
		want := uint32(100000)
		if minor < 9 {
			want = 0xFFFE
		}
		if err != nil || m.Command != protocol.CmdCreateChan || m.Count != want {
			t.Errorf("4.%d: %v of %d elements, %v; want %d", minor, m.Command, m.Count, err, want)
		}
		if len(refusal) != protocol.HeaderLen {
			t.Errorf("4.%d: refusal %x", minor, refusal)
		}
		if (dropped == nil) != (minor >= 7) {
			t.Errorf("4.%d: drop: %v", minor, dropped)
		}
	}
}

// client is a client's circuit with one ready channel.
func client(t testing.TB, minor uint16) (*Circuit, *Channel) {
	t.Helper()
	c := New(Config{Role: Client})
	if _, err := c.AppendHello(nil, "user", "host"); err != nil {
		t.Fatal(err)
	}
	_, ch, err := c.Create(nil, "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	b := protocol.AppendVersion(nil, 0, minor)
	b = protocol.AppendAccessRights(b, ch.CID, protocol.AccessRead)
	b = protocol.AppendCreateChanReply(b, uint16(dbr.Double), 5, ch.CID, 42)
	if _, err := feed(c, b, 1); err != nil {
		t.Fatal(err)
	}
	if ch.State() != Ready || ch.SID != 42 || ch.Access != protocol.AccessRead {
		t.Fatalf("channel %+v", ch)
	}
	return c, ch
}

func TestClientHello(t *testing.T) {
	c := New(Config{Role: Client, Priority: 20})
	if _, _, err := c.Create(nil, "x", nil); !errors.Is(err, ErrState) {
		t.Errorf("create before VERSION: %v", err)
	}
	out, err := c.AppendHello(nil, "u", "h")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{})
	events, err := feed(s, out, 1)
	if err != nil || fmt.Sprint(kinds(events)) != fmt.Sprint([]Kind{VersionSaid, ClientNamed, HostNamed}) {
		t.Fatalf("%v %v", events, err)
	}
	if events[0].Priority != 20 || string(events[1].Name) != "u" || string(events[2].Name) != "h" {
		t.Errorf("said %v", events)
	}
}

func TestClientAnswers(t *testing.T) {
	c, ch := client(t, 13)
	_, read, _ := c.ReadNotify(nil, ch, dbr.Double, 1, "read")
	_, write, _ := c.WriteNotify(nil, ch, dbr.Double, 1, make([]byte, 8), "write")
	_, failed, _ := c.ReadNotify(nil, ch, dbr.Double, 1, "failed")
	_, forgotten, _ := c.ReadNotify(nil, ch, dbr.Double, 1, "forgotten")
	c.Forget(forgotten)
	b := protocol.AppendMessage(nil, protocol.ReadNotifyReply(6, 1, protocol.ECANormal, read), make([]byte, 8))
	b = protocol.AppendMessage(b, protocol.ReadNotifyReply(6, 1, protocol.ECANormal, read), make([]byte, 8)) // twice
	b = protocol.AppendMessage(b, protocol.ReadNotifyReply(6, 1, protocol.ECANormal, forgotten), make([]byte, 8))
	b = protocol.AppendWriteNotifyReply(b, 6, 1, protocol.ECAPutFail, write)
	b = protocol.AppendError(b, ch.CID, protocol.ECAGetFail, protocol.Header{Command: protocol.CmdReadNotify, Param2: failed}, "no")
	events, err := feed(c, b, 3)
	if err != nil || len(events) != 3 {
		t.Fatalf("%v %v", events, err)
	}
	for i, want := range []struct {
		kind   Kind
		owner  any
		status protocol.Status
	}{
		{ReadAnswered, "read", protocol.ECANormal},
		{WriteAnswered, "write", protocol.ECAPutFail},
		{ErrorReported, "failed", protocol.ECAGetFail},
	} {
		if ev := events[i]; ev.Kind != want.kind || ev.Owner != want.owner || ev.Status != want.status || ev.Channel != ch {
			t.Errorf("event %d: %v of %v with %v", i, ev.Kind, ev.Owner, ev.Status)
		}
	}
	if events[2].Error.Text != "no" {
		t.Errorf("error %v", events[2].Error)
	}
}

func TestClientCancel(t *testing.T) {
	c, ch := client(t, 13)
	_, s, err := c.Subscribe(nil, ch, dbr.Double, 0, pv.EventValue, "me")
	if err != nil {
		t.Fatal(err)
	}
	empty := protocol.AppendHeader(nil, protocol.EventReply(6, 0, protocol.ECANormal, s.ID))
	events, err := feed(c, empty, 100)
	if err != nil || len(events) != 1 || events[0].Kind != Updated {
		t.Fatalf("empty array: %v %v", events, err)
	}
	if _, err := c.Unsubscribe(nil, s); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Unsubscribe(nil, s); !errors.Is(err, ErrState) {
		t.Errorf("cancelled twice: %v", err)
	}
	late := protocol.AppendMessage(nil, protocol.EventReply(6, 1, protocol.ECANormal, s.ID), make([]byte, 8))
	b := append(late, protocol.AppendEventCancelReply(nil, 6, 0, ch.SID, s.ID)...)
	b = append(b, empty...) // nothing is known of it any more
	events, err = feed(c, b, 100)
	if err != nil || len(events) != 1 || events[0].Kind != Cancelled || events[0].Subscription != s {
		t.Fatalf("cancel: %v %v", events, err)
	}
	if c.Subscriptions() != 0 || len(ch.Subscriptions()) != 0 {
		t.Errorf("%d subscriptions left", c.Subscriptions())
	}
}

func TestClientChannelEnds(t *testing.T) {
	t.Run("clear", func(t *testing.T) {
		c, ch := client(t, 13)
		if _, _, err := c.Subscribe(nil, ch, dbr.Double, 0, pv.EventValue, nil); err != nil {
			t.Fatal(err)
		}
		out, err := c.Clear(nil, ch)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.ReadNotify(nil, ch, dbr.Double, 1, nil); !errors.Is(err, ErrState) {
			t.Errorf("read after clear: %v", err)
		}
		events, err := feed(c, out, 100)
		if err != nil || len(events) != 1 || events[0].Kind != Cleared {
			t.Fatalf("%v %v", events, err)
		}
		if c.Channels().Len() != 0 || c.Subscriptions() != 0 {
			t.Error("something is left")
		}
	})
	t.Run("drop", func(t *testing.T) {
		c, ch := client(t, 13)
		_, _, _ = c.ReadNotify(nil, ch, dbr.Double, 1, "waiting")
		events, err := feed(c, protocol.AppendServerDisconn(nil, ch.CID), 100)
		if err != nil || len(events) != 1 || events[0].Kind != ChannelDropped || ch.State() != Gone {
			t.Fatalf("%v %v", events, err)
		}
		var waiting []any
		c.Abandon(ch, func(owner any) { waiting = append(waiting, owner) })
		if len(waiting) != 1 || waiting[0] != "waiting" {
			t.Errorf("abandoned %v", waiting)
		}
	})
	t.Run("fail", func(t *testing.T) {
		c, _ := client(t, 13)
		_, ch, _ := c.Create(nil, "y", nil)
		events, err := feed(c, protocol.AppendCreateChanFail(nil, ch.CID), 100)
		if err != nil || len(events) != 1 || events[0].Kind != CreateFailed {
			t.Fatalf("%v %v", events, err)
		}
	})
}

func TestClientFaults(t *testing.T) {
	c, ch := client(t, 13)
	load := func(b []byte) { c.Advance(copy(c.Space(len(b)), b)) }
	var fault *protocol.Error

	load(protocol.AppendCreateChanReply(nil, 6, 1, ch.CID, 43)) // it is ready already
	if _, err := c.Next(start); !errors.As(err, &fault) || fault.Scope != protocol.ScopeMessage {
		t.Errorf("second CREATE_CHAN: %v", err)
	}
	if c.State() != Connected || ch.SID != 42 {
		t.Errorf("circuit is %v, sid %d", c.State(), ch.SID)
	}
	load(protocol.AppendHostName(nil, "a client's message"))
	if _, err := c.Next(start); !errors.As(err, &fault) || fault.Scope != protocol.ScopeCircuit {
		t.Errorf("HOST_NAME: %v", err)
	}
	if _, err := c.Next(start); !errors.Is(err, ErrClosed) {
		t.Errorf("after that: %v", err)
	}
	if _, _, err := c.Create(nil, "x", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("create: %v", err)
	}
}

func TestClientVersions(t *testing.T) {
	for minor := uint16(4); minor <= 13; minor++ {
		c, ch := client(t, minor)
		out, _, err := c.ReadNotify(nil, ch, dbr.Double, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := uint32(0)
		if minor < 13 {
			want = 5 // there is no "as many as there are"
		}
		if m, _, _ := protocol.Next(out, protocol.Limits{}); m.Count != want {
			t.Errorf("4.%d: read of %d elements, want %d", minor, m.Count, want)
		}
		_, err = c.Write(nil, ch, dbr.Double, 70000, make([]byte, 560000))
		if errors.Is(err, ErrVersion) != (minor < 9) {
			t.Errorf("4.%d: large write: %v", minor, err)
		}
		_, err = c.Search(nil, 1, "x")
		if errors.Is(err, ErrVersion) != (minor < 12) {
			t.Errorf("4.%d: search: %v", minor, err)
		}
	}
}

// What decides about the long header is the payload with its padding.
func TestClientLargestShortMessage(t *testing.T) {
	c, ch := client(t, 8)
	for _, tt := range []struct {
		size int
		ok   bool
	}{{65520, true}, {65521, true}, {65528, true}, {65529, false}, {65534, false}, {65536, false}} {
		out, err := c.Write(nil, ch, dbr.Char, uint32(tt.size), make([]byte, tt.size))
		if !tt.ok {
			if !errors.Is(err, ErrVersion) {
				t.Errorf("%d bytes: %v", tt.size, err)
			}
			continue
		}
		if want := protocol.HeaderLen + (tt.size+7)&^7; err != nil || len(out) != want {
			t.Errorf("%d bytes: message of %d, %v; want %d", tt.size, len(out), err, want)
		}
	}
}

func TestWatchdog(t *testing.T) {
	c, _ := client(t, 13)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	tick := func(s float64) (echo bool, err error) {
		out, err := c.Tick(at(s), nil)
		return len(out) > 0, err
	}
	hear := func(s float64) {
		b := protocol.AppendEcho(nil)
		c.Advance(copy(c.Space(16), b))
		if _, err := c.Next(at(s)); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(s float64, echo bool, err error) {
		t.Helper()
		if e, err2 := tick(s); e != echo || !errors.Is(err2, err) {
			t.Errorf("at %v s: echo %v, %v; want %v, %v", s, e, err2, echo, err)
		}
	}
	expect(29.9, false, nil)
	expect(30, true, nil)
	expect(34.9, false, nil)
	expect(35, false, ErrUnresponsive)
	hear(36)
	expect(36, false, nil)
	if got := c.NextTick(); !got.Equal(at(66)) {
		t.Errorf("next tick at %v", got)
	}
	c.Alive(at(50))
	expect(66, false, nil)
	expect(80, true, nil)
}

func TestInputGrowsAndShrinks(t *testing.T) {
	c := connected(t)
	big := protocol.AppendWrite(nil, 6, 100000, 0, 7, make([]byte, 800000))
	if events, err := feed(c, big, len(big)); err != nil || len(events) != 1 || len(events[0].Payload) != 800000 {
		t.Fatalf("%v, %v", kinds(events), err)
	}
	small := protocol.AppendEcho(nil)
	for range 2 * inputQuiet {
		if _, err := feed(c, small, 16); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(c.in.buf); n > inputKeep {
		t.Errorf("buffer still has %d bytes", n)
	}
}

// A header alone makes the circuit keep little; the message gets through all the same.
func TestInputOfALargeMessage(t *testing.T) {
	c := connected(t)
	big := protocol.AppendWrite(nil, 6, 1<<20, 0, 7, make([]byte, 8<<20))
	c.Advance(copy(c.Space(1), big[:24]))
	if _, err := c.Next(start); !errors.Is(err, protocol.ErrShort) {
		t.Fatal(err)
	}
	if n := len(c.Space(1)); n > inputTrust {
		t.Errorf("space of %d bytes after a header", n)
	}
	events, err := feed(c, big[24:], len(big))
	if err != nil || len(events) != 1 || len(events[0].Payload) != 8<<20 {
		t.Errorf("%v, %v", kinds(events), err)
	}
}

func TestZeroAllocations(t *testing.T) {
	c := connected(t)
	b := protocol.AppendReadNotify(nil, 6, 1, 0, 5)
	if n := testing.AllocsPerRun(100, func() {
		c.Advance(copy(c.Space(len(b)), b))
		if ev, err := c.Next(start); err != nil || ev.Kind != ReadNotifyAsked {
			t.Fatal(ev.Kind, err)
		}
		_, _ = c.Next(start)
	}); n != 0 {
		t.Errorf("%v allocations per request", n)
	}
}

func BenchmarkNext(b *testing.B) {
	c := connected(b)
	var in []byte
	for range 100 {
		in = protocol.AppendReadNotify(in, 6, 1, 0, 5)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Advance(copy(c.Space(len(in)), in))
		for range 100 {
			if _, err := c.Next(start); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// What a client has sent on a channel before it hears that the channel was dropped is
// passed over; what it sends on one that it has cleared itself is not.
func TestRequestsCrossDrop(t *testing.T) {
	c := New(Config{})
	events := func(b []byte) (kinds []Kind, last Event) {
		t.Helper()
		copy(c.Space(len(b)), b)
		c.Advance(len(b))
		for {
			ev, err := c.Next(start)
			if err != nil {
				return kinds, last
			}
			kinds, last = append(kinds, ev.Kind), *ev
		}
	}
	events(protocol.AppendVersion(nil, 0, 13))
	create := func() *Channel {
		t.Helper()
		_, ev := events(protocol.AppendCreateChan(nil, 7, "x", 13))
		_, ch, err := c.Accept(nil, &ev, dbr.Double, 1, protocol.AccessRead)
		if err != nil {
			t.Fatal(err)
		}
		return ch
	}
	requests := func(sid uint32) []byte {
		b := protocol.AppendEventAdd(nil, uint16(dbr.Double), 1, sid, 3, pv.EventValue)
		b = protocol.AppendReadNotify(b, uint16(dbr.Double), 1, sid, 1)
		b = protocol.AppendWrite(b, uint16(dbr.Double), 1, sid, 1, make([]byte, 8))
		b = protocol.AppendWriteNotify(b, uint16(dbr.Double), 1, sid, 2, make([]byte, 8))
		b = protocol.AppendEventCancel(b, uint16(dbr.Double), 1, sid, 3)
		b = protocol.AppendClearChannel(b, sid, 7)
		return protocol.AppendEcho(b)
	}
	ch := create()
	if _, err := c.Drop(nil, ch); err != nil {
		t.Fatal(err)
	}
	if got, _ := events(requests(ch.SID)); !slices.Equal(got, []Kind{EchoAsked}) || c.State() != Connected {
		t.Errorf("requests on a dropped channel: %v, circuit %v", got, c.State())
	}
	ch = create()
	events(protocol.AppendClearChannel(nil, ch.SID, 7))
	if got, ev := events(requests(ch.SID)); !slices.Equal(got, []Kind{Refused}) || !ev.Close {
		t.Errorf("requests on a cleared channel: %v", got)
	}
}
