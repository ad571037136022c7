package serial

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/drivers"
)

// caller connects an instrument that answers once.
func caller(t *testing.T, l *Listener, answer string) {
	t.Helper()
	conn, err := net.Dial("tcp", l.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	// ends with the connection
	go func() {
		if _, err := bufio.NewReader(conn).ReadString('\n'); err == nil {
			_, _ = fmt.Fprint(conn, answer)
		}
	}()
}

func listening(t *testing.T, l *Listener) *Port {
	t.Helper()
	p, err := New(Options{
		Transport: l, Log: slog.New(slog.DiscardHandler),
		Devices: []Device{{Name: "D", Channels: []Channel{{Name: "A", Read: "A?", Reply: "%d"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestListen: an instrument that connects anew, as it does when it has started anew, takes
// the place of its old connection.
func TestListen(t *testing.T) {
	l := Listen("127.0.0.1:0")
	if _, _, err := l.open(); err != nil {
		t.Fatal(err)
	}
	p := listening(t, l)
	read := p.Channel("D", "A").(drivers.Reader).Read
	for n := range 3 {
		caller(t, l, fmt.Sprintf("%d\n", n))
		if n > 0 {
			if err := p.Run(t.Context()); !drivers.IsLost(err) || !strings.Contains(err.Error(), "connected anew") {
				t.Fatalf("the old connection: %v, want that it is lost, and why", err)
			}
		}
		if err := p.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if v, err := read(t.Context()); err != nil || v.Int64() != int64(n) {
			t.Errorf("read %d, %v; want %d", v.Int64(), err, n)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if a := l.Address(); a != nil {
		t.Errorf("it listens on %v though the port is closed", a)
	}
}

// TestListenCancelled: waiting for an instrument ends with the context, and with it
// listening.
func TestListenCancelled(t *testing.T) {
	l := Listen("127.0.0.1:0")
	if _, _, err := l.open(); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(l.Address().String()).Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "another program listens there") {
		t.Errorf("the same address again: %v, want that it is in use", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	opened := make(chan error, 1)
	// ends with ctx
	go func() { opened <- listening(t, l).Open(ctx) }()
	cancel()
	if err := <-opened; !errors.Is(err, context.Canceled) {
		t.Errorf("Open: %v, want that it was cancelled", err)
	}
	if a := l.Address(); a != nil {
		t.Errorf("it still listens on %v", a)
	}
}

// TestListenNobody: when nobody has come, listening goes on for a while for the next Dial,
// and then ends.
func TestListenNobody(t *testing.T) {
	l := Listen("127.0.0.1:0")
	if _, _, err := l.open(); err != nil {
		t.Fatal(err)
	}
	first := l.Address()
	l.closeLater()
	if _, _, err := l.open(); err != nil || l.Address() != first {
		t.Errorf("it listens on %v, %v; want %v still", l.Address(), err, first)
	}
	l.closeLater()
	l.mu.Lock()
	idle := l.idle
	l.mu.Unlock()
	if !idle.Stop() {
		t.Fatal("no end is planned")
	}
	l.close()
	if a := l.Address(); a != nil {
		t.Errorf("it still listens on %v", a)
	}
}
