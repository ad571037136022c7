package config

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/ioclet/ioclet/ioc"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/pv"
)

const disconnectFile = `
ioc: {prefix: "X:"}
devices:
  PS:
    port: {tcp: "192.0.2.1:2"}
    pvs:
      VOLT: {write: "V %f", readback: "V?", reply: "%f", on_disconnect: {set: 1.5, after: 100ms}}
      MODE: {write: "M %s", readback: "M?", reply: "%s", states: [CV, CC], on_disconnect: {set: cc, after: 100ms}}
pvs:
  RELAY: {gpio: "gpiochip0:4", direction: output, states: [Open, Closed], on_disconnect: {set: on, after: 100ms}}
  KEPT:  {gpio: "gpiochip0:5", direction: output, on_disconnect: keep}
  NOTE:  {value: "watched", on_disconnect: {set: alone, after: 100ms}}
`

// runIOC runs i until stop; started is told of the server.
func runIOC(t *testing.T, i *ioc.IOC, started func(*caserver.Server)) (stop func()) {
	t.Helper()
	i.Server = caserver.Config{AnyPort: true, NoAutoBeacons: true, Interfaces: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}
	ctx, cancel := context.WithCancel(context.Background())
	serving := make(chan struct{})
	i.Started = func(s *caserver.Server) { started(s); close(serving) }
	ended := make(chan error, 1)
	go func() { ended <- i.Run(ctx) }() // until stop
	select {
	case <-serving:
	case err := <-ended:
		t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Outputs go where they are told when the last client has left, and not before there was
// one.
func TestOnDisconnect(t *testing.T) {
	m, err := Parse("f", []byte(disconnectFile))
	if err != nil {
		t.Fatal(err)
	}
	i, err := m.Build(Options{Sim: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	port := make(chan uint16, 1)
	stop := runIOC(t, i, func(s *caserver.Server) { port <- s.Port() })
	defer stop()
	await(t, i, "X:PS:VOLT", func(s pv.Sample) bool { return s.Alarm == pv.Alarm{} })
	c := &client.Context{Config: client.Config{
		NameServers: []string{fmt.Sprintf("127.0.0.1:%d", <-port)}, OnlyAddresses: true, Log: slog.New(slog.DiscardHandler),
	}}
	if err := c.Channel("X:PS:VOLT").Put(t.Context(), pv.Float64Value(7)); err != nil {
		t.Error(err)
	}
	await(t, i, "X:PS:VOLT", func(s pv.Sample) bool { return s.Value.Float64() == 7 })
	if got := fieldText(t, i, "X:NOTE"); got != "watched" {
		t.Errorf("NOTE is %q while there is a client", got)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	await(t, i, "X:PS:VOLT", func(s pv.Sample) bool { return s.Value.Float64() == 1.5 })
	await(t, i, "X:PS:MODE", func(s pv.Sample) bool { return s.Value.Int64() == 1 })
	await(t, i, "X:RELAY", func(s pv.Sample) bool { return s.Value.Int64() == 1 })
	await(t, i, "X:NOTE", func(s pv.Sample) bool { return s.Value.Str() == "alone" })
	if got := fieldText(t, i, "X:KEPT"); got != "Low" {
		t.Errorf("KEPT is %q", got)
	}
}

// The log says what has really become of an output.
func TestOnDisconnectWithoutHardware(t *testing.T) {
	m, err := Parse("f", []byte(`
devices:
  PS: {port: {serial: /nonexistent/tty}, pvs: {VOLT: {write: "V %f", on_disconnect: {set: 1.5, after: 100ms}}}}
pvs:
  NOTE: {value: "watched", on_disconnect: {set: alone, after: 100ms}}
`))
	if err != nil {
		t.Fatal(err)
	}
	var log syncedLog
	i, err := m.Build(Options{Log: log.logger()})
	if err != nil {
		t.Fatal(err)
	}
	port := make(chan uint16, 1)
	stop := runIOC(t, i, func(s *caserver.Server) { port <- s.Port() })
	defer stop()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", <-port))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	await(t, i, "PS:VOLT", func(s pv.Sample) bool { return s.Value.Float64() == 1.5 })
	await(t, i, "NOTE", func(s pv.Sample) bool { return s.Value.Str() == "alone" })
	stop()
	for _, want := range []string{
		`msg="not set though the last client has left" pv=PS:VOLT value=1.5 err=`,
		`msg="set, since the last client has left" pv=NOTE value=alone`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, &log)
		}
	}
}
