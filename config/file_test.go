package config

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// the examples of the page about it are good.
func TestKernelPage(t *testing.T) {
	page, err := os.ReadFile("../docs/kernel.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```yaml\n")[1:]
	if len(blocks) < 4 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		if !strings.Contains(text, "pvs:") && !strings.Contains(text, "devices:") {
			text += "pvs: {A: {value: 1}}\n"
		}
		if got := parse(t, text); got != "" {
			t.Errorf("%s\n%s", text, got)
		}
	}
}

// a bench waits for the time, a simulated one has it.
func TestClock(t *testing.T) {
	m, err := Load("../examples/pi/pi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, simulated := range []bool{false, true} {
		i, err := m.Build(Options{Sim: simulated, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if (i.ClockGood == nil) != simulated || !simulated && i.ClockWait != 10*time.Minute {
			t.Errorf("simulated %t: asked %t, for %v", simulated, i.ClockGood != nil, i.ClockWait)
		}
	}
}

// what the kernel reads lives under --sim, by the way that real files take.
func TestSimulatedFiles(t *testing.T) {
	var log syncedLog
	i, stop := start(t, "../examples/pi/pi.yaml", Options{Sim: true, Log: log.logger()})
	defer stop()
	for name, between := range map[string][2]float64{
		"TEMP": {20, 22}, "PRESS": {1010, 1016}, "HUM": {40, 50}, "VBAT": {12.5, 12.7}, "V5": {3.2, 3.4}, "SSD": {20, 22}, "ZONE": {20, 22},
		"PROCS": {0, 0}, "LED": {0, 0}, "CPU:TEMP": {20, 22}, "SUPPLY": {0, 0}, "CLOCK": {1, 1}, "UPTIME": {0, 60}, "MEMORY": {15, 16}, "CLIENTS": {0, 0},
		"SOIL:TEMP": {20, 22}, "WATER:TEMP": {14, 16},
	} {
		x := await(t, i, "PI:"+name, good)
		if got := x.Value.Float64(); got < between[0] || got > between[1] {
			t.Errorf("%s is %v, want %v", name, got, between)
		}
	}
	for name, want := range map[string]string{
		"TEMP.DTYP": "Simulated Kernel file", "TEMP.EGU": "C", "PRESS.EGU": "hPa", "CPU:TEMP.DTYP": "Simulated Host", "CLIENTS.DTYP": "Server",
		"SOIL:TEMP.DTYP": "Simulated 1-Wire", "SOIL:TEMP.INP": "@1-Wire 28-0316a2795f2c", "SOIL:TEMP.EGU": "C", "SOIL:TEMP.SCAN": "2 second", "WATER:TEMP.SCAN": "5 second",
	} {
		if got := fieldText(t, i, "PI:"+name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	put(t, i, "PI:LED", pv.StringValue("On"))
	await(t, i, "PI:LED", func(x pv.Sample) bool { return x.Value.Float64() == 1 && good(x) })
}

// TestSimulatedSensorFaults: a thermometer fails in all the ways that the real ones do, and heals;
// the other one does not notice.
func TestSimulatedSensorFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sensors.yaml")
	err := os.WriteFile(file, []byte(`devices:
  A: {onewire: 28-0316a2795f2c, chip: ds18b20, scan: 20ms}
  B: {onewire: 28-0316a2795f2d, chip: ds18b20, scan: 20ms}
`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	i, stop := start(t, file, Options{Sim: true, Log: slog.New(slog.DiscardHandler)})
	defer stop()
	for fault, status := range map[string]pv.Status{
		"Drop": pv.StatusTimeout, "Garbage": pv.StatusRead, "Power-on": pv.StatusRead, "Unplug": pv.StatusComm,
	} {
		await(t, i, "A:TEMP", good)
		put(t, i, "A:SIM:FAULT", pv.StringValue(fault))
		await(t, i, "A:TEMP", func(x pv.Sample) bool {
			return x.Alarm == pv.Alarm{Status: status, Severity: pv.InvalidAlarm}
		})
		await(t, i, "B:TEMP", good)
		put(t, i, "A:SIM:FAULT", pv.StringValue("None"))
	}
	await(t, i, "A:TEMP", good)
}
