package bench_test

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/config"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/pv"
)

// adapter is a USB serial adapter with an instrument behind it: a pseudo terminal
// under a path that stays the same, as one of /dev/serial/by-id does.
type adapter struct {
	t      *testing.T
	path   string
	peer   *sim.Peer
	master *os.File
	slave  *os.File // held, since a master without slaves cannot be read
	ended  sync.WaitGroup
}

func newAdapter(t *testing.T, path string) *adapter {
	peer, err := sim.NewPeer(serial.Options{
		Transport: serial.TCP("unused"),
		Devices: []serial.Device{{Name: "PS", Channels: []serial.Channel{
			{Name: "VOLT", Write: "VOLT %.3f", Readback: "VOLT?", Reply: "%f"},
		}}},
	}, sim.PeerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a := &adapter{t: t, path: path, peer: peer}
	a.plug()
	t.Cleanup(a.unplug)
	return a
}

func (a *adapter) plug() {
	master, slave, err := pty.Open()
	if err != nil {
		a.t.Fatal(err)
	}
	if err := os.Symlink(slave.Name(), a.path); err != nil {
		a.t.Fatal(err)
	}
	conn, err := a.peer.Dial(context.Background())
	if err != nil {
		a.t.Fatal(err)
	}
	a.master, a.slave = master, slave
	a.ended.Go(func() { // until master or conn is closed
		io.Copy(master, conn)
		master.Close()
	})
	a.ended.Go(func() { // until master or conn is closed
		io.Copy(conn, master)
		conn.Close()
	})
}

// unplug closes the master, which to the other side is a pulled cable.
func (a *adapter) unplug() {
	os.Remove(a.path)
	a.master.Close()
	a.slave.Close()
	a.ended.Wait()
}

const twoSupplies = `
ioc: {prefix: "T:"}
devices:
  PS: &supply
    port: {serial: %[1]s/a}
    timeout: 200ms
    pvs:
      VOLT: {write: "VOLT %%.3f", readback: "VOLT?", reply: "%%f", scan: 20ms, prec: 3, mdel: -1}
  OTHER:
    <<: *supply
    port: {serial: %[1]s/b}
pvs:
  SOFT: {value: 1}
`

// An instrument is unplugged and comes back: its PVs go INVALID, the others do not
// notice, and all heal with no restart.
func TestUnplugAndReplug(t *testing.T) {
	dir := t.TempDir()
	a := newAdapter(t, filepath.Join(dir, "a"))
	newAdapter(t, filepath.Join(dir, "b"))

	model, err := config.Parse("two.yaml", fmt.Appendf(nil, twoSupplies, dir))
	if err != nil {
		t.Fatal(err)
	}
	built, err := model.Build(config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	loopback := netip.MustParseAddr("127.0.0.1")
	built.Server = caserver.Config{AnyPort: true, Interfaces: []netip.Addr{loopback}, NoAutoBeacons: true}
	started := make(chan uint16, 1)
	built.Started = func(s *caserver.Server) { started <- s.SearchPort() }

	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	var running sync.WaitGroup
	running.Go(func() {
		if err := built.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer running.Wait()
	defer stop()

	ca := &client.Context{Config: client.Config{
		Addresses: []string{"127.0.0.1"}, OnlyAddresses: true, ServerPort: <-started, RepeaterPort: 1,
	}}
	defer ca.Close()
	supply, other := ca.Channel("T:PS:VOLT"), ca.Channel("T:OTHER:VOLT")
	for _, ch := range []*client.Channel{supply, other} {
		await(ctx, t, ch, pv.Alarm{})
		if err := ch.PutNotify(ctx, pv.Float64Value(12.5)); err != nil {
			t.Fatal(err)
		}
	}

	for range 3 {
		// Whoever watches the other supply while the first is gone sees good values only.
		watching, enough := context.WithCancel(ctx)
		var watcher sync.WaitGroup
		watcher.Go(func() {
			for u, err := range other.Monitor(watching, client.MonitorOptions{}) {
				switch {
				case watching.Err() != nil:
				case err != nil:
					t.Errorf("the other supply: %v", err)
				case u.Kind == client.NewValue && u.Data.Sample.Alarm != pv.Alarm{}:
					t.Errorf("the other supply noticed: %v", u.Data.Sample.Alarm)
				}
			}
		})

		a.unplug()
		await(ctx, t, supply, pv.Alarm{Status: pv.StatusComm, Severity: pv.InvalidAlarm})
		if err := supply.PutNotify(ctx, pv.Float64Value(1)); err == nil {
			t.Error("a put to an instrument that is not there succeeded")
		}
		a.plug()
		await(ctx, t, supply, pv.Alarm{})
		enough()
		watcher.Wait()
	}
	if err := supply.PutNotify(ctx, pv.Float64Value(3.25)); err != nil {
		t.Error(err)
	}
	d, err := supply.Get(ctx, client.Request{})
	if err != nil || d.Sample.Value.Float64() != 3.25 {
		t.Errorf("after all: %v, %v, want 3.25", d.Sample.Value, err)
	}
}

// await watches ch until it has that alarm.
func await(ctx context.Context, t *testing.T, ch *client.Channel, want pv.Alarm) {
	t.Helper()
	var last pv.Alarm
	for u, err := range ch.Monitor(ctx, client.MonitorOptions{}) {
		if err != nil {
			t.Fatalf("%s: %v", ch.Name(), err)
		}
		if u.Kind == client.NewValue {
			if last = u.Data.Sample.Alarm; last == want {
				return
			}
		}
	}
	t.Fatalf("%s: alarm %v, want %v", ch.Name(), last, want)
}
