package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNeeds(t *testing.T) {
	for _, test := range []struct {
		name, file string
		want       Needs
	}{
		{"nothing", "pvs: {A: {value: 1}}", Needs{}},
		{"the network", `devices: {A: {port: {tcp: "a:1"}, pvs: {B: {read: "B?", reply: "%f"}}}}`, Needs{}},
		{
			"serial ports",
			`
devices:
  A: {port: {serial: /dev/ttyS1}, pvs: {B: {read: "B?", reply: "%f"}}}
  B: {port: {serial: {usb: {vid: 1}}}, pvs: {B: {read: "B?", reply: "%f"}}}
  C: {port: {serial: {usb: {vid: 2}}}, pvs: {B: {read: "B?", reply: "%f"}}}
  D: {port: {modbus: {serial: /dev/ttyS2, unit: 1}}, pvs: {B: {holding: 0}}}
`,
			Needs{Serial: []string{"", "/dev/ttyS1", "/dev/ttyS2"}},
		},
		{
			"pins and buses",
			`
board: generic
devices: {A: {i2c: {bus: 1, address: 0x48}, pvs: {B: {at: 0}}}, C: {spi: {bus: 0}, chip: max31855}}
pvs: {LED: {gpio: GPIO17, direction: output}, FAN: {pwm: {period: 20ms}}}
`,
			Needs{GPIO: true, I2C: true, SPI: true, PWM: true, Writes: []string{"/sys"}},
		},
		{
			"files",
			`
pvs: {LAMP: {file: /sys/class/leds/ACT/brightness, write: yes}, TEMP: {file: /sys/class/thermal/thermal_zone0/temp}}
`,
			Needs{Writes: []string{"/sys/class/leds/ACT/brightness"}},
		},
		{
			"the kernel's sensors",
			"devices: {T: {onewire: 28-0316a2795f2c, chip: ds18b20}}\npvs: {A: {iio: {name: bme280, attribute: in_temp}}, B: {host: clock}}",
			Needs{Writes: []string{"/sys"}},
		},
	} {
		m, err := Parse("f", []byte(test.file))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if d := cmp.Diff(test.want, m.Needs()); d != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, d)
		}
	}
}

func TestNeedsOfFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"f.yaml": "access: {file: f.acf}\nput_log: {file: puts.jsonl}\npvs: {A: {value: 1}}\n",
		"f.acf":  "ASG(DEFAULT) { RULE(1, WRITE) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m, err := Load(filepath.Join(dir, "f.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Needs{Reload: true, Writes: []string{filepath.Join(dir, "puts.jsonl")}}, m.Needs()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
