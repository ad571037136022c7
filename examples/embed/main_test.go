//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

const asProgram = "IOCLET_EMBED_TEST"

// TestMain lets the test be the program, too.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestServes(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), asProgram+"=1", fmt.Sprintf("EPICS_CAS_SERVER_PORT=%d", port),
		"EPICS_CAS_INTF_ADDR_LIST=127.0.0.1", "EPICS_CAS_AUTO_BEACON_ADDR_LIST=NO", "EPICS_CAS_BEACON_ADDR_LIST=127.0.0.1:9")
	program.Stdout, program.Stderr = &out, &out
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}

	ca := client.Context{Config: client.Config{
		Addresses: []string{fmt.Sprintf("127.0.0.1:%d", port)}, OnlyAddresses: true, Log: slog.New(slog.DiscardHandler),
	}}
	get := func(name, want string) {
		t.Helper()
		d, err := ca.Channel(name).Get(t.Context(), client.Request{Type: client.Exactly(dbr.String)})
		if got := d.Sample.Value.Str(); err != nil || got != want {
			t.Errorf("%s = %q (%v), want %q", name, got, err, want)
		}
	}
	get("OVEN:TARGET", "20.0")
	get("OVEN:HEAT", "Off")
	if err := ca.Channel("OVEN:TARGET").PutNotify(t.Context(), pv.Float64Value(999)); err != nil {
		t.Error(err)
	}
	get("OVEN:TARGET", "250.0")
	if err := ca.Channel("OVEN:HEAT").PutNotify(t.Context(), pv.StringValue("On")); err != nil {
		t.Error(err)
	}
	if err := ca.Channel("OVEN:TEMP").PutNotify(t.Context(), pv.Float64Value(1)); !errors.Is(err, protocol.ECANoWtAccess) {
		t.Errorf("put to a reading: %v, want no write access", err)
	}
	for u, err := range ca.Channel("OVEN:TEMP").Monitor(t.Context(), client.MonitorOptions{}) {
		if err != nil {
			t.Error(err)
		}
		if s := u.Data.Sample; u.Kind == client.NewValue && s.Alarm.Severity == pv.Minor {
			if x := s.Value.Float64(); x < 200 || x > 250 {
				t.Errorf("%v at %v", s.Alarm, x)
			}
			break
		}
	}
	if err := ca.Close(); err != nil {
		t.Error(err)
	}

	if err := program.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := program.Wait(); err != nil {
		t.Errorf("%v", err)
	}
	if want := "the relay is switched to 1"; !strings.Contains(out.String(), want) {
		t.Errorf("it has not said %q, but\n%s", want, out.String())
	}
}

// The point of the example is that so little is needed.
func TestIsShort(t *testing.T) {
	text, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\n")); n >= 40 {
		t.Errorf("main.go has %d lines, want less than 40", n)
	}
}
