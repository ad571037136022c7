//go:build hil

package hil_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/hil/control"
	"github.com/ioclet/ioclet/pv"
)

// TestRaspberryPi boots once; its parts use the board one after the other.
func TestRaspberryPi(t *testing.T) {
	m := boot(t, newImage(t))
	connect(t, m.serial)
	m.watchLines(t)
	if err := m.Send(branches(1)); err != nil {
		t.Fatal(err)
	}
	t.Run("Scan", func(t *testing.T) { testScan(t, m) })
	m.serve(t)
	for _, part := range []struct {
		name string
		test func(*testing.T, *machine)
	}{
		{"OutputsBegin", testOutputsBegin},
		{"Edge", testEdge},
		{"EdgeWhileStopped", testEdgeWhileStopped},
		{"EdgesTold", testEdgesTold},
		{"LostEdges", testLostEdges},
		{"Output", testOutput},
		{"Word", testWord},
		{"Temperature", testTemperature},
		{"NoAnswer", testNoAnswer},
		{"Memory", testMemory},
		{"Flash", testFlash},
		{"LineSettings", testLineSettings},
		{"Unplug", testUnplug},
		{"Latency", testLatency},
		{"Rate", testRate},
		{"SafeStates", testSafeStates},
		{"PowerOff", testPowerOff},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, m) })
	}
}

// lines are the offsets of board.dts.
var lines = map[string]int{"DOOR": 0, "FLOW": 1, "HEATER": 2, "LAMP": 3}

// line is the attribute of a simulated line: its "pull", or the "value" that it has.
func (m *machine) line(t *testing.T, name, attribute string) string {
	t.Helper()
	paths, err := m.Glob(fmt.Sprintf("/sys/devices/platform/gpio-sim/gpiochip*/sim_gpio%d/%s", lines[name], attribute))
	if err != nil || len(paths) != 1 {
		t.Fatalf("line %s: %s is at %q, %v", name, attribute, paths, err)
	}
	return paths[0]
}

// relay is whether GPIO17 is an output and its level, from the registers of the chip
// (BCM2835 ARM Peripherals, 6.1: GPFSEL1 and GPLEV0).
func (m *machine) relay(t *testing.T) (output, high bool) {
	t.Helper()
	function, err := m.qemu.word(0x3f200004)
	if err != nil {
		t.Fatal(err)
	}
	level, err := m.qemu.word(0x3f200034)
	if err != nil {
		t.Fatal(err)
	}
	return function>>21&7 == 1, level>>17&1 == 1
}

// expect waits until a PV has the value and the alarm.
func (m *machine) expect(t *testing.T, name string, want float64, alarm pv.Alarm) {
	t.Helper()
	ch := m.pvs.Channel("HIL:" + name)
	poll(t, name, func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		d, err := ch.Get(ctx, client.Request{})
		if err != nil {
			return err
		}
		if s := d.Sample; s.Value.Float64() != want || s.Alarm != alarm {
			return fmt.Errorf("got %v, %v, want %v, %v", s.Value, s.Alarm, want, alarm)
		}
		return nil
	})
}

func (m *machine) put(t *testing.T, name string, state uint16) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := m.pvs.Channel("HIL:"+name).PutNotify(ctx, pv.EnumValue(state)); err != nil {
		t.Fatal(err)
	}
}

// monitor subscribes to a PV and waits for its first value.
func (m *machine) monitor(t *testing.T, name string, depth int) *client.Monitor {
	t.Helper()
	mon := m.pvs.NewMonitor(client.MonitorOptions{Depth: depth})
	t.Cleanup(func() { mon.Close() })
	if err := mon.Add(m.pvs.Channel("HIL:" + name)); err != nil {
		t.Fatal(err)
	}
	next(t, mon)
	return mon
}

// next is the next value.
func next(t *testing.T, mon *client.Monitor) pv.Sample {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		u, err := mon.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if u.Kind == client.NewValue {
			return u.Data.Sample
		}
	}
}

var (
	noAlarm = pv.Alarm{}
	noComm  = pv.Alarm{Status: pv.StatusComm, Severity: pv.InvalidAlarm}
	pulls   = []string{"pull-down", "pull-up"} // by the state of the line
)

