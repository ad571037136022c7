package ioc_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/access"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

func rules(t *testing.T, text string) *access.Rules {
	t.Helper()
	r, err := access.Parse("test.acf", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// awaitAccess waits until the client has been told that it has those rights.
func awaitAccess(t *testing.T, ch *client.Channel, want protocol.Access) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, err := range ch.Monitor(ctx, client.MonitorOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		info, _ := ch.Info()
		if info.Access == want {
			return
		}
	}
	t.Fatalf("never had the rights %d", want)
}

// Rules come into force while clients are connected.
func TestUseAccess(t *testing.T) {
	i := ioc.New("A:")
	i.Float("X", ioc.Initial(1.0), ioc.Group("MAGNET"))
	r := run(t, i)
	ch := r.client.Channel("A:X")
	awaitAccess(t, ch, protocol.AccessRead|protocol.AccessWrite)
	i.UseAccess(rules(t, `ASG(MAGNET) { RULE(1, READ) }`))
	awaitAccess(t, ch, protocol.AccessRead)
	i.UseAccess(rules(t, `ASG(MAGNET) { RULE(1, WRITE) }`))
	awaitAccess(t, ch, protocol.AccessRead|protocol.AccessWrite)
}

func TestReadOnlyIOC(t *testing.T) {
	i := ioc.New("A:")
	i.ReadOnly = true
	i.Float("X", ioc.Initial(1.0))
	r := run(t, i)
	ch := r.client.Channel("A:X")
	awaitAccess(t, ch, protocol.AccessRead)
	if err := ch.PutNotify(t.Context(), pv.Float64Value(2)); err == nil {
		t.Error("a put was taken")
	}
}

// onlyTests is a policy of the program's own.
type onlyTests struct{}

func (onlyTests) Open(caserver.Identity, func()) caserver.Session { return onlyTests{} }
func (onlyTests) Close()                                          {}
func (onlyTests) Rights(f record.Field) (protocol.Access, bool) {
	if f.Record().Name() == "A:TEST" {
		return protocol.AccessRead | protocol.AccessWrite, false
	}
	return protocol.AccessRead, false
}

func TestPolicy(t *testing.T) {
	i := ioc.New("A:")
	i.Policy = onlyTests{}
	i.Float("TEST", ioc.Initial(1.0))
	i.Float("X", ioc.Initial(1.0))
	r := run(t, i)
	awaitAccess(t, r.client.Channel("A:TEST"), protocol.AccessRead|protocol.AccessWrite)
	awaitAccess(t, r.client.Channel("A:X"), protocol.AccessRead)
}

// What clients have written stands in the file when Run has returned.
func TestPutLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "puts.jsonl")
	i := ioc.New("A:")
	i.PutLog = &access.PutLog{Handler: slog.NewJSONHandler(&access.LogFile{Path: path}, nil)}
	i.Float("X", ioc.Initial(1.0), ioc.Group("MAGNET"))
	i.Float("Y", ioc.Initial(1.0))
	i.UseAccess(rules(t, `ASG(DEFAULT) { RULE(1, WRITE) } ASG(MAGNET) { RULE(1, WRITE, TRAPWRITE) }`))
	r := run(t, i)
	for _, name := range []string{"A:X", "A:Y"} {
		if err := r.client.Channel(name).PutNotify(t.Context(), pv.Float64Value(2)); err != nil {
			t.Fatal(err)
		}
	}
	r.stop()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var line struct {
		PV       string
		Old, New float64
		Result   string
	}
	if err := json.Unmarshal(text, &line); err != nil || line.PV != "A:X" || line.Old != 1 || line.New != 2 || line.Result != "ECA_NORMAL" {
		t.Errorf("%s: %v", text, err)
	}
}

// one is a listener to which one client comes.
type one struct {
	clients, closed chan net.Conn
}

func (l one) Accept() (net.Conn, error) {
	select {
	case c := <-l.clients:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l one) Close() error   { close(l.closed); return nil }
func (l one) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// slow is a subscriber to whom everything takes its time.
type slow struct{ began func() }

func (s slow) Post(sample *pv.Sample, _ pv.Mask) {
	if sample.Value.Float64() == 2 {
		s.began()
		<-time.After(100 * time.Millisecond)
	}
}

// What is written while the IOC stops is logged, too.
func TestPutLogAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		i := ioc.New("A:")
		i.Log = slog.New(slog.DiscardHandler)
		i.PutLog = &access.PutLog{Handler: slog.NewJSONHandler(&out, nil), All: true}
		x := i.Float("X", ioc.Initial(1.0))
		ctx, cancel := context.WithCancel(t.Context())
		x.Record().Value().Subscribe(pv.EventValue, slow{cancel})
		here, there := prototest.Pipe()
		l := one{make(chan net.Conn, 1), make(chan net.Conn)}
		l.clients <- there
		ended := make(chan error)
		go func() { ended <- ioc.RunOn(ctx, i, l) }() // until ctx ends
		b := protocol.AppendVersion(nil, 0, protocol.Version)
		b = protocol.AppendCreateChan(b, 1, "A:X", protocol.Version)
		b = protocol.AppendWrite(b, 6, 1, 0, 1, binary.BigEndian.AppendUint64(nil, math.Float64bits(2)))
		if _, err := here.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), `"new":2`); n != 1 {
			t.Errorf("log: %s", out.String())
		}
	})
}

// Puts that wait behind another are logged with the value that they bring, not with that
// which the record has meanwhile; and are no puts of what was there already.
func TestPutLogOfWaitingPuts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		i := ioc.New("A:")
		i.Log = slog.New(slog.DiscardHandler)
		i.PutLog = &access.PutLog{Handler: slog.NewJSONHandler(&out, nil), All: true, Changes: true}
		x := i.Float("X", ioc.Initial(1.0), ioc.Drive(0, 5))
		x.OnPut(func(ctx context.Context, _ float64) error {
			<-time.After(time.Second)
			return ctx.Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		here, there := prototest.Pipe()
		l := one{make(chan net.Conn, 1), make(chan net.Conn)}
		l.clients <- there
		ended := make(chan error)
		go func() { ended <- ioc.RunOn(ctx, i, l) }() // until ctx ends
		value := func(x float64) []byte { return binary.BigEndian.AppendUint64(nil, math.Float64bits(x)) }
		b := protocol.AppendVersion(nil, 0, protocol.Version)
		b = protocol.AppendCreateChan(b, 1, "A:X", protocol.Version)
		b = protocol.AppendWriteNotify(b, 6, 1, 0, 1, value(2))
		b = protocol.AppendWriteNotify(b, 6, 1, 0, 2, value(3))
		b = protocol.AppendWrite(b, 6, 1, 0, 3, value(9))
		if _, err := here.Write(b); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second) // of the bubble's clock
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		for _, put := range []string{`"old":1,"new":2,`, `"old":2,"new":3,`, `"old":2,"new":5,`} {
			if n := strings.Count(out.String(), put); n != 1 {
				t.Errorf("want one %s:\n%s", put, out.String())
			}
		}
	})
}
