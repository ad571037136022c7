//go:build unix

package main

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/ioclet/ioclet/client"
)

// An IOC goes on, and ends as it should, when nobody reads any more what it prints.
func TestReaderOfOutputEnds(t *testing.T) {
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "rpi-ioc", "run", "--sim", "--log-address", "127.0.0.1", "../../examples/bench/bench.yaml")
	cmd.Stdout, cmd.Stderr = w, w
	cmd.Env = append(os.Environ(), "EPICS_CAS_SERVER_PORT="+port, "EPICS_CAS_INTF_ADDR_LIST=127.0.0.1", "EPICS_CAS_AUTO_BEACON_ADDR_LIST=NO")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	awaitLine(t, bufio.NewScanner(r), "serves 8 PVs")
	r.Close()

	var ca client.Context
	ca.Config.OnlyAddresses, ca.Config.NameServers = true, []string{net.JoinHostPort("127.0.0.1", port)}
	defer ca.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := ca.Channel("BENCH1:PS:ID").Connect(ctx); err != nil { // logged, message by message, before it is answered
		t.Error(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