// clockError is how far the guest's wall clock, as rpi-ioc tells it from the monotonic
// clock of the kernel's stamps, may be off.
const clockError = time.Millisecond

func testOutputsBegin(t *testing.T, m *machine) {
	for _, name := range []string{"RELAY", "HEATER", "LAMP"} {
		m.expect(t, name, 0, noAlarm)
	}
	if output, high := m.relay(t); !output || high {
		t.Errorf("RELAY: is an output: %v, is high: %v; want an output that is low", output, high)
	}
	for name, want := range map[string]string{"HEATER": "1", "LAMP": "0"} {
		if got, err := m.Read(m.line(t, name, "value")); got != want || err != nil {
			t.Errorf("%s: level %s, %v, want %s", name, got, err, want)
		}
	}
}

// An edge is one event, with the state after it and the time at which it happened.
func testEdge(t *testing.T, m *machine) {
	mon := m.monitor(t, "DOOR", 0)
	for i := 1; i <= 20; i++ {
		spans, err := m.Toggle(control.Toggling{Path: m.line(t, "DOOR", "pull"), Texts: []string{pulls[i%2]}})
		if err != nil {
			t.Fatal(err)
		}
		s := next(t, mon)
		if got := s.Value.Int64(); got != int64(i%2) {
			t.Fatalf("edge %d: state %d, want %d", i, got, i%2)
		}
		during(t, s, spans[0])
	}
}

func during(t *testing.T, s pv.Sample, span control.Span) {
	t.Helper()
	stamp := s.Time.Time()
	if stamp.Before(span.Begin.Add(-clockError)) || stamp.After(span.End.Add(clockError)) {
		t.Errorf("stamp %v is not between %v and %v", stamp, span.Begin, span.End)
	}
}

// The stamp is the kernel's: rpi-ioc cannot have looked at a clock while it was stopped.
func testEdgeWhileStopped(t *testing.T, m *machine) {
	mon := m.monitor(t, "DOOR", 0)
	if err := m.Signal(control.Stop); err != nil {
		t.Fatal(err)
	}
	const pause = 500 * time.Millisecond
	spans, err := m.Toggle(control.Toggling{Path: m.line(t, "DOOR", "pull"), Texts: []string{"pull-up", "pull-down"}, Pause: pause})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Signal(control.Continue); err != nil {
		t.Fatal(err)
	}
	for i, state := range []int64{1, 0} {
		s := next(t, mon)
		if s.Value.Int64() != state {
			t.Fatalf("edge %d: state %d, want %d", i, s.Value.Int64(), state)
		}
		during(t, s, spans[i])
	}
}

