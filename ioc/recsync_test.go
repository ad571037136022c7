package ioc_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/reccaster"
	"github.com/ioclet/ioclet/protocol/prototest"
)

// herald is a UDP socket that brings one announcement of a server.
type herald struct{ net.PacketConn }

func (herald) ReadFrom(b []byte) (int, net.Addr, error) {
	return copy(b, "RC\x00\x00\xff\xff\xff\xff\x12\x34\x00\x00\x00\x00\x00\x01"), &net.UDPAddr{IP: net.IPv4(10, 0, 0, 1)}, nil
}
func (herald) Close() error { return nil }

// The server hears of the machine, then of what the program says, which has the last
// word, then of the PVs; and of one that is added later.
func TestRecSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bench := ioc.New("T:")
		bench.Float("A", ioc.Description("first"), ioc.InfoTag("archive", "monitor, 1"))
		here, there := prototest.Pipe()
		bench.RecSync = &reccaster.Caster{
			Infos:  []reccaster.Info{{Key: "HOSTNAME", Value: "pi3"}},
			Listen: func(context.Context) (net.PacketConn, error) { return herald{}, nil },
			Dial:   func(context.Context, netip.AddrPort) (net.Conn, error) { return there, nil },
		}
		stop := work(t, bench)
		if _, err := here.Write([]byte("RC\x80\x01\x00\x00\x00\x01\x00")); err != nil {
			t.Fatal(err)
		}
		var heard []string
		hear := func(last string) {
			for len(heard) == 0 || heard[len(heard)-1] != last {
				head := make([]byte, 8)
				if _, err := io.ReadFull(here, head); err != nil {
					t.Fatalf("%v after %q", err, heard)
				}
				body := make([]byte, head[7])
				if _, err := io.ReadFull(here, body); err != nil {
					t.Fatal(err)
				}
				heard = append(heard, string(body[min(8, len(body)):]))
			}
		}
		hear("") // greeting
		hear("recordDesc" + "first")
		var hosts []string
		for _, s := range heard {
			if name, ok := strings.CutPrefix(s, "HOSTNAME"); ok {
				hosts = append(hosts, name)
			}
		}
		if len(hosts) == 0 || hosts[len(hosts)-1] != "pi3" {
			t.Errorf("hosts %q", hosts)
		}
		if !slices.Contains(heard, "archive"+"monitor, 1") {
			t.Errorf("no info tag in %q", heard)
		}
		if !strings.HasPrefix(heard[1], "EPICS_VERSION"+"ioclet") {
			t.Errorf("the first fact is %q", heard[1])
		}
		if i := slices.Index(heard, "aoT:A"); i < 1 || heard[i-1] != "RSRV_SERVER_PORT0" {
			t.Errorf("before the PVs: %q", heard)
		}
		bench.Int("B")
		hear("longoutT:B")
		stop()
	})
}
