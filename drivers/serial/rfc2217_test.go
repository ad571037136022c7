package serial

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// terminalServer is a server of one line, as RFC 2217 describes it: it sets what it is told
// and notes it, and gives data to the instrument.
type terminalServer struct {
	baud       uint32                   // that it sets whatever it is told; 0: what it is told
	refuse     []byte                   // options that it refuses
	instrument func(data []byte) []byte // answers

	mu   sync.Mutex
	told []string
}

func (s *terminalServer) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, fmt.Sprintf(format, args...))
}

func (s *terminalServer) listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-ended })
	// ends when the listener is closed and the last connection has ended
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.serve(conn)
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// serve reads IAC sequences one by one, in the plainest way.
func (s *terminalServer) serve(conn net.Conn) {
	one := func() byte {
		var b [1]byte
		if _, err := io.ReadFull(conn, b[:]); err != nil {
			panic(err)
		}
		return b[0]
	}
	defer func() { _ = recover() }() // of a connection that has ended
	send := func(b ...byte) { _, _ = conn.Write(b) }
	var line []byte
	for {
		b := one()
		if b == 255 {
			switch b = one(); b {
			case 250:
				s.sub(one, send)
				continue
			case 251, 253: // WILL, DO: DO, WILL
				option := one()
				switch {
				case b == 251 && bytes.IndexByte(s.refuse, option) >= 0:
					send(255, 254, option)
				case b == 251:
					send(255, 253, option)
				default:
					send(255, 251, option)
				}
				continue
			case 252, 254:
				one()
				continue
			}
		}
		line = append(line, b)
		if b == '\n' {
			answer := s.instrument(line)
			send(bytes.ReplaceAll(answer, []byte{255}, []byte{255, 255})...)
			line = nil
		}
	}
}

func (s *terminalServer) sub(one func() byte, send func(...byte)) {
	var b []byte
	for {
		x := one()
		if x == 255 {
			if x = one(); x == 240 {
				break
			}
		}
		b = append(b, x)
	}
	value := b[2:]
	s.note("%d %x", b[1], value)
	if b[1] == 1 && s.baud != 0 {
		value = binary.BigEndian.AppendUint32(nil, s.baud)
	}
	if b[1] == 5 && value[0] == 5 { // what comes while there is a break is dropped by us
		send('j', 'u', 'n', 'k')
	}
	send(255, 250, 44, b[1]+100)
	send(bytes.ReplaceAll(value, []byte{255}, []byte{255, 255})...)
	send(255, 240)
}

