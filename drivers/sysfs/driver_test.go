package sysfs_test

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// machine makes a machine with the files, on disk, its devices linked as the kernel does.
func machine(t *testing.T) (sysfs.Kernel, string) {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"sys/devices/i2c-1/1-0076/iio:device0/name":                      "bme280\n",
		"sys/devices/i2c-1/1-0076/iio:device0/in_temp_input":             "21370\n",
		"sys/devices/i2c-1/1-0076/iio:device0/in_pressure_input":         "101.325000000\n",
		"sys/devices/i2c-1/1-0076/iio:device0/in_humidityrelative_input": "45123\n",
		"sys/devices/i2c-1/1-0048/iio:device1/name":                      "ads1115\n",
		"sys/devices/i2c-1/1-0048/iio:device1/in_voltage0_raw":           "16000\n",
		"sys/devices/i2c-1/1-0048/iio:device1/in_voltage0_scale":         "0.125000000\n",
		"sys/devices/i2c-1/1-0048/iio:device1/in_voltage0-voltage1_raw":  "-8\n",
		"sys/devices/i2c-1/1-0048/iio:device1/in_voltage-voltage_scale":  "0.5\n",
		"sys/devices/i2c-1/1-0048/iio:device1/sampling_frequency":        "128\n",
		"sys/devices/spi0.0/iio:device2/name":                            "max31865\n",
		"sys/devices/spi0.0/iio:device2/in_temp_raw":                     "8200\n",
		"sys/devices/spi0.0/iio:device2/in_temp_scale":                   "31.25\n",
		"sys/devices/spi0.0/iio:device2/in_temp_offset":                  "-8192\n",
		"sys/devices/i2c-3/3-0018/iio:device3/name":                      "imu\n",
		"sys/devices/i2c-3/3-0018/iio:device3/in_accel_x_raw":            "100\n",
		"sys/devices/i2c-3/3-0018/iio:device3/in_accel_scale":            "0.0098\n",
		"sys/devices/i2c-3/3-0018/iio:device3/in_accel_x_calibbias":      "7\n",
		"sys/devices/i2c-3/3-0018/iio:device3/in_ph_raw":                 "7012\n",
		"sys/devices/i2c-3/3-0018/iio:device3/in_ph_scale":               "0.001\n",
		"sys/devices/platform/cpu/hwmon0/name":                           "coretemp\n",
		"sys/devices/platform/cpu/hwmon0/temp1_input":                    "48000\n",
		"sys/devices/platform/cpu/hwmon0/temp1_label":                    "Package id 0\n",
		"sys/devices/platform/cpu/hwmon0/temp2_input":                    "47000\n",
		"sys/devices/platform/cpu/hwmon0/temp2_label":                    "Core 0\n",
		"sys/devices/i2c-1/1-0040/hwmon1/name":                           "ina219\n",
		"sys/devices/i2c-1/1-0040/hwmon1/power1_input":                   "2500000\n",
		"sys/devices/i2c-1/1-0040/hwmon1/in1_input":                      "12034\n",
		"sys/devices/i2c-1/1-0041/hwmon2/name":                           "ina219\n",
		"sys/devices/i2c-1/1-0041/hwmon2/in1_input":                      "3300\n",
		"sys/devices/virtual/thermal/thermal_zone0/type":                 "cpu-thermal\n",
		"sys/devices/virtual/thermal/thermal_zone0/temp":                 "48312\n",
		"sys/devices/platform/rpi/hwmon3/name":                           "rpi_volt\n",
		"sys/devices/platform/rpi/hwmon3/in0_lcrit_alarm":                "1\n",
		"proc/loadavg":                  "0.52 0.58 0.59 1/467 12345\n",
		"proc/sys/kernel/hostname":      "greenhouse\n",
		"sys/class/leds/ACT/brightness": "0\n",
		"sys/power/mode":                "[mem] disk\n",
		"sys/devices/soc/get_throttled": "50005\n",
		"sys/devices/soc/mask":          "0x0f\n",
		"sys/devices/soc/padded":        "010\n",
		"sys/devices/soc/negative":      "-0x1F\n",
		"sys/devices/soc/empty":         "",
		"sys/devices/soc/words":         "out of order\n",
	} {
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, device := range []string{"i2c-1/1-0076/iio:device0", "i2c-1/1-0048/iio:device1", "spi0.0/iio:device2", "i2c-3/3-0018/iio:device3"} {
		link(t, root, device, "sys/bus/iio/devices")
	}
	for _, device := range []string{"platform/cpu/hwmon0", "i2c-1/1-0040/hwmon1", "i2c-1/1-0041/hwmon2", "platform/rpi/hwmon3"} {
		link(t, root, device, "sys/class/hwmon")
	}
	link(t, root, "virtual/thermal/thermal_zone0", "sys/class/thermal")
	return sysfs.Kernel{Root: root}, root
}

