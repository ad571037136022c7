package config

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/pv"
)

const statusFile = `
ioc: {prefix: "X:"}
defaults: {asg: OPS}
ports:
  vac: {serial: /dev/ttyS9, status: yes}
  spare: {tcp: "192.0.2.1:1"}
devices:
  G1: {port: vac, status: yes, pvs: {P: {read: "1P?", reply: "%f", scan: 100ms}}}
  PS: {port: {tcp: "192.0.2.1:2"}, status: yes, defaults: {asg: DEFAULT}, pvs: {V: {write: "V %f", readback: "V?", reply: "%f"}}}
  ADC: {i2c: {address: 0x48}, status: CHIP, pvs: {L: {at: 0, scan: 100ms}}}
  DAC: {spi: {cs: 0}, scan: 1s, pvs: {L: {at: 0}}}
  ROOM: {spi: {cs: 1}, scan: 1s, status: yes, pvs: {L: {at: 0}}}
`

var (
	busNames   = []string{"ENABLE", "RECONNECT", "TRANSACTIONS", "RETRIES", "TRACE", "TRACE:LAST"}
	unitNames  = []string{"CONNECTED", "REQUESTS", "FAULTS", "ERROR", "LATENCY", "LATENCY:WORST"}
	traceNames = []string{"TRACE", "TRACE:LAST"}
	portNames  = []string{
		"ENABLE", "RECONNECT", "BYTES:IN", "BYTES:OUT", "COMMANDS", "TIMEOUTS", "MISMATCHES", "STRAYS", "TRACE", "TRACE:LAST",
	}
)

func TestStatus(t *testing.T) {
	m, err := Parse("f", []byte(statusFile))
	if err != nil {
		t.Fatal(err)
	}
	under := func(prefix string, names ...[]string) (all []string) {
		for _, n := range slices.Concat(names...) {
			all = append(all, prefix+n)
		}
		return all
	}
	want := slices.Concat(
		[]string{"X:G1:P", "X:PS:V", "X:ADC:L", "X:DAC:L", "X:ROOM:L"},
		under("X:vac:", unitNames, portNames), under("X:G1:", unitNames, traceNames), under("X:PS:", unitNames, portNames), under("X:ADC:CHIP:", unitNames, busNames),
		under("X:ROOM:", unitNames, []string{"TRANSACTIONS", "RETRIES"}, traceNames),
	)
	var got []string
	for _, p := range m.PVs {
		got = append(got, p.Name)
		if asg := map[bool]string{true: "DEFAULT", false: "OPS"}[strings.HasPrefix(p.Name, "X:PS:")]; p.spec.ASG != asg {
			t.Errorf("%s has ASG %q", p.Name, p.spec.ASG)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("PVs (-want +got):\n%s", d)
	}
	if p := m.PVs[5]; p.Source != "port vac" || p.Pos.Line != 5 {
		t.Errorf("%s: %s at %v", p.Name, p.Source, p.Pos)
	}
	if len(m.Warnings) != 1 || m.Warnings[0].Error() != "f:6:3: port spare is used by no device" {
		t.Errorf("warnings %v", m.Warnings)
	}
}

// Under --sim all of them live, and switch.
func TestStatusLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := Parse("f", []byte(statusFile))
		if err != nil {
			t.Fatal(err)
		}
		i, stop := startModel(t, m, Options{Sim: true, Log: slog.New(slog.DiscardHandler)})
		defer stop()
		for _, name := range []string{"X:vac:CONNECTED", "X:G1:CONNECTED", "X:PS:CONNECTED", "X:ADC:CHIP:CONNECTED"} {
			await(t, i, name, func(s pv.Sample) bool { return s.Value.Int64() == 1 && s.Alarm == pv.Alarm{} })
		}
		await(t, i, "X:vac:TRACE:LAST", func(s pv.Sample) bool { return strings.Contains(s.Value.Str(), " > G1 \"1P?\\n\"\n") })
		await(t, i, "X:G1:TRACE:LAST", func(s pv.Sample) bool { return strings.HasSuffix(s.Value.Str(), "\"\n") })
		await(t, i, "X:ROOM:TRACE:LAST", func(s pv.Sample) bool { return strings.Contains(s.Value.Str(), " < cs 1 ") })
		await(t, i, "X:vac:BYTES:OUT", func(s pv.Sample) bool { return s.Value.Int64() > 0 })
		await(t, i, "X:ADC:CHIP:REQUESTS", func(s pv.Sample) bool { return s.Value.Int64() > 0 })
		enable, err := i.Database().Lookup("X:vac:ENABLE")
		if err != nil {
			t.Fatal(err)
		}
		for state, alarm := range []pv.Status{pv.StatusComm, pv.StatusNone} {
			if err := enable.Put(pv.EnumValue(uint16(state)), nil); err != nil {
				t.Fatal(err)
			}
			await(t, i, "X:G1:P", func(s pv.Sample) bool { return s.Alarm.Status == alarm })
			await(t, i, "X:G1:CONNECTED", func(s pv.Sample) bool { return s.Value.Int64() == int64(state) })
		}
	})
}
