package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/instruments"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/pv"
)

// allGood checks that no PV is in alarm, but for outputs that nobody has written.
func allGood(t *testing.T, i *ioc.IOC) {
	t.Helper()
	for r := range i.Database().Records() {
		if s, _ := r.Value().Get(); s.Alarm.Severity != pv.NoAlarm && !(r.Type().Output() && s.Alarm.Status == pv.StatusUDF) {
			t.Errorf("%s is %v with %v", r.Name(), s.Value, s.Alarm)
		}
	}
}

// near fits values that are as large as x to a part in a hundred; for 0 a hundredth.
func near(x float64) func(pv.Sample) bool {
	most := 0.01 * max(x, -x)
	if x == 0 {
		most = 0.01
	}
	return func(s pv.Sample) bool {
		d := s.Value.Float64() - x
		return good(s) && max(d, -d) <= most
	}
}

// shippedTests try each shipped instrument, on D, in simulation.
var shippedTests = map[string]func(t *testing.T, i *ioc.IOC){
	"scpi-supply": func(t *testing.T, i *ioc.IOC) {
		put(t, i, "D:VOLT", pv.Float64Value(12))
		put(t, i, "D:CURR", pv.Float64Value(0.5))
		put(t, i, "D:OUT", pv.StringValue("On"))
		await(t, i, "D:OUT", near(1))
		await(t, i, "D:VOLT:RBV", near(12))
		await(t, i, "D:CURR:RBV", near(0.5))
		put(t, i, "D:VOLT", pv.Float64Value(25)) // drive holds it
		await(t, i, "D:VOLT", near(20))
		put(t, i, "D:OVP:CLEAR", pv.Float64Value(1))
	},
	"scpi-multimeter": func(t *testing.T, i *ioc.IOC) {
		await(t, i, "D:VALUE", near(1.5))
		put(t, i, "D:FUNC", pv.StringValue("Resistance"))
		await(t, i, "D:VALUE", near(1000))
		put(t, i, "D:FUNC", pv.StringValue("AC voltage"))
		await(t, i, "D:FUNC", near(1))
		await(t, i, "D:VALUE", near(230))
		await(t, i, "D:NPLC", near(10))
	},
	"lakeshore-335": func(t *testing.T, i *ioc.IOC) {
		await(t, i, "D:TA", near(4.2))
		put(t, i, "D:SP", pv.Float64Value(77))
		put(t, i, "D:RANGE", pv.StringValue("High"))
		await(t, i, "D:TA", near(77))
		put(t, i, "D:RAMP", pv.Float64Value(10.5))
		await(t, i, "D:RAMP", near(10.5))
		put(t, i, "D:MODE", pv.StringValue("Closed loop"))
	},
	"rigol-dg1000z": func(t *testing.T, i *ioc.IOC) {
		await(t, i, "D:FREQ", near(1000))
		put(t, i, "D:FUNC", pv.StringValue("Ramp"))
		put(t, i, "D:FREQ", pv.Float64Value(1.25e6))
		put(t, i, "D:OFFSET", pv.Float64Value(-1.5))
		put(t, i, "D:OUT", pv.StringValue("On"))
		await(t, i, "D:FUNC", near(2))
		await(t, i, "D:FREQ", near(1.25e6))
		await(t, i, "D:OFFSET", near(-1.5))
		await(t, i, "D:OUT", near(1))
	},
	"mks-9xx": func(t *testing.T, i *ioc.IOC) {
		await(t, i, "D:HOURS", near(123))
		await(t, i, "D:SP1:RBV", near(0.01))
		put(t, i, "D:SP1", pv.Float64Value(2.5))
		await(t, i, "D:SP1:RBV", near(2.5))
		await(t, i, "D:SP1:RELAY", near(1)) // the pump is at work
		await(t, i, "D:P", func(s pv.Sample) bool { return good(s) && s.Value.Float64() < 2e-6 })
	},
	"newera-ne1000": func(t *testing.T, i *ioc.IOC) {
		put(t, i, "D:RATE", pv.Float64Value(6))
		put(t, i, "D:VOL", pv.Float64Value(2))
		await(t, i, "D:STATUS", near(0))
		began := time.Now()
		put(t, i, "D:RUN", pv.Float64Value(1))
		if took := time.Since(began); took < 20*time.Second || took > 21*time.Second {
			t.Errorf("2 mL at 6 mL/min have taken %v", took)
		}
		await(t, i, "D:INFUSED", near(2))
		put(t, i, "D:VOL", pv.Float64Value(100))
		done := make(chan error, 1)
		run, err := i.Database().Lookup("D:RUN")
		if err != nil {
			t.Fatal(err)
		}
		if err := run.Put(pv.Float64Value(1), completion(done)); err != nil {
			t.Fatal(err)
		}
		await(t, i, "D:STATUS", near(1))
		time.Sleep(10 * time.Second)
		put(t, i, "D:STOP", pv.Float64Value(1))
		if err := <-done; err != nil {
			t.Error(err)
		}
		await(t, i, "D:STATUS", near(0))
	},
	"mettler-sics": func(t *testing.T, i *ioc.IOC) {
		await(t, i, "D:WEIGHT", near(100))
		await(t, i, "D:STABLE", near(1))
		put(t, i, "D:TARE", pv.Float64Value(1))
		await(t, i, "D:WEIGHT", near(0))
		await(t, i, "D:TARED", near(100))
		put(t, i, "D:ZERO", pv.Float64Value(1))
	},
	"pixsys-atr142": func(t *testing.T, i *ioc.IOC) {
		await(t, i, "D:T", near(20))
		put(t, i, "D:SP", pv.Float64Value(150.5))
		await(t, i, "D:SP", near(150.5))
		await(t, i, "D:T", near(150.5))
		await(t, i, "D:OUT", near(100))
	},
	"alicat-mfc": func(t *testing.T, i *ioc.IOC) {
		put(t, i, "D:SP", pv.Float64Value(5))
		await(t, i, "D:FLOW", near(5))
		await(t, i, "D:SP:RBV", near(5))
		await(t, i, "D:P", near(14.7))
		await(t, i, "D:GAS", func(s pv.Sample) bool { return good(s) && s.Value.Str() == "Air" })
		put(t, i, "D:HOLD", pv.StringValue("Close"))
		await(t, i, "D:FLOW", near(0))
	},
	"arduino-analog": func(t *testing.T, i *ioc.IOC) {
		put(t, i, "D:LED", pv.StringValue("On"))
		put(t, i, "D:PWM", pv.Float64Value(51))
		await(t, i, "D:A2", near(1))
		await(t, i, "D:A0", good)
	},
}

