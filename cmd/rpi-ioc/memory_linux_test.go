//go:build !race

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var resident = regexp.MustCompile(`RssAnon:\s+(\d+) kB`)

// TestSmallMemory: with 500 PVs that are scanned the process takes less than 20 MB, so that
// there is room for it on a Raspberry Pi Zero. Some 9 of these are pages of the program's
// file, of which a test has more: they are not counted here.
func TestSmallMemory(t *testing.T) {
	const pvs, budget = 500, 11 << 10 // kB
	var file strings.Builder
	file.WriteString("ioc: {name: small}\npvs:\n")
	for i := range pvs {
		fmt.Fprintf(&file, "  PV%d: {signal: sine, period: 20s, scan: 1s, egu: V, alarm: {high: 0.5}}\n", i)
	}
	path := filepath.Join(t.TempDir(), "small.yaml")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "rpi-ioc", "run", path) // this very binary, see TestMain
	cmd.Env = append(os.Environ(), "EPICS_CAS_SERVER_PORT="+port, "EPICS_CAS_INTF_ADDR_LIST=127.0.0.1", "EPICS_CAS_AUTO_BEACON_ADDR_LIST=NO")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, fmt.Sprintf("serves %d PVs", pvs)) {
		t.Errorf("%q, %v", line, err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	m := resident.FindSubmatch(status)
	if m == nil {
		t.Fatalf("%s", status)
	}
	kB, _ := strconv.Atoi(string(m[1])) // digits
	t.Logf("%d kB", kB)
	if kB > budget {
		t.Errorf("%d kB, budget %d", kB, budget)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
}
