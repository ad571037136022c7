package main

import (
	"bufio"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// TestMonitorGoesOn: ca monitor names what it does not find, goes on through the
// loss of the server, and ends with its context, which is an interrupt.
func TestMonitorGoesOn(t *testing.T) {
	srv := server()
	defer srv.Close()
	address, err := srv.Listen()
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"EPICS_CA_ADDR_LIST": address, "EPICS_CA_AUTO_ADDR_LIST": "NO", "EPICS_CA_REPEATER_PORT": "5999",
	}
	out, in := io.Pipe()
	p := &program{stdout: in, stderr: io.Discard, lookup: func(s string) string { return env[s] }, now: time.Now}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	code := make(chan int, 1)
	go func() { // ends with ctx
		code <- p.run(ctx, []string{"monitor", "-F,", "-w", "0.05", "T:AO", "NOPE"})
		in.Close()
	}()
	lines := bufio.NewScanner(out)
	until := func(parts ...string) { // in any order
		t.Helper()
		for len(parts) > 0 && lines.Scan() {
			parts = slices.DeleteFunc(parts, func(s string) bool { return strings.Contains(lines.Text(), s) })
		}
		if len(parts) > 0 {
			t.Fatalf("no line with %q", parts)
		}
	}
	until(",1.5,,", "NOPE,*** Not connected (PV not found)")
	srv.Disconnect()
	until(" *** disconnected")
	srv.Post("T:AO", pv.Float64Value(5), pv.Stamp{Sec: 1}, pv.Alarm{})
	until(",5,,")
	cancel()
	if c := <-code; c != exitFailed {
		t.Errorf("exit code %d with a PV that was never found, want %d", c, exitFailed)
	}
}
