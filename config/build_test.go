package config

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// seen waits for values of a field. record.Subscriber.
type seen struct{ samples chan pv.Sample }

func (s seen) Post(x *pv.Sample, _ pv.Mask) {
	select {
	case s.samples <- *x:
	default:
	}
}

// await returns the first value that fits. The minute is for a test that has failed.
func await(t *testing.T, i *ioc.IOC, name string, fits func(pv.Sample) bool) pv.Sample {
	t.Helper()
	f, err := i.Database().Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	s := seen{make(chan pv.Sample, 1000)}
	sub := f.Subscribe(pv.EventValue|pv.EventAlarm, s)
	defer sub.Unsubscribe()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		select {
		case x := <-s.samples:
			if fits(x) {
				return x
			}
		case <-ctx.Done():
			last, _ := f.Get()
			t.Fatalf("%s does not become what it should, it is %v with %v", name, last.Value, last.Alarm)
		}
	}
}

// field is the text of a field.
func fieldText(t *testing.T, i *ioc.IOC, name string) string {
	t.Helper()
	f, err := i.Database().Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	s, info := f.Get()
	text, err := pv.Convert(s.Value, pv.String, info)
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func good(x pv.Sample) bool { return x.Alarm.Severity == pv.NoAlarm }

// start runs what is behind the PVs of a file, without a server, until stop.
func start(t *testing.T, file string, o Options) (i *ioc.IOC, stop func()) {
	t.Helper()
	m, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return startModel(t, m, o)
}

func startModel(t *testing.T, m *Model, o Options) (i *ioc.IOC, stop func()) {
	t.Helper()
	i, err := m.Build(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { // until stop
		if err := i.Database().Run(ctx); err != nil {
			t.Error(err)
		}
	})
	for _, p := range i.Ports() {
		running.Go(func() { // until stop
			if err := p.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	return i, func() { cancel(); running.Wait() }
}

func TestSimulated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log syncedLog
		i, stop := start(t, "../examples/bench/bench.yaml", Options{Sim: true, Log: log.logger()})
		defer stop()
		for _, name := range []string{"PS:ID", "PS:VOLT", "PS:CURR", "PS:OUT", "LED", "BUTTON", "DRIFT", "TARGET"} {
			await(t, i, "BENCH1:"+name, good)
		}
		for name, want := range map[string]string{
			"PS:VOLT.DTYP": "Simulated Text instrument", "LED.DTYP": "Simulated GPIO", "DRIFT.DTYP": "Signal", "TARGET.DTYP": "Soft Channel",
			"PS:VOLT.OUT": "@PS VOLT %.3f | VOLT?", "BUTTON.INP": "@gpio GPIO27 (J8 pin 13)",
		} {
			if got := fieldText(t, i, "BENCH1:"+name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		put(t, i, "BENCH1:PS:VOLT", pv.Float64Value(12))
		await(t, i, "BENCH1:PS:CURR", func(x pv.Sample) bool { return x.Value.Float64() > 0.9 })
		put(t, i, "BENCH1:PS:OUT", pv.StringValue("On"))
		await(t, i, "BENCH1:PS:OUT", func(x pv.Sample) bool { return x.Value.Float64() == 1 })
		stop()
		if text := log.String(); !strings.Contains(text, `OUTP 0\\n`) {
			t.Errorf("the output was not switched off at the end:\n%s", text)
		}
		if text := log.String(); strings.Contains(text, "fault") || strings.Contains(text, "not connected") {
			t.Errorf("simulated hardware has faults:\n%s", text)
		}
	})
}

func TestSimulatedPins(t *testing.T) {
	m, err := Parse("f", []byte(`
pvs:
  LED: {gpio: GPIO17, direction: output, states: [Off, On], initial: on, on_exit: off}
`))
	if err != nil {
		t.Fatal(err)
	}
	s := &simulation{}
	b := &builder{model: m, log: slog.New(slog.DiscardHandler), ioc: ioc.New(""), gpios: map[*lineModel]*lineWorker{}, lines: &s.lines, sim: s}
	if err := m.PVs[0].from.build(b, &m.PVs[0]); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	port := b.ioc.Ports()[0]
	running.Go(func() {
		if err := port.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	await(t, b.ioc, "LED", func(x pv.Sample) bool { return good(x) && x.Value.Float64() == 1 })
	pin, err := m.Board.Resolve("GPIO17")
	if err != nil {
		t.Fatal(err)
	}
	if !s.lines.High(pin) {
		t.Error("the pin is low")
	}
	cancel()
	running.Wait()
	if s.lines.High(pin) {
		t.Error("the pin is high after the end")
	}
}

func TestSimulatedLab(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log syncedLog
		i, stop := start(t, "testdata/lab.yaml", Options{Sim: true, Log: log.logger()})
		defer stop()
		for _, name := range []string{"G1:P", "G2:P", "ARD:T", "ARD:H", "SCOPE:MODE", "ADC:GAIN", "RELAY", "BUTTON", "LEVEL", "WAVE"} {
			await(t, i, "LAB:"+name, good)
		}
		await(t, i, "LAB:SCOPE:MODE", func(x pv.Sample) bool { return x.Value.Float64() == 1 }) // initial: NORM
		await(t, i, "LAB:ADC:GAIN", func(x pv.Sample) bool { return x.Value.Float64() == 2 })
		await(t, i, "LAB:ADC:LEVEL", func(x pv.Sample) bool { return x.Value.Float64() > 0.9 })
		i.Database().Record("LAB:SCOPE:WAVE").Process()
		await(t, i, "LAB:SCOPE:WAVE", func(x pv.Sample) bool {
			wave, ok := pv.Elements[int16](x.Value)
			return good(x) && ok && len(wave) == 200 && wave[0] == 0 && wave[16] == 1000
		})
		put(t, i, "LAB:STAGE:POS", pv.Float64Value(100)) // done when it stands
		await(t, i, "LAB:STAGE:RBV", func(x pv.Sample) bool { return x.Value.Float64() == 100 })
		if got := fieldText(t, i, "LAB:ADC:LEVEL.DTYP"); got != "Simulated I2C" {
			t.Errorf("DTYP %q", got)
		}
	})
}

// A chip brings its values as PVs, which follow what is said about them.
func TestSimulatedChips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log syncedLog
		i, stop := start(t, "testdata/lab.yaml", Options{Sim: true, Log: log.logger()})
		defer stop()
		await(t, i, "LAB:ROOM:TEMP", func(x pv.Sample) bool { return good(x) && x.Value.Float64() > 19 && x.Value.Float64() < 23 })
		for name, want := range map[string]string{
			"EGU": "C", "PREC": "2", "HOPR": "125.00", "LOPR": "-55.00", "HIGH": "40.00", "SCAN": "2 second", "DESC": "temperature",
			"DTYP": "Simulated I2C", "INP": "@i2c bus 1 address 0x71 port 2 0x4A lm75 TEMP", "ADEL": "0.10",
		} {
			if got := fieldText(t, i, "LAB:ROOM:TEMP."+name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		await(t, i, "LAB:HUMIDITY:RH", func(x pv.Sample) bool { return good(x) && x.Value.Float64() > 40 })
		await(t, i, "LAB:GYRO:RATE", good)
		await(t, i, "LAB:DAC:OUT", func(x pv.Sample) bool { return good(x) && x.Value.Float64() == 1 })
		put(t, i, "LAB:DAC:OUT", pv.Float64Value(2.5))
		put(t, i, "LAB:HUMIDITY:HEATER", pv.StringValue("On"))
		await(t, i, "LAB:HUMIDITY:HEATER", func(x pv.Sample) bool { return good(x) && x.Value.Float64() == 1 })
		stop()
		if text := log.String(); strings.Contains(text, "fault") {
			t.Errorf("simulated chips have faults:\n%s", text)
		}
	})
}

// TestNamedInAnothersLine: a PV that another's line fills is of the kind that it is filled
// with.
func TestNamedInAnothersLine(t *testing.T) {
	m, err := Parse("f", []byte(`
devices:
  D:
    port: {tcp: "a:1"}
    pvs:
      A: {read: "A?", reply: "%f %(B)d %(C){OFF|ON|AUTO} %(D)s"}
      B: {}
      C: {}
      D: {}
`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"ai []", "longin []", "mbbi [OFF ON AUTO]", "stringin []"} {
		if got := fmt.Sprint(m.PVs[i].Type, " ", m.PVs[i].spec.Info.Choices); got != want {
			t.Errorf("%s is %s, want %s", m.PVs[i].Name, got, want)
		}
	}
}

// TestSimulatedFault: what is simulated fails when it is told to, and heals.
func TestSimulatedFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, stop := start(t, "testdata/lab.yaml", Options{Sim: true, Log: slog.New(slog.DiscardHandler)})
		defer stop()
		await(t, i, "LAB:G3:P", good)
		if tags := i.Database().InfoTags(i.Database().Record("LAB:G3:P")); tags["simulated"] != "yes" {
			t.Errorf("info tags %v", tags)
		}
		await(t, i, "LAB:G3:SIM:FAULT", good)
		comm := func(x pv.Sample) bool { return x.Alarm.Status == pv.StatusComm }
		invalid := func(x pv.Sample) bool { return x.Alarm.Severity == pv.InvalidAlarm }
		for _, c := range []struct {
			of, fault string
			pv        string // that shows it …
			bad       func(pv.Sample) bool
		}{
			{"G3", "Unplug", "G1:P", comm}, // … on the same port
			{"ROOM", "Nack", "ROOM:TEMP", invalid},
			{"OVEN2", "Nack", "OVEN2:T", invalid},
			{"BUTTON", "Unplug", "BUTTON", comm},
		} {
			await(t, i, "LAB:"+c.pv, good)
			put(t, i, "LAB:"+c.of+":SIM:FAULT", pv.StringValue(c.fault))
			await(t, i, "LAB:"+c.pv, c.bad)
			put(t, i, "LAB:"+c.of+":SIM:FAULT", pv.StringValue("None"))
			await(t, i, "LAB:"+c.pv, good)
		}
		await(t, i, "LAB:G3:P", good)
	})
}

