package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/config"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/drivers/gpio"
)

// bench is a machine with something of everything, made of files below a directory.
func bench(t *testing.T) machine {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"proc/device-tree/model":                   "Raspberry Pi 4 Model B Rev 1.4\x00",
		"dev/i2c-1":                                "",
		"dev/spidev0.0":                            "",
		"dev/i2c-20":                               "",
		"sys/bus/i2c/devices/i2c-1/name":           "bcm2835 (i2c@7e804000)\n",
		"sys/bus/i2c/devices/1-0068/name":          "ds3231\n",
		"sys/bus/i2c/devices/1-0068/driver/unbind": "",
		"dev/ttyUSB0":                              "",
		"sys/devices/usb1/1-1/idVendor":            "0403\n",
		"sys/devices/usb1/1-1/idProduct":           "6001\n",
		"sys/devices/usb1/1-1/serial":              "A50285BI\n",
		"sys/devices/usb1/1-1/product":             "FT232R USB UART\n",
		"sys/devices/usb1/1-1/1-1:1.0/uevent":      "",
		"sys/devices/platform/uart/uevent":         "",
		"sys/bus/w1/devices/28-0316a2795f2c/name":  "28-0316a2795f2c\n",
		"sys/bus/w1/devices/w1_bus_master1/name":   "w1_bus_master1\n",

		"sys/devices/i2c-1/1-0076/iio:device0/name":              "bme280\n",
		"sys/devices/i2c-1/1-0076/iio:device0/in_temp_input":     "21370\n",
		"sys/devices/i2c-1/1-0076/iio:device0/in_pressure_input": "101.3\n",
		"sys/devices/i2c-1/1-0040/hwmon0/name":                   "ina219\n",
		"sys/devices/i2c-1/1-0040/hwmon0/in1_input":              "12034\n",
		"sys/devices/i2c-1/1-0041/hwmon1/name":                   "ina219\n",
		"sys/devices/i2c-1/1-0041/hwmon1/in1_input":              "3300\n",
		"sys/devices/virtual/thermal/thermal_zone0/type":         "cpu-thermal\n",
		"sys/devices/virtual/thermal/thermal_zone0/temp":         "48312\n",
	} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"sys/class/tty/ttyUSB0/device": "sys/devices/usb1/1-1/1-1:1.0",
		"sys/class/tty/ttyAMA0/device": "sys/devices/platform/uart",

		"sys/bus/iio/devices/iio:device0": "sys/devices/i2c-1/1-0076/iio:device0",
		"sys/class/hwmon/hwmon0":          "sys/devices/i2c-1/1-0040/hwmon0",
		"sys/class/hwmon/hwmon1":          "sys/devices/i2c-1/1-0041/hwmon1",
		"sys/class/thermal/thermal_zone0": "sys/devices/virtual/thermal/thermal_zone0",
	} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Symlink(filepath.Join(root, target), path)); err != nil {
			t.Fatal(err)
		}
	}
	return machine{
		root: root,
		listGPIO: func(dir string) ([]gpio.ChipInfo, error) {
			if dir != root {
				t.Errorf("GPIO chips below %s, want %s", dir, root)
			}
			lines := make([]gpio.LineInfo, 58)
			for i := range lines {
				lines[i].Offset = i
			}
			lines[22] = gpio.LineInfo{Offset: 22, Name: "GPIO22", Used: true, Consumer: "lamp", Output: true}
			lines[42] = gpio.LineInfo{Offset: 42, Used: true}
			return []gpio.ChipInfo{{Path: "/dev/gpiochip0", Label: "pinctrl-bcm2711", Device: "fe200000.gpio", Lines: lines}}, nil
		},
		probeI2C: func(_ context.Context, bus int, skip map[uint16]string, at func(uint16)) ([]uint16, error) {
			if bus == 20 {
				return nil, errors.New("address 0x08: connection timed out")
			}
			if skip[0x68] != "ds3231" {
				t.Errorf("bus %d: skips %v, want what the kernel has", bus, skip)
			}
			at(0x48)
			return []uint16{0x0B, 0x48}, nil
		},
	}
}

// run runs rpi-ioc on a machine, and returns what it has printed.
func (m machine) run(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	p := &program{name: "rpi-ioc", stdout: &out, stderr: &errs, machine: m, lookup: func(string) (string, bool) { return "", false }}
	if code := p.run(context.Background(), args); code != want {
		t.Errorf("%q: exit code %d, want %d\n%s", args, code, want, &errs)
	}
	return out.String(), errs.String()
}

