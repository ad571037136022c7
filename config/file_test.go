package config

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
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
	synctest.Test(t, func(t *testing.T) {
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
	})
}

// TestSimulatedSensorFaults: a thermometer fails in all the ways that the real ones do, and heals;
// the other one does not notice.
func TestSimulatedSensorFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
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
	})
}

// TestSimulatedFileFaults: files of the kernel and PWM channels fail as real ones do, each
// for itself, and heal.
func TestSimulatedFileFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "files.yaml")
	err := os.WriteFile(file, []byte(`pvs:
  TEMP:  {iio: {name: bme280, attribute: in_temp}, scan: 1s, sim: "elapsed()"}
  HUM:   {iio: {name: bme280, attribute: in_humidityrelative}, scan: 1s}
  V5:    {hwmon: {name: ina219, attribute: in1_input}, scan: 1s}
  SSD:   {hwmon: {name: nvme, label: Composite}, scan: 1s}
  ZONE:  {thermal: cpu-thermal, scan: 1s}
  CPU:   {host: cpu_temp, scan: 1s}
  PROCS: {file: /proc/loadavg, reply: "%*f %*f %*f %*d/%d", scan: 1s}
  LED:   {file: /sys/class/leds/ACT/brightness, write: yes, scan: 1s}
  DIMMER:  {pwm: {chip: 0, channel: 0, period: 1ms}, scan: 1s}
  HEATER:  {pwm: {chip: 0, channel: 1, period: 20ms}, scan: 1s, initial: 30}
`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		pv, fault, want string // of the PV
		others          string // that have the alarm, too
	}{
		{"TEMP", "Drop", "INVALID/TIMEOUT", ""},
		{"TEMP", "Delay", "INVALID/COMM", "HUM"},
		{"TEMP", "Garbage", "INVALID/CALC", ""},
		{"TEMP", "Nack", "INVALID/READ", ""},
		{"HUM", "Unplug", "INVALID/COMM", "TEMP"},
		{"V5", "Nack", "INVALID/READ", ""},
		{"V5", "Unplug", "INVALID/COMM", ""},
		{"SSD", "Drop", "INVALID/TIMEOUT", ""},
		{"SSD", "Garbage", "INVALID/CALC", ""},
		{"ZONE", "Nack", "INVALID/READ", ""},
		{"ZONE", "Unplug", "INVALID/COMM", ""},
		{"PROCS", "Garbage", "INVALID/CALC", ""},
		{"PROCS", "Unplug", "INVALID/COMM", ""},
		{"LED", "Nack", "INVALID/READ", ""},
		{"LED", "Delay", "INVALID/COMM", ""},
		{"LED", "Unplug", "INVALID/COMM", ""},
		{"DIMMER", "Unplug", "INVALID/COMM", ""},
		{"HEATER", "Unplug", "INVALID/COMM", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			i, stop := start(t, file, Options{Sim: true})
			defer stop()
			alarms := func(of string) string {
				_, alarm, _ := strings.Cut(shows(t, i, of), " ")
				return alarm
			}
			all := []string{"TEMP", "HUM", "V5", "SSD", "ZONE", "CPU", "PROCS", "LED", "DIMMER", "HEATER"}
			time.Sleep(3 * time.Second)
			put(t, i, c.pv+":SIM:FAULT", pv.StringValue(c.fault))
			time.Sleep(13 * time.Second)
			for _, name := range all {
				want := "NO_ALARM"
				if name == c.pv || name == c.others {
					want = c.want
				}
				if got := alarms(name); got != want {
					t.Errorf("%s of %s: %s is %s, want %s", c.fault, c.pv, name, got, want)
				}
			}
			put(t, i, c.pv+":SIM:FAULT", pv.StringValue("None"))
			time.Sleep(13 * time.Second)
			for _, name := range all {
				if got := alarms(name); got != "NO_ALARM" {
					t.Errorf("after %s of %s: %s is %s", c.fault, c.pv, name, got)
				}
			}
			if got := shows(t, i, "HEATER"); got != "30 NO_ALARM" {
				t.Errorf("after %s of %s the heater has %s", c.fault, c.pv, got)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		i, stop := start(t, file, Options{Sim: true})
		defer stop()
		time.Sleep(3500 * time.Millisecond) // between scans

		put(t, i, "TEMP:SIM:FAULT", pv.StringValue("Stuck")) // which no alarm shows
		time.Sleep(3 * time.Second)
		frozen := shows(t, i, "TEMP")
		time.Sleep(3 * time.Second)
		if got := shows(t, i, "TEMP"); got != frozen {
			t.Errorf("stuck at %s, then %s", frozen, got)
		}
		put(t, i, "TEMP:SIM:FAULT", pv.StringValue("None"))
		time.Sleep(3 * time.Second)
		if got := shows(t, i, "TEMP"); got == frozen {
			t.Errorf("still %s", got)
		}

		for _, name := range []string{"LED", "HEATER"} {
			before := shows(t, i, name)
			put(t, i, name+":SIM:FAULT", pv.StringValue("Refuse"))
			f, err := i.Database().Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Put(pv.Float64Value(1), nil); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if _, got, _ := strings.Cut(shows(t, i, name), " "); got != "INVALID/WRITE" {
				t.Errorf("%s refused: %s", name, got)
			}
			time.Sleep(3 * time.Second) // a scan shows what it has
			if got := shows(t, i, name); got != before {
				t.Errorf("%s is %s, want %s", name, got, before)
			}
			put(t, i, name+":SIM:FAULT", pv.StringValue("None"))
			put(t, i, name, pv.Float64Value(1))
			if got := shows(t, i, name); got != "1 NO_ALARM" {
				t.Errorf("%s takes a value again: %s", name, got)
			}
		}
	})
}
