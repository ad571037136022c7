package ioc_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// local is a server of this machine alone, on a free port.
var local = caserver.Config{AnyPort: true, Interfaces: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, NoAutoBeacons: true}

// running is an IOC that runs, with a client of it.
type running struct {
	t      testing.TB
	client *client.Context
	log    *logLines
	stop   context.CancelFunc
	ended  chan error
}

// run runs i until stopped, or the end of the test.
func run(t testing.TB, i *ioc.IOC) *running {
	t.Helper()
	r := &running{t: t, log: new(logLines), ended: make(chan error, 1)}
	i.Server, i.Log = local, r.log.logger()
	ports := make(chan uint16, 1)
	i.Started = func(s *caserver.Server) { ports <- s.Port() }
	ctx, stop := context.WithCancel(context.Background())
	r.stop = sync.OnceFunc(func() {
		stop()
		if err := <-r.ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(r.stop)
	go func() { r.ended <- i.Run(ctx) }() // until stop
	select {
	case port := <-ports:
		r.client = clientOf(t, port)
	case err := <-r.ended:
		r.ended <- nil
		t.Fatalf("Run: %v", err)
	}
	return r
}

// clientOf is a client of the server at that port.
func clientOf(t testing.TB, port uint16) *client.Context {
	c := &client.Context{Config: client.Config{
		NameServers: []string{fmt.Sprintf("127.0.0.1:%d", port)}, OnlyAddresses: true, Log: slog.New(slog.DiscardHandler),
	}}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// get is what a client sees: the value and its alarm.
func (r *running) get(name string) string {
	r.t.Helper()
	d, err := r.client.Channel(name).Get(r.t.Context(), client.Request{})
	if err != nil {
		r.t.Fatal(err)
	}
	return fmt.Sprintf("%v %v", d.Sample.Value, d.Sample.Alarm)
}

func (r *running) wantGet(name, want string) {
	r.t.Helper()
	if got := r.get(name); got != want {
		r.t.Errorf("%s = %q, want %q", name, got, want)
	}
}

// text is what a client sees that asks for a string.
func (r *running) text(name string) string {
	r.t.Helper()
	d, err := r.client.Channel(name).Get(r.t.Context(), client.Request{Type: client.Exactly(dbr.String)})
	if err != nil {
		r.t.Fatal(err)
	}
	return d.Sample.Value.Str()
}

// put writes and waits for the completion.
func (r *running) put(name string, v pv.Value) error {
	return r.client.Channel(name).PutNotify(r.t.Context(), v)
}

// logLines keeps what is logged.
type logLines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logLines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logLines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// count is how many lines have what.
func (l *logLines) count(what string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.buf.String()) {
		if strings.Contains(line, what) {
			n++
		}
	}
	return n
}