const benchText = `raspberry-pi-4b (Raspberry Pi 4 Model B Rev 1.4)

GPIO chips:
  /dev/gpiochip0: pinctrl-bcm2711, 58 lines
    gpiochip0:22  GPIO22  output  used by "lamp"
    gpiochip0:42  -       input   used by the kernel or another program

I2C buses:
  /dev/i2c-1: bcm2835 (i2c@7e804000)
    0x0B
    0x48  could be MODELS
    0x68  driver ds3231 of the kernel has it
  /dev/i2c-20
    address 0x08: connection timed out

SPI buses:
  /dev/spidev0.0

Serial ports:
  /dev/ttyAMA0
    /dev/ttyAMA0: no such port (not on this machine): is the adapter plugged in?
  /dev/ttyUSB0: FT232R USB UART, usb 0403:6001 serial A50285BI

1-Wire sensors:
  28-0316a2795f2c

Sensors that the kernel drives:
  iio bme280: in_pressure, in_temp
  hwmon ina219: in1_input
  hwmon ina219: in1_input
  thermal cpu-thermal: temp

For a configuration file:

`

const benchYAML = `devices:
  CHIP1_0B:
    i2c: {bus: 1, address: 0x0B}
    pvs:
      REG0: {at: 0x00, type: uint8, scan: 1s}
  CHIP1_48:
    i2c: {bus: 1, address: 0x48}
    chip: FIRST   # a guess by the address, could be OTHERS
  SENSOR1: {onewire: 28-0316a2795f2c, chip: ds18b20, scan: 5s}
  INSTR1:
    port: {serial: /dev/ttyAMA0, baud: 9600}
    pvs:
      ID: {read: "*IDN?", reply: "%s", scan: once}
  INSTR2:  # FT232R USB UART
    port: {serial: {usb: {vid: 0x0403, pid: 0x6001, serial: "A50285BI"}}, baud: 9600}
    pvs:
      ID: {read: "*IDN?", reply: "%s", scan: once}
pvs:
  BME280:IN_PRESSURE: {iio: {name: bme280, attribute: in_pressure}, scan: 5s}
  BME280:IN_TEMP: {iio: {name: bme280, attribute: in_temp}, scan: 5s}
  INA219:IN1_INPUT: {hwmon: {name: ina219, at: i2c-1/1-0040, attribute: in1_input}, scan: 5s}
  INA2192:IN1_INPUT: {hwmon: {name: ina219, at: i2c-1/1-0041, attribute: in1_input}, scan: 5s}
  CPU_THERMAL: {thermal: cpu-thermal, scan: 5s}
`

func TestScan(t *testing.T) {
	m := bench(t)
	models := strings.Join(candidates(0x48), ", ")
	if !strings.Contains(models, "lm75") {
		t.Errorf("at 0x48 could be %s, want an lm75 among them", models)
	}
	first, others, _ := strings.Cut(models, ", ")
	fill := strings.NewReplacer("MODELS", models, "FIRST", first, "OTHERS", others).Replace
	out, errs := m.run(t, exitOK, "scan")
	if d := cmp.Diff(fill(benchText+benchYAML), out); d != "" || errs != "" {
		t.Errorf("(-want +got):\n%s%s", d, errs)
	}
	out, _ = m.run(t, exitOK, "scan", "--yaml")
	if d := cmp.Diff(fill(benchYAML), out); d != "" {
		t.Errorf("--yaml (-want +got):\n%s", d)
	}
	if _, err := config.Parse("f", []byte(out)); err != nil {
		t.Errorf("what is to be pasted has mistakes: %v", err)
	}
	out, _ = m.run(t, exitOK, "scan", "--json")
	var i inventory
	if err := json.Unmarshal([]byte(out), &i); err != nil {
		t.Fatal(err)
	}
	if len(i.GPIO) != 1 || len(i.GPIO[0].Lines) != 58 || len(i.I2C) != 2 || len(i.I2C[0].Chips) != 3 || len(i.Serial) != 2 || i.Serial[1].USB.VID != 0x0403 {
		t.Errorf("--json: %s", out)
	}
	_, errs = m.run(t, exitUsage, "scan", "--json", "--yaml")
	if !strings.Contains(errs, "--json or --yaml, not both") {
		t.Error(errs)
	}
}

// What is proposed for a chip is good, whatever it is.
func TestScanChips(t *testing.T) {
	for _, m := range chip.Models() {
		if m.I2C == nil {
			continue
		}
		i := inventory{I2C: []i2cBus{{Number: 1, Chips: []i2cChip{{Address: m.I2C.Addresses[0], Models: []string{m.Name}}}}}}
		if model, err := config.Parse("f", []byte(i.yaml())); err != nil || len(model.PVs) == 0 {
			t.Errorf("%s: %v\n%s", m.Name, err, i.yaml())
		}
	}
}