// a machine without the hardware serves all the same, and says why once.
func TestStartBeforeDevices(t *testing.T) {
	var log syncedLog
	m, err := Parse("f", []byte(`
devices:
  PS: {port: {serial: /nonexistent/tty}, pvs: {A: {read: "A?", reply: "%f", scan: 1s}, B: {read: "B?", reply: "%f"}}}
pvs:
  SOFT: {value: 1}
  PIN:  {gpio: "nochip:1", direction: output}
`))
	if err != nil {
		t.Fatal(err)
	}
	i, stop := startModel(t, m, Options{Log: log.logger()})
	defer stop()
	invalid := func(x pv.Sample) bool {
		return x.Alarm == pv.Alarm{Status: pv.StatusComm, Severity: pv.InvalidAlarm}
	}
	await(t, i, "PS:A", invalid)
	await(t, i, "PS:B", invalid)
	await(t, i, "PIN", invalid)
	await(t, i, "SOFT", good)
	if got := fieldText(t, i, "PS:A.DTYP"); got != "Text instrument" {
		t.Errorf("DTYP %q", got)
	}
	stop()
	text := log.String()
	for _, port := range []string{"port=PS", "port=PIN"} {
		if n := strings.Count(text, port); n != 1 {
			t.Errorf("%d lines about %s:\n%s", n, port, text)
		}
	}
}

func put(t *testing.T, i *ioc.IOC, name string, v pv.Value) {
	t.Helper()
	f, err := i.Database().Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	if err := f.Put(v, completion(done)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

type completion chan error

func (c completion) PutDone(err error) { c <- err }

var _ record.Completion = completion(nil)

// syncedLog gathers what is logged.
type syncedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *syncedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *syncedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *syncedLog) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
