package config

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// factsOf are the facts of a PV of the lab, by their names.
func factsOf(t *testing.T, m *Model, name string) map[string]string {
	t.Helper()
	e, err := m.Explain(name)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]string{}
	for _, f := range e.Facts {
		if _, twice := facts[f.Name]; twice {
			t.Errorf("%s: %q twice", name, f.Name)
		}
		facts[f.Name] = f.Text
	}
	return facts
}

func TestExplain(t *testing.T) {
	m, err := Load("testdata/lab.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		pv   string
		want map[string]string
	}{
		{"ARD:T", map[string]string{
			"record": "ai", "is": "Temperature of the room", "units": "C", "scan": "when the hardware reports something",
			"port": "usb 2341:0043 serial 75330303", "receives": `"T=%f H=%(H)f"`, "lines end with": `"\r\n" from it, "\n" to it`,
		}},
		{"G1:P", map[string]string{
			"scan": "every 2s", "port": "/dev/ttyS1 (port wire)", "asks": `"@001PR?"`, "timeout": "300ms",
			"alarms": "high 0.001 MINOR, hihi 1 INVALID", "simulated as": "log_ramp(1e-9, 1e3, 60s)",
		}},
		{"ADC:LEVEL", map[string]string{"holds": "int16, times 0.000125, plus 0.5", "source": "i2c bus 1 address 0x48 register 0x00"}},
		{"ADC:GAIN", map[string]string{"holds": "uint16, bits 0xE00", "scan": "when it is written to, and once at start"}},
		{"ROOM:TEMP", map[string]string{"chip": "lm75: temperature"}},
		{"OVEN2:T", map[string]string{
			"source": "OVEN2 unit 1 input 0", "port": "/dev/ttyUSB5 (port bus)", "holds": "float32, CDAB", "timeout": "300ms", "simulated as": "SP + noise(0.5)",
		}},
		{"OVEN2:SP", map[string]string{"holds": "int16, BADC, times 0.1", "at exit": "20"}},
		{"OVEN2:HOT", map[string]string{"holds": "bit 3"}},
		{"OVEN2:LAMP", map[string]string{"holds": "", "at exit": "Off"}},
		{"PLC:TRACE", map[string]string{"holds": "int16, times 0.01", "port": "tcp 192.0.2.12:502", "timeout": "1s"}},
		{"SCOPE:MODE", map[string]string{"at exit": "AUTO"}},
		{"RELAY", map[string]string{"line": "17 of GPIO chip pinctrl-bcm2711", "states": "Off, On", "access group": "OUTPUTS", "at start": "keep", "at exit": "off"}},
		{"LAB:TARGET", map[string]string{"drive": "0 to 80", "source": "soft"}},
		{"SCOPE:TRACE", map[string]string{"elements": "500 at most"}},
	} {
		facts := factsOf(t, m, test.pv)
		for name, text := range test.want {
			if facts[name] != text {
				t.Errorf("%s: %s is %q, want %q", test.pv, name, facts[name], text)
			}
		}
	}
	for _, v := range m.PVs { // none that cannot be explained
		facts := factsOf(t, m, v.Name)
		if facts["file"] != v.Pos.String() || facts["record"] != v.Type.String() || facts["source"] != v.Source {
			t.Errorf("%s: %v", v.Name, facts)
		}
	}
}

func TestExplainUnknown(t *testing.T) {
	m, err := Load("testdata/lab.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"RELAI":     `"RELAI": no such PV (did you mean "RELAY"?)`,
		"":          `"": no such PV`,
		"OVEN3":     `"OVEN3": no such PV (one of its PVs is "OVEN3:T")`,
		"LAB:OVEN3": `"LAB:OVEN3": no such PV (one of its PVs is "LAB:OVEN3:T")`,
	} {
		if _, err := m.Explain(name); !errors.Is(err, ErrNoPV) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
}

// The PVs about a port go with all that is on it, those about a device with the device's.
func TestExplainStatus(t *testing.T) {
	file := t.TempDir() + "/f.yaml"
	if err := os.WriteFile(file, []byte(`
ports: {wire: {tcp: "192.0.2.7:5025", status: yes}}
devices:
  A: {port: wire, status: yes, pvs: {V: {read: "A?", reply: "%f"}}}
  B: {port: wire, pvs: {V: {read: "B?", reply: "%f"}}}
  C: {port: {tcp: "192.0.2.8:5025"}, pvs: {V: {read: "C?", reply: "%f"}}}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, name := range []string{"A:V", "B:V", "C:V"} {
		e, err := m.Explain(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, about := range []string{"CONNECTED", "TRACE:LAST"} {
			got[name+" "+about] = e.Status[about]
		}
	}
	want := map[string]string{
		"A:V CONNECTED": "A:CONNECTED", "A:V TRACE:LAST": "A:TRACE:LAST",
		"B:V CONNECTED": "wire:CONNECTED", "B:V TRACE:LAST": "wire:TRACE:LAST",
		"C:V CONNECTED": "", "C:V TRACE:LAST": "",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