func link(t *testing.T, root, device, class string) {
	t.Helper()
	dir := filepath.Join(root, class)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "sys/devices", device), filepath.Join(dir, filepath.Base(device))); err != nil {
		t.Skip("no symbolic links:", err)
	}
}

func opened(t *testing.T, o sysfs.Options) *sysfs.Driver {
	t.Helper()
	return driverstest.Open(t, sysfs.New, o)
}

func read(ch drivers.Channel) (pv.Value, error) {
	return ch.(drivers.Reader).Read(context.Background())
}

func iio(name string) sysfs.Place   { return sysfs.Place{Class: sysfs.IIO, Name: name} }
func hwmon(name string) sysfs.Place { return sysfs.Place{Class: sysfs.Hwmon, Name: name} }

func TestRead(t *testing.T) {
	files, _ := machine(t)
	thermal := sysfs.Place{Class: sysfs.Thermal, Name: "cpu-thermal"}
	for _, c := range []struct {
		place     sysfs.Place
		attribute sysfs.Attribute
		want      pv.Value
	}{
		{iio("bme280"), sysfs.Attribute{Name: "in_temp"}, pv.Float64Value(21.37)},
		{iio("bme280"), sysfs.Attribute{Name: "in_temp_input"}, pv.Float64Value(21.37)},
		{iio("bme280"), sysfs.Attribute{Name: "in_pressure"}, pv.Float64Value(101.325)},
		{iio("bme280"), sysfs.Attribute{Name: "in_pressure", Scale: 10}, pv.Float64Value(1013.25)},
		{iio("bme280"), sysfs.Attribute{Name: "in_humidityrelative"}, pv.Float64Value(45.123)},
		{iio("ads1115"), sysfs.Attribute{Name: "in_voltage0"}, pv.Float64Value(2)},
		{iio("ads1115"), sysfs.Attribute{Name: "in_voltage0", Scale: 11, Offset: 0.5}, pv.Float64Value(22.5)},
		{iio("ads1115"), sysfs.Attribute{Name: "in_voltage0_raw", Kind: pv.Int64}, pv.Int64Value(16000)},
		{iio("ads1115"), sysfs.Attribute{Name: "in_voltage0-voltage1"}, pv.Float64Value(-0.004)},
		{iio("ads1115"), sysfs.Attribute{Name: "sampling_frequency"}, pv.Float64Value(128)},
		{iio("max31865"), sysfs.Attribute{Name: "in_temp"}, pv.Float64Value(0.25)},
		{iio("imu"), sysfs.Attribute{Name: "in_accel_x"}, pv.Float64Value(0.98)},
		{iio("imu"), sysfs.Attribute{Name: "in_accel_x_calibbias"}, pv.Float64Value(7)},
		{hwmon("coretemp"), sysfs.Attribute{Name: "temp1_input"}, pv.Float64Value(48)},
		{hwmon("coretemp"), sysfs.Attribute{Label: "Core 0"}, pv.Float64Value(47)},
		{sysfs.Place{Class: sysfs.Hwmon, Name: "ina219", At: "1-0040"}, sysfs.Attribute{Name: "in1_input"}, pv.Float64Value(12.034)},
		{sysfs.Place{Class: sysfs.Hwmon, Name: "ina219", At: "1-0041"}, sysfs.Attribute{Name: "in1_input"}, pv.Float64Value(3.3)},
		{sysfs.Place{Class: sysfs.Hwmon, Name: "ina219", At: "1-0040"}, sysfs.Attribute{Name: "power1_input"}, pv.Float64Value(2.5)},
		{hwmon("rpi_volt"), sysfs.Attribute{Name: "in0_lcrit_alarm", Kind: pv.Enum}, pv.Int64Value(1)},
		{thermal, sysfs.Attribute{Name: "temp"}, pv.Float64Value(48.312)},
		{sysfs.Place{}, sysfs.Attribute{Name: "/sys/class/thermal/thermal_zone0/temp", Scale: 0.001}, pv.Float64Value(48.312)},
		{sysfs.Place{}, sysfs.Attribute{Name: "/proc/loadavg"}, pv.Float64Value(0.52)},
		{sysfs.Place{}, sysfs.Attribute{Name: "/proc/loadavg", Format: format.MustCompile("%*f %f", format.Input)}, pv.Float64Value(0.58)},
		{sysfs.Place{}, sysfs.Attribute{Name: "/proc/loadavg", Kind: pv.String}, pv.StringValue("0.52 0.58 0.59 1/467 12345")},
		{sysfs.Place{}, sysfs.Attribute{Name: "/proc/sys/kernel/hostname", Kind: pv.String}, pv.StringValue("greenhouse")},
		{sysfs.Place{}, sysfs.Attribute{Name: "/sys/devices/soc/get_throttled", Kind: pv.Int64, Format: format.MustCompile("%x", format.Input)}, pv.Int64Value(0x50005)},
		{sysfs.Place{}, sysfs.Attribute{Name: "/sys/devices/soc/mask", Kind: pv.Int64}, pv.Int64Value(15)},
		{sysfs.Place{}, sysfs.Attribute{Name: "/sys/devices/soc/padded", Kind: pv.Int64}, pv.Int64Value(10)},
		{sysfs.Place{}, sysfs.Attribute{Name: "/sys/devices/soc/negative"}, pv.Float64Value(-31)},
		{iio("imu"), sysfs.Attribute{Name: "in_ph"}, pv.Float64Value(7.012)},
		{sysfs.Place{}, sysfs.Attribute{Name: "/sys/power/mode", Kind: pv.Enum, Format: format.MustCompile("%{mem|[mem]}", format.Input)}, pv.Int64Value(1)},
	} {
		d := opened(t, sysfs.Options{Place: c.place, Attributes: []sysfs.Attribute{c.attribute}, Files: files})
		v, err := read(d.Channels()[0])
		near := c.want.Kind() == pv.Float64 && v.Kind() == pv.Float64 && math.Abs(v.Float64()-c.want.Float64()) < 1e-9
		if err != nil || !near && !v.Equal(c.want) {
			t.Errorf("%v %s%s: %v %v, want %v", c.place, c.attribute.Name, c.attribute.Label, v, err, c.want)
		}
	}
}

