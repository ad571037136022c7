package config

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// The examples of the page about it are files that can be used.
func TestExamplesOfBuses(t *testing.T) {
	page, err := os.ReadFile("../docs/buses.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```yaml\n")[1:]
	if len(blocks) < 3 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		t.Run(strings.Fields(text)[1], func(t *testing.T) { chipsLive(t, text) })
	}
}

const busesFile = `
devices:
  A: {i2c: {bus: 1, address: 0x48}, chip: tmp102, scan: 100ms, pvs: {TEMP: {sim: "25 + HEAT"}}}
  B:
    i2c: {bus: 1, address: 0x20}
    init: ["0x05 <- 0x2A"]
    scan: 100ms
    pvs:
      OUT:  {at: 1, write: yes, verify: yes, initial: 7, on_exit: 1}
      SET:  {at: 5}
      SHOW: {at: 2, sim: "OUT * 2"}
`

// What the file says arrives at the chips, and what they say in PVs; expressions are over
// the values of their own device.
func TestBusesSimulated(t *testing.T) {
	if got := parse(t, busesFile); !strings.Contains(got, "3:82: sim: ") {
		t.Errorf("an expression over what another device has: %s", got)
	}
	file := t.TempDir() + "/buses.yaml"
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(busesFile, "25 + HEAT", "25")), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		i, stop := start(t, file, Options{Sim: true})
		time.Sleep(time.Second)
		for name, want := range map[string]float64{"A:TEMP": 25, "B:OUT": 7, "B:SET": 0x2A, "B:SHOW": 14} {
			s, _ := i.Database().Record(name).Value().Get()
			if s.Value.Float64() != want || !good(s) {
				t.Errorf("%s is %v with %v, want %v", name, s.Value, s.Alarm, want)
			}
		}
		put(t, i, "B:OUT", pv.Float64Value(9))
		time.Sleep(time.Second)
		if s, _ := i.Database().Record("B:SHOW").Value().Get(); s.Value.Float64() != 18 {
			t.Errorf("after a put: %v", s.Value)
		}
		stop()
	})
}
