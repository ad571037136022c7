package config

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers/gpio"
	"github.com/ioclet/ioclet/pv"
)

const recovering = `board: raspberry-pi-4b
devices:
  ADC:
    i2c: {bus: 1, address: 0x48}
    init: ["0x01 <- 0xC383"]
    scan: 1s
    recover: {gpio: GPIO23, active_low: yes, off: 1s}
    pvs: {A: {at: 0, type: int16, sim: "7"}, CONFIG: {at: 1, type: uint16}}
  ROOM: {i2c: {bus: 1, address: 0x49}, scan: 1s, pvs: {T: {at: 0, sim: "3"}}}
`

// TestRecover: a chip that holds the bus is switched off and on, and set up anew; one that
// is dead for good is left without more and more rarely.
func TestRecover(t *testing.T) {
	file := filepath.Join(t.TempDir(), "recover.yaml")
	if err := os.WriteFile(file, []byte(recovering), 0o644); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		i, stop := start(t, file, Options{Sim: true})
		defer stop()
		want := func(when string, pairs ...string) {
			t.Helper()
			for n := 0; n < len(pairs); n += 2 {
				if got := shows(t, i, pairs[n]); got != pairs[n+1] {
					t.Errorf("%s: %s is %s, want %s", when, pairs[n], got, pairs[n+1])
				}
			}
		}
		well := []string{
			"ADC:A", "7 NO_ALARM", "ADC:CONFIG", "50051 NO_ALARM", "ADC:SUPPLY", "On NO_ALARM", "ADC:SIM:FAULT", "None NO_ALARM", "ROOM:T", "3 NO_ALARM",
		}
		time.Sleep(3500 * time.Millisecond)
		want("at first", append(well, "ADC:RECOVERIES", "0 NO_ALARM")...)

		put(t, i, "ADC:SIM:FAULT", pv.StringValue("Stuck"))
		time.Sleep(5 * time.Second)
		want("stuck", "ADC:A", "7 INVALID/TIMEOUT", "ADC:SUPPLY", "On NO_ALARM", "ROOM:T", "3 NO_ALARM")
		time.Sleep(11 * time.Second)
		want("recovered", append(well, "ADC:RECOVERIES", "1 NO_ALARM")...)

		time.Sleep(5 * time.Minute)
		want("later", append(well, "ADC:RECOVERIES", "1 NO_ALARM")...)
		put(t, i, "ADC:SIM:FAULT", pv.StringValue("Nack"))
		time.Sleep(30 * time.Minute) // after 10 s, and 1, 2, 4, 8 minutes after that
		want("dead", "ADC:A", "7 INVALID/COMM", "ADC:RECOVERIES", "6 NO_ALARM", "ADC:SIM:FAULT", "Nack NO_ALARM", "ROOM:T", "3 NO_ALARM")
		put(t, i, "ADC:SIM:FAULT", pv.StringValue("None"))
		time.Sleep(10 * time.Second)
		want("repaired", append(well, "ADC:RECOVERIES", "6 NO_ALARM")...)

		// Without power it does not answer, and what somebody has switched off stays off.
		put(t, i, "ADC:SUPPLY", pv.StringValue("Off"))
		time.Sleep(time.Hour)
		want("off", "ADC:A", "7 INVALID/COMM", "ADC:RECOVERIES", "6 NO_ALARM", "ROOM:T", "3 NO_ALARM")
		put(t, i, "ADC:SUPPLY", pv.StringValue("On"))
		time.Sleep(10 * time.Second)
		want("on", append(well, "ADC:RECOVERIES", "6 NO_ALARM")...)

		// A pin that cannot be had is an alarm of its own PV, and nothing is done.
		put(t, i, "ADC:SUPPLY:SIM:FAULT", pv.StringValue("Unplug"))
		supply, err := i.Database().Lookup("ADC:SUPPLY")
		if err != nil {
			t.Fatal(err)
		}
		if err := supply.Put(pv.StringValue("On"), nil); err != nil {
			t.Fatal(err)
		}
		put(t, i, "ADC:SIM:FAULT", pv.StringValue("Stuck"))
		time.Sleep(time.Hour)
		want("no pin", "ADC:SUPPLY", "On INVALID/COMM", "ADC:A", "7 INVALID/TIMEOUT", "ADC:SIM:FAULT", "Stuck NO_ALARM", "ADC:RECOVERIES", "6 NO_ALARM")
		put(t, i, "ADC:SUPPLY:SIM:FAULT", pv.StringValue("None"))
		time.Sleep(20 * time.Second)
		want("a pin", append(well, "ADC:RECOVERIES", "7 NO_ALARM")...)
	})
}

func TestExplainRecover(t *testing.T) {
	m, err := Parse("r.yaml", []byte(recovering))
	if err != nil {
		t.Fatal(err)
	}
	const want = "by ADC:SUPPLY for 1s when it has been silent for 10s, every 1m0s at most"
	if got := factsOf(t, m, "ADC:A")["switched off"]; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, ok := factsOf(t, m, "ROOM:T")["switched off"]; ok {
		t.Errorf("the other: %q", got)
	}
}

// The device has power at the start and when the IOC has ended.
func TestRecoverEnds(t *testing.T) {
	m, err := Parse("r.yaml", []byte(recovering))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.PVs {
		if s, ok := p.from.(*lineSource); ok {
			if o := s.lines.options; o.Initial != gpio.On || o.OnExit != gpio.On || !o.ActiveLow {
				t.Errorf("%s: %+v", p.Name, o)
			}
		}
	}
}