func TestRFC2217(t *testing.T) {
	server := &terminalServer{instrument: func(line []byte) []byte {
		if !bytes.Equal(line, []byte("\xff\r\x00A?\n")) {
			t.Errorf("the instrument got %q", line)
		}
		return []byte("\xff\r\x00\xff7\n")
	}}
	off, on := false, true
	p, err := New(Options{
		Transport: RFC2217{server.listen(t), Line{
			Baud: 65535, Bits: 7, Parity: ParityEven, Stop: 2, Flow: FlowRTSCTS,
			DTR: &off, RTS: &on, Break: time.Millisecond, Settle: time.Millisecond,
		}},
		Devices: []Device{{Name: "D", Channels: []Channel{{Name: "A", Read: `\xff\r\x00A?`, Reply: `\xff\r\x00\xff%d`}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := p.Channel("D", "A").(drivers.Reader).Read(t.Context())
	if err != nil || v.Int64() != 7 {
		t.Errorf("read %v, %v; want 7", v.Int64(), err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if d := cmp.Diff([]string{
		"1 0000ffff", "2 07", "3 03", "4 02", "5 03", "5 09", "5 0b", "5 05", "5 06", "10 00", "11 00", "12 03",
	}, server.told); d != "" {
		t.Errorf("the server was told (-want +got):\n%s", d)
	}
}

func TestRFC2217Refused(t *testing.T) {
	for _, c := range []struct {
		server *terminalServer
		want   string
	}{
		{&terminalServer{refuse: []byte{44}}, "if it only passes bytes use tcp"},
		{&terminalServer{baud: 115200}, "baud: the server has set 115200"},
	} {
		_, err := RFC2217{c.server.listen(t), Line{Baud: 250000}}.Dial(t.Context())
		if !drivers.IsLost(err) || drivers.AlarmOf(err, pv.StatusRead).Status != pv.StatusComm || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want a loss about %q", err, c.want)
		}
	}
}

// TestSuspend: what the server does not want is not sent before it wants it.
func TestSuspend(t *testing.T) { synctest.Test(t, testSuspend) }

func testSuspend(t *testing.T) {
	near, far := net.Pipe()
	c := &telnetConn{conn: near, changed: make(chan struct{}), closed: make(chan struct{})}
	defer c.Close()
	read := make(chan string, 2)
	// ends when near is closed
	go func() {
		b := make([]byte, 10)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			read <- string(b[:n])
		}
	}()
	tell := func(command byte, then string) {
		_, _ = far.Write(append([]byte{255, 250, 44, command, 255, 240}, then...))
		if got := <-read; got != then {
			t.Errorf("read %q, want %q", got, then)
		}
	}
	tell(108, "a")
	written := make(chan error, 1)
	go func() { _, err := c.Write([]byte("x")); written <- err }()
	got := make(chan string, 1)
	go func() { b := make([]byte, 10); n, _ := far.Read(b); got <- string(b[:n]) }()
	synctest.Wait()
	select {
	case b := <-got:
		t.Errorf("%q was sent to a server that wants nothing", b)
	default:
	}
	tell(109, "b")
	if err := <-written; err != nil {
		t.Error(err)
	}
	if b := <-got; b != "x" {
		t.Errorf("%q was sent, want x", b)
	}
	tell(108, "c")
	go func() { _, err := c.Write([]byte("x")); written <- err }()
	c.Close()
	if err := <-written; err == nil {
		t.Error("a write on a closed connection has no error")
	}
}

// TestTelnetNegotiation: each offer is answered once, what is not wanted is refused, and
// what we have asked for ourselves needs no answer.
func TestTelnetNegotiation(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"\xff\xfd\x2c\xff\xfd\x00\xff\xfb\x00", ""},             // DO and WILL what was offered and asked
		{"\xff\xfb\x01\xff\xfb\x01", "\xff\xfe\x01\xff\xfe\x01"}, // WILL ECHO: DONT
		{"\xff\xfd\x18", "\xff\xfc\x18"},                         // DO TERMINAL-TYPE: WONT
		{"\xff\xfb\x2c\xff\xfb\x2c", "\xff\xfd\x2c"},             // WILL COM-PORT: DO, once
		{"\xff\xfe\x00\xff\xfe\x00", "\xff\xfc\x00"},             // DONT BINARY: WONT, once
		{"\xff\xf1\xff\xfa\x18\x01\xff\xf0", ""},                 // NOP, a suboption that is not ours
	} {
		var n telnet
		n.begin()
		n.reply = nil
		if data := n.decode(nil, []byte(c.in)); len(data) != 0 || string(n.reply) != c.want {
			t.Errorf("%q: data %q, reply %q, want %q", c.in, data, n.reply, c.want)
		}
	}
}

// TestTelnetText: where binary data is refused a CR stands alone only before a NUL.
func TestTelnetText(t *testing.T) {
	var n telnet
	if got := n.encode(nil, []byte("a\rb\r\n\xff\r")); string(got) != "a\r\x00b\r\n\xff\xff\r\x00" {
		t.Errorf("encoded %q", got)
	}
	if got := n.decode(nil, []byte("a\r\x00b\r\n\xff\xff\r\x00")); string(got) != "a\rb\r\n\xff\r" {
		t.Errorf("decoded %q", got)
	}
	n.decode(nil, []byte("\xff\xfd\x00\xff\xfb\x00"))
	if got := n.encode(nil, []byte("\r\x00\xff")); string(got) != "\r\x00\xff\xff" {
		t.Errorf("encoded as binary %q", got)
	}
	if got := n.decode(nil, []byte("\r\x00")); string(got) != "\r\x00" {
		t.Errorf("decoded as binary %q", got)
	}
}

// FuzzTelnet: whatever a server sends, it is taken byte by byte as it is taken at once, and
// what is sent is read back by the same rules.
func FuzzTelnet(f *testing.F) {
	for _, s := range []string{
		"data\xff\xff\r\x00\r\n", "\xff\xfd\x2c\xff\xfb\x00\xff\xfd\x00\r\x00", "\xff\xfa\x2c\x65\x00\x00\x25\x80\xff\xf0x",
		"\xff\xfa\x2c\x6c\xff\xf0", "\xff\xfa\x2c\x69\xff\xff\xff\xf0", "\xff\xfa" + strings.Repeat("x", 200), "\xff\xfa\xff\xfa\xff", "\xff\xfa\x2c\x70\x03\xff\xf0",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var whole, single telnet
		whole.begin()
		single.begin()
		a := whole.decode(nil, in)
		var b []byte
		for _, x := range in {
			b = single.decode(b, []byte{x})
		}
		if !bytes.Equal(a, b) || !bytes.Equal(whole.reply, single.reply) || whole.answers != single.answers || whole.suspended != single.suspended {
			t.Errorf("at once %q, reply %q; byte by byte %q, reply %q", a, whole.reply, b, single.reply)
		}
		if len(a) > len(in) || len(whole.sub) > maxSuboption {
			t.Errorf("%d bytes of data from %d, %d bytes of a suboption kept", len(a), len(in), len(whole.sub))
		}
		sender, receiver := telnet{binarySend: whole.binarySend}, telnet{binaryRead: whole.binarySend}
		if got := receiver.decode(nil, sender.encode(nil, in)); !slices.Equal(got, in) {
			t.Errorf("%q is sent as %q, which reads %q", in, sender.encode(nil, in), got)
		}
	})
}
