package conformance_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/ioclet/ioclet/config"
	"github.com/ioclet/ioclet/interop/conformance"
	"github.com/ioclet/ioclet/ioc/caserver"
)

var (
	server = flag.String("server", "", "host:port of a server with the PVs of conformance.db to be judged instead of our own")
	update = flag.Bool("update", false, "write docs/conformance.md anew")
)

func TestServer(t *testing.T) {
	if *server == "" {
		*server = serve(t)
	}
	conformance.Run(t, *server, nil)
}

// serve runs our server over conformance.yaml, until the end of the test.
func serve(t *testing.T) string {
	t.Helper()
	model, err := config.Load("conformance.yaml")
	if err != nil {
		t.Fatal(err)
	}
	built, err := model.Build(config.Options{Sim: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	built.Server = caserver.Config{Port: port, Interfaces: []netip.Addr{loopback}, NoAutoBeacons: true}
	started := make(chan struct{})
	built.Started = func(*caserver.Server) { close(started) }
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- built.Run(ctx) }() // ends with ctx
	select {
	case <-started:
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// freePort is a port that is free for TCP and UDP.
func freePort(t *testing.T) uint16 {
	t.Helper()
	for range 100 {
		tcp, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		udp, err := net.ListenPacket("udp4", tcp.Addr().String())
		_ = tcp.Close()
		if err == nil {
			_ = udp.Close()
			return tcp.Addr().(*net.TCPAddr).AddrPort().Port()
		}
	}
	t.Fatal("no free port")
	return 0
}

const page = "../../docs/conformance.md"

// The page says what the rows say.
func TestPage(t *testing.T) {
	want := conformance.Page()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("%v: %s is not what the rows say: go test ./interop/conformance -run TestPage -update", err, page)
	}
}