func TestWriteAndReadBack(t *testing.T) {
	files, root := machine(t)
	text := func(name string) string {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const led = "/sys/class/leds/ACT/brightness"
	for _, c := range []struct {
		place     sysfs.Place
		attribute sysfs.Attribute
		write     pv.Value
		file      string
		text      string
		back      pv.Value
	}{
		{sysfs.Place{}, sysfs.Attribute{Name: led, Kind: pv.Enum}, pv.EnumValue(1), led, "1", pv.Int64Value(1)},
		{sysfs.Place{}, sysfs.Attribute{Name: led}, pv.Float64Value(255), led, "255", pv.Float64Value(255)},
		{sysfs.Place{}, sysfs.Attribute{Name: led}, pv.Float64Value(0.5), led, "0.5", pv.Float64Value(0.5)},
		{sysfs.Place{}, sysfs.Attribute{Name: led, Scale: 100. / 255}, pv.Float64Value(100), led, "255", pv.Float64Value(100)},
		{sysfs.Place{}, sysfs.Attribute{Name: led, Kind: pv.Int64, Format: format.MustCompile("0x%02x", format.Input)}, pv.Int64Value(10), led, "0x0a", pv.Int64Value(10)},
		{sysfs.Place{}, sysfs.Attribute{Name: led, Kind: pv.String}, pv.StringValue("timer"), led, "timer", pv.StringValue("timer")},
		{sysfs.Place{}, sysfs.Attribute{Name: led, Kind: pv.Enum, Format: format.MustCompile("%{none|timer}", format.Input)}, pv.EnumValue(1), led, "timer", pv.Int64Value(1)},
		{hwmon("coretemp"), sysfs.Attribute{Name: "temp1_input"}, pv.Float64Value(50.4), "sys/class/hwmon/hwmon0/temp1_input", "50400", pv.Float64Value(50.4)},
	} {
		c.attribute.Writable = true
		d := opened(t, sysfs.Options{Place: c.place, Attributes: []sysfs.Attribute{c.attribute}, Files: files})
		if err := d.Channels()[0].(drivers.Writer).Write(t.Context(), c.write); err != nil {
			t.Errorf("%s: write %v: %v", c.attribute.Name, c.write, err)
			continue
		}
		if got := text(c.file); got != c.text {
			t.Errorf("%s: %v was written as %q, want %q", c.attribute.Name, c.write, got, c.text)
		}
		v, err := read(d.Channels()[0])
		if err != nil || math.Abs(v.Float64()-c.back.Float64()) > 1e-9 || v.Kind() != c.back.Kind() || v.Str() != c.back.Str() {
			t.Errorf("%s: read back %v %v, want %v", c.attribute.Name, v, err, c.back)
		}
	}
}

func TestOnExit(t *testing.T) {
	var tree sim.Tree
	tree.Set("/sys/fan", "255")
	d, err := sysfs.New(sysfs.Options{Files: &tree, Attributes: []sysfs.Attribute{{Name: "/sys/fan", Writable: true, OnExit: pv.Float64Value(0)}}})
	if err != nil {
		t.Fatal(err)
	}
	want := func(when, text string) {
		t.Helper()
		if b, err := tree.ReadFile("/sys/fan"); string(b) != text || err != nil {
			t.Errorf("%s: %q %v, want %q", when, b, err, text)
		}
	}
	if err := d.Close(); err != nil { // it was not open
		t.Fatal(err)
	}
	want("never open", "255")
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	want("closed", "0")
	tree.Set("/sys/fan", "255")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	want("closed again", "255")
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	tree.Remove("/sys/fan")
	if err := d.Close(); err == nil {
		t.Error("what could not be set on exit is not told")
	}
}

func TestOpenSaysWhatIsThere(t *testing.T) {
	files, _ := machine(t)
	for _, c := range []struct {
		place sysfs.Place
		want  string
	}{
		{iio("bme680"), "there are ads1115, bme280, imu, max31865"},
		{hwmon("ina219"), "2 devices hwmon ina219, tell them apart with at: a part of /sys/devices/i2c-1/1-0040/hwmon1 or /sys/devices/i2c-1/1-0041/hwmon2"},
		{sysfs.Place{Class: sysfs.Hwmon, Name: "ina219", At: "1-0045"}, "none at 1-0045, but at /sys/devices/i2c-1/1-0040/hwmon1 and"},
		{sysfs.Place{Class: sysfs.Thermal, Name: "gpu"}, "there are cpu-thermal"},
	} {
		d, err := sysfs.New(sysfs.Options{Place: c.place, Files: files, Attributes: []sysfs.Attribute{{Name: "temp"}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want ErrAbsent and %q", c.place, err, c.want)
		}
	}
	d, err := sysfs.New(sysfs.Options{Files: files, Attributes: []sysfs.Attribute{{Name: "/sys/class/leds/PWR/brightness"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "leds/PWR/brightness") {
		t.Errorf("missing file: %v", err)
	}
	d, err = sysfs.New(sysfs.Options{Place: iio("bme280"), Files: new(sim.Tree), Attributes: []sysfs.Attribute{{Name: "in_temp"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "dtoverlay") {
		t.Errorf("no devices at all: %v", err)
	}
}

// TestDeviceComesBackUnderAnotherNumber: the kernel gives the next free number.
func TestDeviceComesBackUnderAnotherNumber(t *testing.T) {
	var tree sim.Tree
	set := func(dir, temp string) {
		tree.Set(dir+"/name", "bme280\n")
		tree.Set(dir+"/in_temp_input", temp)
		tree.Set(dir+"/in_pressure_input", "100")
	}
	set("/sys/bus/iio/devices/iio:device0", "21000\n")
	d := opened(t, sysfs.Options{Place: iio("bme280"), Files: &tree, Attributes: []sysfs.Attribute{{Name: "in_temp"}, {Name: "in_pressure"}}})
	temp := d.Channels()[0]
	if v, err := read(temp); err != nil || v.Float64() != 21 {
		t.Fatalf("%v %v", v, err)
	}
	tree.Remove("/sys/bus/iio/devices/iio:device0")
	if v, err := read(temp); !drivers.IsLost(err) {
		t.Fatalf("after it has gone: %v %v, want the loss of the device", v, err)
	}
	_ = d.Close() // never fails
	if _, err := read(temp); !drivers.IsLost(err) {
		t.Fatalf("closed: %v", err)
	}
	if err := d.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) {
		t.Fatalf("still away: %v", err)
	}
	set("/sys/bus/iio/devices/iio:device3", "22000\n")
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, err := read(temp); err != nil || v.Float64() != 22 {
		t.Errorf("back: %v %v, want 22", v, err)
	}
	// Gone and back between two readings.
	tree.Remove("/sys/bus/iio/devices/iio:device3")
	set("/sys/bus/iio/devices/iio:device4", "23000\n")
	if _, err := read(temp); !drivers.IsLost(err) {
		t.Errorf("moved: %v, want the loss of the device", err)
	}
}

func TestFaults(t *testing.T) {
	var tree sim.Tree
	const dir = "/sys/class/hwmon/hwmon0"
	tree.Set(dir+"/name", "chip\n")
	fails := func(err error) func() ([]byte, error) {
		return func() ([]byte, error) { return nil, &fs.PathError{Op: "read", Path: "x", Err: err} }
	}
	refuses := func(err error) func([]byte) error {
		return func([]byte) error { return &fs.PathError{Op: "write", Path: "x", Err: err} }
	}
	tree.Handle(dir+"/temp1_input", fails(syscall.EIO), refuses(syscall.EIO))
	tree.Handle(dir+"/temp2_input", fails(syscall.ETIMEDOUT), refuses(syscall.ERANGE))
	tree.Handle(dir+"/temp3_input", fails(syscall.ENODEV), refuses(syscall.EACCES))
	tree.Handle(dir+"/temp4_input", fails(syscall.EAGAIN), nil)
	tree.Handle(dir+"/temp8_input", fails(syscall.ENXIO), refuses(syscall.ENXIO)) // a NACK on I2C
	tree.Set(dir+"/temp5_input", "n/a\n")
	tree.Set(dir+"/temp6_input", "")
	tree.Set(dir+"/in1_input", "1.5\n")
	for _, c := range []struct {
		attribute   sysfs.Attribute
		status      pv.Status
		lost        bool
		writeStatus pv.Status
	}{
		{sysfs.Attribute{Name: "temp1_input"}, pv.StatusRead, false, pv.StatusWrite},
		{sysfs.Attribute{Name: "temp2_input"}, pv.StatusTimeout, false, pv.StatusHwLimit},
		{sysfs.Attribute{Name: "temp3_input"}, pv.StatusComm, false, pv.StatusWrite}, // of a device that is there
		{sysfs.Attribute{Name: "temp4_input"}, pv.StatusRead, false, 0},
		{sysfs.Attribute{Name: "temp5_input"}, pv.StatusCalc, false, 0},
		{sysfs.Attribute{Name: "temp6_input"}, pv.StatusCalc, false, 0},
		{sysfs.Attribute{Name: "temp7_input"}, pv.StatusComm, false, pv.StatusComm},
		{sysfs.Attribute{Name: "temp8_input"}, pv.StatusComm, false, pv.StatusComm},
		{sysfs.Attribute{Label: "CPU"}, pv.StatusComm, false, pv.StatusComm},
		{sysfs.Attribute{Name: "in1_input", Kind: pv.Int64}, pv.StatusCalc, false, 0},
	} {
		c.attribute.Writable = true
		d := opened(t, sysfs.Options{Place: hwmon("chip"), Files: &tree, Attributes: []sysfs.Attribute{c.attribute, {Name: "temp1_input"}}})
		_, err := read(d.Channels()[0])
		if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != c.status || drivers.IsLost(err) != c.lost {
			t.Errorf("%s: %v lost %t (%v), want %v lost %t", c.attribute.Name, a, drivers.IsLost(err), err, c.status, c.lost)
		}
		err = d.Channels()[0].(drivers.Writer).Write(t.Context(), pv.Float64Value(1))
		if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != c.writeStatus {
			t.Errorf("write %s: %v (%v), want %v", c.attribute.Name, a, err, c.writeStatus)
		}
	}
	d := opened(t, sysfs.Options{Place: hwmon("chip"), Files: &tree, Attributes: []sysfs.Attribute{{Name: "temp1_input", Writable: true}}})
	err := d.Channels()[0].(drivers.Writer).Write(t.Context(), pv.Float64Value(math.NaN()))
	if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != pv.StatusHwLimit {
		t.Errorf("NaN: %v (%v)", a, err)
	}
}

func TestWhatCannotBe(t *testing.T) {
	for _, o := range []sysfs.Options{
		{Attributes: []sysfs.Attribute{{Name: "proc/loadavg"}}},
		{Attributes: []sysfs.Attribute{{}}},
		{Attributes: []sysfs.Attribute{{Label: "Core 0"}}},
		{Place: hwmon("x"), Attributes: []sysfs.Attribute{{Name: "a", Label: "b"}}},
		{Place: hwmon("x"), Attributes: []sysfs.Attribute{{Name: "../name"}}},
		{Place: hwmon("x"), Attributes: []sysfs.Attribute{{Name: ".."}}},
		{Place: hwmon("x"), Attributes: []sysfs.Attribute{{Name: "a", Scale: math.Inf(1)}}},
		{Place: hwmon("x"), Attributes: []sysfs.Attribute{{Name: "a", Scale: 2, Kind: pv.Int64}}},
		{Place: hwmon("x"), Attributes: []sysfs.Attribute{{Name: "a", Kind: pv.Uint8}}},
		{Place: hwmon("x"), Attributes: []sysfs.Attribute{{Name: "a", Format: format.MustCompile("%f %f", format.Input)}}},
		{Place: hwmon("x"), Attributes: []sysfs.Attribute{{Name: "a", OnExit: pv.Float64Value(0)}}},
		{Place: hwmon("")},
		{Place: sysfs.Place{Name: "x"}},
		{Place: sysfs.Place{Class: 99, Name: "x"}},
	} {
		if _, err := sysfs.New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

func TestPermissionNamesTheGroup(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root is refused nothing")
	}
	files, root := machine(t)
	if err := os.Chmod(filepath.Join(root, "proc/loadavg"), 0); err != nil {
		t.Fatal(err)
	}
	d := opened(t, sysfs.Options{Files: files, Attributes: []sysfs.Attribute{{Name: "/proc/loadavg"}}})
	_, err := read(d.Channels()[0])
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "udev rule") {
		t.Errorf("%v", err)
	}
}

func TestList(t *testing.T) {
	files, _ := machine(t)
	got := ""
	for _, c := range []sysfs.Class{sysfs.IIO, sysfs.Hwmon, sysfs.Thermal} {
		found, err := sysfs.List(files, c)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			got += f.String() + ": " + strings.Join(f.Attributes, " ") + "\n"
		}
	}
	const want = `iio ads1115 at /sys/devices/i2c-1/1-0048/iio:device1: in_voltage0 in_voltage0-voltage1
iio bme280 at /sys/devices/i2c-1/1-0076/iio:device0: in_humidityrelative in_pressure in_temp
iio imu at /sys/devices/i2c-3/3-0018/iio:device3: in_accel_x in_ph
iio max31865 at /sys/devices/spi0.0/iio:device2: in_temp
hwmon coretemp at /sys/devices/platform/cpu/hwmon0: temp1_input temp2_input
hwmon ina219 at /sys/devices/i2c-1/1-0040/hwmon1: in1_input power1_input
hwmon ina219 at /sys/devices/i2c-1/1-0041/hwmon2: in1_input
hwmon rpi_volt at /sys/devices/platform/rpi/hwmon3: ` + `
thermal cpu-thermal at /sys/devices/virtual/thermal/thermal_zone0: temp
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if found, err := sysfs.List(new(sim.Tree), sysfs.IIO); found != nil || err != nil {
		t.Errorf("nothing there: %v %v", found, err)
	}
}