// TestShippedInstruments: each says what it is, from which manual, and explains its
// parameters; its simulation gives every PV a value, without a fault, and behaves.
func TestShippedInstruments(t *testing.T) {
	for _, instrument := range Shipped() {
		t.Run(instrument.Name, func(t *testing.T) {
			if instrument.About == "" || len(instrument.Manual) == 0 || len(instrument.PVs) < 3 {
				t.Errorf("about %q, manual %q, PVs %q", instrument.About, instrument.Manual, instrument.PVs)
			}
			for _, p := range instrument.Parameters {
				if p.Doc == "" {
					t.Errorf("parameter %s: what is it?", p.Name)
				}
			}
			test := shippedTests[instrument.Name]
			if test == nil {
				t.Fatal("no test")
			}
			synctest.Test(t, func(t *testing.T) {
				port := "{serial: /dev/ttyX}"
				if instrument.Name == "pixsys-atr142" {
					port = "{modbus: {serial: /dev/ttyX}}"
				}
				file := filepath.Join(t.TempDir(), "f.yaml")
				text := "devices: {D: {instrument: " + instrument.Name + ", port: " + port + "}}"
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				i, stop := start(t, file, Options{Sim: true})
				defer stop()
				time.Sleep(30 * time.Second)
				allGood(t, i)
				test(t, i)
			})
		})
	}
}

// TestInstrumentsExample: a bench of them, and a stage whose puts complete when it stands.
func TestInstrumentsExample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, stop := start(t, "../examples/instruments/instruments.yaml", Options{Sim: true})
		defer stop()
		time.Sleep(2 * time.Minute)
		allGood(t, i)
		began := time.Now()
		put(t, i, "BENCH2:STAGE:POS", pv.Float64Value(5000))
		if took := time.Since(began); took < 9*time.Second || took > 11*time.Second {
			t.Errorf("5000 steps at 500 a second have taken %v", took)
		}
		await(t, i, "BENCH2:STAGE:RBV", near(5000))
	})
}

// TestArduinoSketch: what the sketch says and understands is what its instrument file has.
func TestArduinoSketch(t *testing.T) {
	sketch, err := instruments.FS.ReadFile("arduino-analog.ino")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`"ID?"`, `"ID=arduino-analog-1"`, `"LED "`, `"PWM "`, `"OK"`, "115200"} {
		if !strings.Contains(string(sketch), text) {
			t.Errorf("the sketch does not have %s", text)
		}
	}
}

func ExampleShipped() {
	for _, i := range Shipped() {
		if i.Name == "scpi-supply" {
			p := i.Parameters[0]
			fmt.Println(i.Name, p.Name, p.Expected, p.Default)
		}
	}
	// Output: scpi-supply max_volt a number from 0 to 10000 20
}