// Without a search nothing is sent on an I2C bus.
func TestScanQuick(t *testing.T) {
	m := bench(t)
	m.probeI2C = func(context.Context, int, map[uint16]string, func(uint16)) ([]uint16, error) {
		t.Error("a bus is searched")
		return nil, nil
	}
	out, _ := m.run(t, exitOK, "scan", "--quick")
	if !strings.Contains(out, "0x68  driver ds3231 of the kernel has it") || strings.Contains(out, "0x48") {
		t.Error(out)
	}
}

// What cannot be looked at keeps nothing else from being found.
func TestScanDenied(t *testing.T) {
	m := bench(t)
	m.listGPIO = func(string) ([]gpio.ChipInfo, error) {
		return nil, errors.New("/dev/gpiochip0: permission denied: add the user to group gpio")
	}
	out, _ := m.run(t, exitOK, "scan")
	if !strings.Contains(out, "Not looked at:\n  /dev/gpiochip0: permission denied: add the user to group gpio\n") || !strings.Contains(out, "ttyUSB0") {
		t.Error(out)
	}
}

// A terminal shows what is being done, and nothing is left of that.
func TestScanProgress(t *testing.T) {
	var out, errs strings.Builder
	p := &program{stdout: &out, stderr: &errs, machine: bench(t), watched: true, lookup: func(string) (string, bool) { return "", false }}
	if code := p.run(context.Background(), []string{"scan"}); code != exitOK {
		t.Fatal(code)
	}
	if s := errs.String(); !strings.Contains(s, "\r\x1b[K/dev/i2c-1: 0x48\r\x1b[K") || !strings.HasSuffix(s, "\x1b[K") {
		t.Errorf("%q", s)
	}
}

// active takes the # away from the lines of a starter file that are good ones.
func active(text string) string {
	return regexp.MustCompile(`(?m)^#(\S|  )`).ReplaceAllString(text, "$1")
}

func TestInit(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		name     string
		machine  machine
		pvs, all []string
	}{
		{"a bench", bench(t), []string{"LAB-1:TARGET", "LAB-1:WAVE"}, []string{
			"LAB-1:CHIP1_0B:REG0", "LAB-1:SENSOR1:TEMP", "LAB-1:INSTR1:ID", "LAB-1:INSTR2:ID", "LAB-1:TARGET", "LAB-1:WAVE",
			"LAB-1:BME280:IN_PRESSURE", "LAB-1:BME280:IN_TEMP", "LAB-1:INA219:IN1_INPUT", "LAB-1:INA2192:IN1_INPUT", "LAB-1:CPU_THERMAL",
			"LAB-1:LED", "LAB-1:BUTTON",
		}},
		{
			"a laptop",
			machine{root: dir, listGPIO: func(string) ([]gpio.ChipInfo, error) { return nil, nil }},
			[]string{"LAB-1:PS:ID", "LAB-1:PS:VOLT", "LAB-1:PS:CURR", "LAB-1:TARGET", "LAB-1:WAVE"},
			[]string{"LAB-1:PS:ID", "LAB-1:PS:VOLT", "LAB-1:PS:CURR", "LAB-1:TARGET", "LAB-1:WAVE"},
		},
	} {
		file := filepath.Join(t.TempDir(), "Lab-1.yaml")
		out, _ := test.machine.run(t, exitOK, "init", file)
		if !strings.Contains(out, "rpi-ioc run --sim "+file) {
			t.Errorf("%s: %s", test.name, out)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for what, text := range map[string]string{"as written": string(text), "with all lines": strings.ReplaceAll(active(string(text)), "board: auto", "board: raspberry-pi-4b")} {
			m, err := config.Parse(file, []byte(text))
			if err != nil {
				t.Errorf("%s, %s: %v\n%s", test.name, what, err, text)
				continue
			}
			var names []string
			for _, v := range m.PVs {
				if !strings.Contains(v.Name, "CHIP1_48") { // as the model is, which is a guess
					names = append(names, v.Name)
				}
			}
			want := test.pvs
			if what != "as written" {
				want = test.all
			}
			if !slices.Equal(names, want) || m.Name != "Lab-1" || len(m.Warnings) > 0 {
				t.Errorf("%s, %s: %s has %q, want %q; warnings %v", test.name, what, m.Name, names, want, m.Warnings)
			}
		}
		_, errs := test.machine.run(t, exitFailed, "init", file)
		if again, err := os.ReadFile(file); err != nil || string(again) != string(text) || !strings.Contains(errs, "is there already, and is not overwritten") {
			t.Errorf("%s: a file that was there: %v, %s", test.name, err, errs)
		}
	}
}

// The pins that are proposed are free, as far as can be told.
func TestInitPins(t *testing.T) {
	out, _ := bench(t).run(t, exitOK, "init", "-")
	for _, want := range []string{`prefix: "IOC:"`, "LED: {gpio: GPIO27,", "BUTTON: {gpio: GPIO24,"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
