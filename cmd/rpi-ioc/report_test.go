//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/client"
)

// awaitLine reads up to the line that contains what and returns it.
func awaitLine(t *testing.T, in *bufio.Scanner, what string) string {
	t.Helper()
	for in.Scan() {
		if strings.Contains(in.Text(), what) {
			return in.Text()
		}
	}
	t.Fatalf("no line with %q", what)
	return ""
}

// SIGUSR1 has the server report its clients, in the form of the log; the log has the
// messages of a chosen client.
func TestReportOnSignal(t *testing.T) {
	for _, format := range logFormats {
		t.Run(format, func(t *testing.T) {
			port, err := freePort()
			if err != nil {
				t.Fatal(err)
			}
			env := map[string]string{
				"EPICS_CAS_SERVER_PORT": port, "EPICS_CAS_INTF_ADDR_LIST": "127.0.0.1", "EPICS_CAS_AUTO_BEACON_ADDR_LIST": "NO",
			}
			outReader, stdout := io.Pipe()
			errReader, stderr := io.Pipe()
			p := &program{name: "rpi-ioc", stdout: stdout, stderr: stderr, lookup: func(name string) (string, bool) {
				v, ok := env[name]
				return v, ok
			}}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan int, 1)
			go func() { // until cancel
				ended <- p.run(ctx, []string{
					"run", "--sim", "--log-level", "error", "--log-address", "127.0.0.1", "--log-format", format,
					"../../examples/bench/bench.yaml",
				})
				stdout.Close()
				stderr.Close()
			}()
			out, errs := bufio.NewScanner(outReader), bufio.NewScanner(errReader)
			awaitLine(t, out, "serves 8 PVs")
			go io.Copy(io.Discard, outReader) // until stdout is closed

			var ca client.Context
			ca.Config.OnlyAddresses, ca.Config.NameServers = true, []string{net.JoinHostPort("127.0.0.1", port)}
			defer ca.Close()
			connected := make(chan error, 1)
			go func() { connected <- ca.Channel("BENCH1:PS:ID").Connect(ctx) }() // until it is
			if line := awaitLine(t, errs, "CREATE_CHAN"); !strings.Contains(line, "BENCH1:PS:ID") || !strings.Contains(line, "TRACE") {
				t.Errorf("traced as %s", line)
			}
			lines := make(chan string, 1000)
			go func() { // until stderr is closed
				for errs.Scan() {
					lines <- errs.Text()
				}
				close(lines)
			}()
			if err := <-connected; err != nil {
				t.Fatal(err)
			}
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				t.Fatal(err)
			}
			if err := self.Signal(inquiry[0]); err != nil {
				t.Fatal(err)
			}
			for line := range lines {
				if format == "text" && line == "    BENCH1:PS:ID" {
					break
				}
				var r struct{ Clients []struct{ Names []string } }
				if json.Unmarshal([]byte(line), &r) == nil && len(r.Clients) == 1 && len(r.Clients[0].Names) == 1 {
					if name := r.Clients[0].Names[0]; name != "BENCH1:PS:ID" {
						t.Errorf("channel %s", name)
					}
					break
				}
			}
			cancel()
			for range lines { // the program must not wait for its reader
			}
			if code := <-ended; code != exitOK {
				t.Errorf("exit code %d", code)
			}
		})
	}
}
