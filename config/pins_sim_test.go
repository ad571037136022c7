package config

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers/gpio"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// shows is a PV's value and alarm.
func shows(t *testing.T, i *ioc.IOC, name string) string {
	t.Helper()
	f, err := i.Database().Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	s, info := f.Get()
	if s.Value.Kind() == pv.Enum && int(s.Value.Int64()) < len(info.Choices) {
		return fmt.Sprintf("%s %v", info.Choices[s.Value.Int64()], s.Alarm)
	}
	return fmt.Sprintf("%v %v", s.Value, s.Alarm)
}

// TestPinsExample follows examples/pins/pins.yaml through its wires.
func TestPinsExample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, stop := start(t, "../examples/pins/pins.yaml", Options{Sim: true})
		want := func(pairs ...string) {
			t.Helper()
			synctest.Wait()
			for n := 0; n < len(pairs); n += 2 {
				if got := shows(t, i, "PINS:"+pairs[n]); got != pairs[n+1]+" NO_ALARM" {
					t.Errorf("%s is %s, want %s", pairs[n], got, pairs[n+1])
				}
			}
		}
		time.Sleep(100 * time.Millisecond) // the door's contact bounces when the valve is first driven
		want("RELAY", "Off", "VALVE", "Shut", "DOOR", "Open", "TRIPPED", "Fine", "RANGE", "Off")

		put(t, i, "PINS:VALVE", pv.StringValue("Open"))
		time.Sleep(100 * time.Millisecond)
		want("VALVE", "Open", "DOOR", "Closed")
		time.Sleep(500 * time.Millisecond)
		want("VALVE", "Shut", "DOOR", "Open")

		put(t, i, "PINS:HEATER", pv.Float64Value(99))
		want("HEATER", "80")

		put(t, i, "PINS:RANGE", pv.StringValue("100V"))
		want("RANGE", "100V")

		// The heartbeat changes its level every 500 ms: one pulse a second.
		time.Sleep(10 * time.Second)
		want("FAN:RPM", "30", "METER", "1", "METER:INTERVAL", "1", "METER:DUTY", "50", "METER:PULSE", "0.5", "FAN:LOST", "0", "FAN:TURNS", "5")
		want("POSITION", "5") // a step every two seconds
		put(t, i, "PINS:FAN:TURNS", pv.Float64Value(0))
		want("FAN:TURNS", "0")
		time.Sleep(2 * time.Second)
		want("FAN:TURNS", "1")
		stop()
	})
}

// hanging is a device whose Read does not return until it is told to.
type hanging struct{ release chan struct{} }

func (h hanging) Read(*record.Record) (record.Result, bool) {
	<-h.release
	return record.Result{}, true
}

func (hanging) Write(*record.Record, pv.Value) (record.Result, bool) { return record.Result{}, true }

// An external watchdog must notice when scans hang: a timer alone would go on.
func TestHeartbeatStopsWhenAScanHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, stop := start(t, "../examples/pins/pins.yaml", Options{Sim: true})
		turns := func() string { return shows(t, i, "PINS:METER") } // the heartbeat drives it
		time.Sleep(5 * time.Second)
		if got := turns(); got != "1 NO_ALARM" {
			t.Errorf("while all is well: %s", got)
		}
		h := hanging{make(chan struct{})}
		if _, err := i.Database().Add(record.Spec{Name: "STUCK", Scan: record.Every(2 * time.Second), Device: h}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(12 * time.Second) // a scan, what may be late, and the meter's time-out
		if got := turns(); got != "0 NO_ALARM" {
			t.Errorf("while a scan hangs: %s", got)
		}
		close(h.release)
		time.Sleep(5 * time.Second)
		if got := turns(); got != "1 NO_ALARM" {
			t.Errorf("when it goes on: %s", got)
		}
		stop()
	})
}

// Nobody ends a pulse when the IOC has ended.
func TestPulseEndsWithTheIOC(t *testing.T) {
	m, err := Parse("pulse.yaml", []byte(`board: raspberry-pi-4b
pvs:
  A: {gpio: GPIO5, direction: output, pulse: 1s}
  B: {gpio: GPIO6, direction: output, pulse: 1s, on_exit: keep}
  C: {gpio: GPIO7, direction: output}
`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []gpio.State{gpio.Off, gpio.Keep, gpio.Keep} {
		if got := m.PVs[i].from.(*lineSource).lines.options.OnExit; got != want {
			t.Errorf("%s: %v on exit, want %v", m.PVs[i].Name, got, want)
		}
	}
}
