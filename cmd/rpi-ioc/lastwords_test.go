//go:build unix

package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Outputs go to their states on exit though somebody presses Ctrl-C again and again, and
// though an instrument owes an answer.
func TestSecondInterruptDoesNotCutTheLastWords(t *testing.T) {
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file := filepath.Join(t.TempDir(), "ps.yaml")
	text := fmt.Sprintf(`devices: {PS: {port: {tcp: %q}, pvs: {OUT: {write: "OUT %%d", on_exit: 7}, S: {read: "S?", reply: "%%d", scan: 100ms}}}}`, l.Addr())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "rpi-ioc", "run", file)
	cmd.Env = append(os.Environ(), "EPICS_CAS_SERVER_PORT="+port, "EPICS_CAS_INTF_ADDR_LIST=127.0.0.1", "EPICS_CAS_AUTO_BEACON_ADDR_LIST=NO")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	instrument, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer instrument.Close()
	told := bufio.NewScanner(instrument)
	awaitLine(t, told, "S?")
	ctx, stop := context.WithCancel(t.Context())
	var pressing sync.WaitGroup
	pressing.Go(func() { // until the last words have come
		again := time.NewTicker(5 * time.Millisecond)
		defer again.Stop()
		for ctx.Err() == nil {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Error(err)
			}
			<-again.C
		}
	})
	awaitLine(t, told, "OUT 7")
	stop()
	pressing.Wait()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