// What is told of a line's edges goes by the kernel's stamps.
func testEdgesTold(t *testing.T, m *machine) {
	m.put(t, "DOOR:COUNT", 0)
	m.put(t, "DOOR:SHORT", 0)
	m.expect(t, "DOOR:SHORT", 0, noAlarm)
	spans, err := m.Toggle(control.Toggling{Path: m.line(t, "DOOR", "pull"), Texts: []string{"pull-up", "pull-down"}, Pause: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	m.expect(t, "DOOR:COUNT", 1, noAlarm)
	m.expect(t, "DOOR:SHORT", 1, noAlarm)
	m.expect(t, "DOOR:LOST", 0, noAlarm)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	d, err := m.pvs.Channel("HIL:DOOR:WIDTH").Get(ctx, client.Request{})
	if err != nil {
		t.Fatal(err)
	}
	least, most := spans[1].Begin.Sub(spans[0].End).Seconds(), spans[1].End.Sub(spans[0].Begin).Seconds()
	if got := d.Sample.Value.Float64(); got < least || got > most {
		t.Errorf("the pulse was %v s, not between %v and %v", got, least, most)
	}
}

// kernelEdges is how many edges the kernel keeps for rpi-ioc.
const kernelEdges = 256

// Edges that the kernel has had to throw away are counted, from the numbers of those that
// are left. What gpio-sim itself does not notice, because the emulated processor stands
// still, has no number.
func testLostEdges(t *testing.T, m *machine) {
	const pulses = 300
	m.put(t, "DOOR:COUNT", 0)
	if err := m.Signal(control.Stop); err != nil {
		t.Fatal(err)
	}
	texts := slices.Repeat([]string{"pull-up", "pull-down"}, pulses)
	if _, err := m.Toggle(control.Toggling{Path: m.line(t, "DOOR", "pull"), Texts: texts, Pause: 5 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if err := m.Signal(control.Continue); err != nil {
		t.Fatal(err)
	}
	poll(t, "edges", func() error {
		var got [2]float64
		for i, name := range []string{"HIL:DOOR:COUNT", "HIL:DOOR:LOST"} {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			d, err := m.pvs.Channel(name).Get(ctx, client.Request{})
			cancel()
			if err != nil {
				return err
			}
			got[i] = d.Sample.Value.Float64()
		}
		count, lost := got[0], got[1]
		if lost < 100 || lost > 2*pulses-kernelEdges {
			return fmt.Errorf("%v edges lost, want nearly %d", lost, 2*pulses-kernelEdges)
		}
		if edges := lost + kernelEdges; math.Abs(count-edges/2) > 0.05*edges {
			return fmt.Errorf("%v counted that rise, want half of the %v edges", count, edges)
		}
		return nil
	})
	m.expect(t, "DOOR", 0, noAlarm)
}

// Several lines are one value (GPFSEL2 and GPLEV0 of the chip, see relay).
func testWord(t *testing.T, m *machine) {
	levels := func(want uint64) {
		t.Helper()
		function, err := m.qemu.word(0x3f200008)
		if err != nil {
			t.Fatal(err)
		}
		level, err := m.qemu.word(0x3f200034)
		if err != nil {
			t.Fatal(err)
		}
		if function>>6&0x1ff != 0b001001001 || uint64(level)>>22&7 != want {
			t.Errorf("GPIO22 to 24 have functions %b and levels %b, want outputs with %b", function>>6&0x1ff, level>>22&7, want)
		}
	}
	m.expect(t, "RANGE", 5, noAlarm)
	levels(5)
	for _, x := range []uint16{2, 7, 4} {
		m.put(t, "RANGE", x)
		m.expect(t, "RANGE", float64(x), noAlarm)
		levels(uint64(x))
	}
}

func testOutput(t *testing.T, m *machine) {
	for _, state := range []uint16{1, 0, 1} {
		for _, name := range []string{"RELAY", "HEATER", "LAMP"} {
			m.put(t, name, state)
			m.expect(t, name, float64(state), noAlarm)
		}
		if output, high := m.relay(t); !output || high != (state == 1) {
			t.Errorf("RELAY is %d: is an output: %v, is high: %v", state, output, high)
		}
		for name, want := range map[string]string{"HEATER": fmt.Sprint(1 - state), "LAMP": fmt.Sprint(state)} {
			if got, err := m.Read(m.line(t, name, "value")); got != want || err != nil {
				t.Errorf("%s is %d: level %s, %v, want %s", name, state, got, err, want)
			}
		}
	}
}

// warm sets the sensor to a temperature in m°C.
func (m *machine) warm(t *testing.T, temperature int) {
	t.Helper()
	if err := m.qemu.set("sensor", "temperature", temperature); err != nil {
		t.Fatal(err)
	}
}

func testTemperature(t *testing.T, m *machine) {
	for _, step := range []struct {
		temperature int // in m°C
		want        float64
	}{{25000, 25}, {-10500, -10.5}, {85000, 85}, {21063, 21.0625}} {
		m.warm(t, step.temperature)
		m.expect(t, "AIR:TEMP", step.want, noAlarm)
	}
}

// What is written to the EEPROM is in it, and what somebody else has written is seen.
func testMemory(t *testing.T, m *machine) {
	for _, x := range []float64{0x1234, 0xfedc} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := m.pvs.Channel("HIL:MEMORY:SETTING").PutNotify(ctx, pv.Float64Value(x))
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(m.memory)
		if err != nil {
			t.Fatal(err)
		}
		if got := binary.BigEndian.Uint16(b[0x10:]); float64(got) != x {
			t.Errorf("the EEPROM has 0x%04X, want 0x%04X", got, int(x))
		}
	}
	if err := m.Send(control.Message{Bus: 1, Address: 0x50, Data: []byte{0x20, 0x00, 0x01, 0xe2, 0x40}}); err != nil {
		t.Fatal(err)
	}
	m.expect(t, "MEMORY:NUMBER", 123456, noAlarm)
}

// The flash says who it is (W25Q80BL, JEDEC ID: Winbond, 0x4014), again and again.
func testFlash(t *testing.T, m *machine) {
	mon := m.monitor(t, "FLASH:ID", 0)
	m.expect(t, "FLASH:ID", 0xef4014, noAlarm)
	m.expect(t, "FLASH:MORE", 0, noAlarm)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if u, err := mon.Next(ctx); err == nil && u.Kind == client.NewValue && u.Data.Sample.Value.Float64() != 0xef4014 {
		t.Errorf("then it says %v", u.Data.Sample)
	}
}

// multiplexer is the address of the PCA9548 between the bus and the sensor.
const multiplexer = 0x70

// branches connects branches of the multiplexer to the bus, a bit for each.
func branches(mask byte) control.Message {
	return control.Message{Bus: 1, Address: multiplexer, Data: []byte{mask}}
}

// A sensor that does not answer keeps its value and is INVALID; when it answers again it
// gets its init sequence, which it has lost.
func testNoAnswer(t *testing.T, m *machine) {
	const before, after, coarse = 21.0625, 22.1875, 22.0
	m.expect(t, "AIR:TEMP", before, noAlarm)
	for range 3 {
		if err := m.Send(branches(0)); err != nil {
			t.Fatal(err)
		}
		m.expect(t, "AIR:TEMP", before, noComm)
		if err := m.Send(branches(1)); err != nil {
			t.Fatal(err)
		}
		m.expect(t, "AIR:TEMP", before, noAlarm)
	}
	m.warm(t, 22190)
	m.expect(t, "AIR:TEMP", after, noAlarm)
	if err := m.Send(control.Message{Bus: 1, Address: 0x48, Data: []byte{0x01, 0x00}}); err != nil {
		t.Fatal(err)
	}
	m.expect(t, "AIR:TEMP", coarse, noAlarm) // has no init now
	if err := m.Send(branches(0)); err != nil {
		t.Fatal(err)
	}
	m.expect(t, "AIR:TEMP", coarse, noComm)
	if err := m.Send(branches(1)); err != nil {
		t.Fatal(err)
	}
	m.expect(t, "AIR:TEMP", after, noAlarm)
}

// connect takes the other end of the serial line and is the instrument there until the
// test ends: each question has the next number as its answer.
func connect(t *testing.T, path string) {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		c.Close()
		<-ended
	})
	go func() { // until the connection is closed
		defer close(ended)
		n := 0
		for questions := bufio.NewScanner(c); questions.Scan(); {
			if questions.Text() == "COUNT?" {
				n++
				fmt.Fprintf(c, "COUNT %d\n", n)
			}
		}
	}()
}

// counts waits until the instrument's counter goes up without an alarm.
func (m *machine) counts(t *testing.T) {
	t.Helper()
	mon := m.monitor(t, "PS:COUNT", 0)
	last, rises := int64(0), 0
	for rises < 2 {
		s := next(t, mon)
		if n := s.Value.Int64(); s.Alarm == noAlarm && n > last {
			last = n
			rises++
		}
	}
}

func testLineSettings(t *testing.T, m *machine) {
	m.counts(t)
	for _, want := range []string{"baud rate 19200", "parity E, data bits 7, stop bits 2"} {
		if got := m.traced(t); !strings.Contains(got, want) {
			t.Errorf("QEMU's adapter was not set to %q:\n%s", want, got)
		}
	}
}

// adapter is the name of the serial adapter's tty, and the attribute which lets it be used:
// to take that away and give it back is for the driver what pulling it out and plugging it in
// is. (QEMU's own unplugging ends QEMU if the port is open, at hw/usb/core.c of 10.0.)
func (m *machine) adapter(t *testing.T) (tty, authorized string) {
	t.Helper()
	ttys, err := m.Glob("/sys/bus/usb-serial/devices/ttyUSB*")
	if err != nil || len(ttys) != 1 {
		t.Fatalf("serial adapters: %q, %v", ttys, err)
	}
	port, err := m.Resolve(ttys[0]) // …/1-1.2/1-1.2:1.0/ttyUSB0
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Base(port), filepath.Dir(filepath.Dir(port)) + "/authorized"
}

// The adapter comes back each time, also under another name since somebody still holds
// the old one.
func testUnplug(t *testing.T, m *machine) {
	names := map[string]int{}
	for round := range 10 {
		m.counts(t)
		tty, authorized := m.adapter(t)
		names[tty]++
		if round%3 == 1 {
			if err := m.Hold("/dev/" + tty); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Write(authorized, "0"); err != nil {
			t.Fatal(err)
		}
		poll(t, "PS:COUNT", func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			d, err := m.pvs.Channel("HIL:PS:COUNT").Get(ctx, client.Request{})
			if err == nil && d.Sample.Alarm != noComm {
				err = fmt.Errorf("unplugged: alarm %v, want %v", d.Sample.Alarm, noComm)
			}
			return err
		})
		if err := m.Write(authorized, "1"); err != nil {
			t.Fatal(err)
		}
		if err := m.Release(); err != nil {
			t.Fatal(err)
		}
	}
	m.counts(t)
	t.Logf("ten times back, as %v", names)
	if names["ttyUSB0"] == 0 || names["ttyUSB1"] == 0 {
		t.Errorf("was %v, want both ttyUSB0 and ttyUSB1", names)
	}
}

// tracing is where the kernel tells of the levels that lines are set to.
const tracing = "/sys/kernel/tracing/"

func (m *machine) watchLines(t *testing.T) {
	t.Helper()
	if err := m.Write(tracing+"events/gpio/gpio_value/enable", "1"); err != nil {
		t.Fatal(err)
	}
}

// number is the kernel's number of a line in its traces.
func (m *machine) number(t *testing.T, label string, offset int) int {
	t.Helper()
	chips, err := m.Glob("/sys/class/gpio/gpiochip*")
	if err != nil {
		t.Fatal(err)
	}
	for _, chip := range chips {
		if l, err := m.Read(chip + "/label"); err != nil || l != label {
			continue
		}
		var base int
		text, err := m.Read(chip + "/base")
		if _, scan := fmt.Sscan(text, &base); err != nil || scan != nil {
			t.Fatal(err, scan)
		}
		return base + offset
	}
	t.Fatalf("no GPIO chip %q", label)
	return 0
}

// At the end outputs are set to their on_exit states. What becomes of a line when nobody
// has it any more is up to its chip, so that the kernel's trace is asked.
func testSafeStates(t *testing.T, m *machine) {
	for _, name := range []string{"RELAY", "HEATER"} {
		m.put(t, name, 1)
	}
	m.put(t, "LAMP", 0)
	if err := m.Write(tracing+"trace", ""); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := m.Signal(control.Terminate); err != nil {
		t.Fatal(err)
	}
	code, err := m.Wait()
	if code != 0 || err != nil {
		t.Errorf("rpi-ioc ended with %d, %v", code, err)
	}
	t.Logf("rpi-ioc has ended after %v", time.Since(begin).Round(time.Millisecond))
	trace, err := m.Read(tracing + "trace")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		name  string
		line  int
		level string
	}{
		{"RELAY", m.number(t, "pinctrl-bcm2835", 17), "0"},
		{"HEATER", m.number(t, "bench", lines["HEATER"]), "1"},
		{"LAMP", m.number(t, "bench", lines["LAMP"]), "1"},
	} {
		sets := regexp.MustCompile(fmt.Sprintf(`gpio_value: %d set (\d)`, want.line)).FindAllStringSubmatch(trace, -1)
		if len(sets) == 0 || sets[len(sets)-1][1] != want.level {
			t.Errorf("%s, line %d: was set %v, want %s at last\n%s", want.name, want.line, sets, want.level, trace)
		}
	}
	if _, high := m.relay(t); high {
		t.Error("RELAY is high still")
	}
}

func testPowerOff(t *testing.T, m *machine) {
	go m.PowerOff() // until the connection breaks: its answer never comes
	select {
	case <-m.ended:
		if m.code != nil {
			t.Errorf("QEMU ended with %v", m.code)
		}
	case <-time.After(30 * time.Second):
		t.Error("the board is still on")
	}
}
