package host

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/pv"
)

// pi has the texts of a Raspberry Pi 4B.
func pi() *sim.Tree {
	var t sim.Tree
	for name, text := range map[string]string{
		"/sys/class/thermal/thermal_zone0/type":                "cpu-thermal\n",
		"/sys/class/thermal/thermal_zone0/temp":                "48312\n",
		"/sys/class/hwmon/hwmon1/name":                         "rpi_volt\n",
		"/sys/class/hwmon/hwmon1/in0_lcrit_alarm":              "0\n",
		"/sys/bus/platform/devices/soc:firmware/get_throttled": "50005\n",
		"/proc/loadavg":                      "0.52 0.58 0.59 1/167 1234\n",
		"/proc/uptime":                       "3612.34 14000.00\n",
		"/proc/stat":                         "cpu  1000 50 500 8000 300 0 50 0 0 0\ncpu0 1 2 3 4\n",
		"/proc/meminfo":                      "MemTotal:        3884360 kB\nMemFree:          100000 kB\nMemAvailable:    3000000 kB\n",
		"/proc/self/status":                  "Name:\trpi-ioc\nVmPeak:\t  800000 kB\nVmRSS:\t   15000 kB\n",
		"/proc/self/stat":                    "1234 (rpi ioc) x) S 1 1234 1234 0 -1 4194560 1000 0 0 0 200 100 0 0 20 0 8 0 500 1 2\n",
		"/proc/self/fd/0":                    "",
		"/proc/self/fd/1":                    "",
		"/proc/self/fd/7":                    "",
		"/run/systemd/timesync/synchronized": "",
	} {
		t.Set(name, text)
	}
	return &t
}

func open(t *testing.T, files sysfs.Files, quantities ...string) []drivers.Channel {
	t.Helper()
	return driverstest.Open(t, New, Options{Quantities: quantities, Files: files}).Channels()
}

func read(t *testing.T, ch drivers.Channel) (pv.Value, error) {
	return ch.(drivers.Reader).Read(t.Context())
}

func TestQuantities(t *testing.T) {
	for name, want := range map[string]pv.Value{
		"cpu_temp":     pv.Float64Value(48.312),
		"undervoltage": pv.Int64Value(0),
		"throttled":    pv.Int64Value(0x50005),
		"load":         pv.Float64Value(0.52),
		"uptime":       pv.Float64Value(3612.34),
		"memory":       pv.Float64Value(15.36),
		"memory_free":  pv.Float64Value(3072),
		"files":        pv.Int64Value(3),
		"clock":        pv.Int64Value(1),
	} {
		v, err := read(t, open(t, pi(), name)[0])
		if err != nil || v.Kind() != want.Kind() || math.Abs(v.Float64()-want.Float64()) > 1e-9 {
			t.Errorf("%s: %v %v, want %v", name, v, err, want)
		}
	}
	if v, err := read(t, open(t, pi(), "hostname")[0]); err != nil || v.Str() == "" {
		t.Errorf("hostname: %v %v", v, err)
	}
	for _, q := range Quantities() {
		if v, err := read(t, open(t, pi(), q.Name)[0]); err != nil || q.Kind == pv.Enum && v.Kind() != pv.Int64 || q.Kind != pv.Enum && v.Kind() != q.Kind {
			t.Errorf("%s, which is %v: %v %v", q.Name, q.Kind, v, err)
		}
	}
	if _, err := New(Options{Quantities: []string{"cpu"}}); err == nil {
		t.Error("an unknown quantity is taken")
	}
}

// TestUndervoltage: of the kernel's watch, or of the firmware where that is not loaded.
func TestUndervoltage(t *testing.T) {
	tree := pi()
	ch := open(t, tree, "undervoltage")[0]
	want := func(when string, want int64) {
		t.Helper()
		if v, err := read(t, ch); err != nil || v.Int64() != want {
			t.Errorf("%s: %v %v, want %d", when, v, err, want)
		}
	}
	want("good", 0)
	tree.Set("/sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
	want("low", 1)
	tree.Remove("/sys/class/hwmon/hwmon1")
	want("low, says the firmware", 1)
	tree.Set("/sys/bus/platform/devices/soc:firmware/get_throttled", "50000\n")
	want("it was low, says the firmware", 0)
	tree.Remove("/sys/bus/platform")
	tree.Set("/sys/bus/platform/devices/soc@107c000000:firmware/get_throttled", "50005\n")
	want("low, says the firmware of a Pi 5", 1)
	tree.Remove("/sys/bus/platform")
	if _, err := read(t, ch); err == nil || !strings.Contains(err.Error(), "rpi_volt") {
		t.Errorf("nobody knows: %v", err)
	}
}

func TestLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tree := pi()
		all := open(t, tree, "cpu_load", "ioc_load", "ioc_uptime")
		var got []string
		look := func() {
			var values []string
			for _, ch := range all {
				v, err := read(t, ch)
				if err != nil {
					t.Error(err)
				}
				values = append(values, fmt.Sprintf("%.1f", v.Float64()))
			}
			got = append(got, strings.Join(values, " "))
		}
		look()
		<-time.After(10 * time.Second) // of the bubble
		// 25 % of 4 processors for 10 s; this process had 2 s of one.
		tree.Set("/proc/stat", "cpu  1600 50 900 10800 500 0 50 0 0 0\n")
		tree.Set("/proc/self/stat", "1234 (rpi ioc) x) S 1 1234 1234 0 -1 4194560 1000 0 0 0 350 150 0 0 20 0 8 0 500 1 2\n")
		look()
		look() // at the same moment
		if all, want := strings.Join(got, ", "), "0.0 0.0 0.0, 25.0 20.0 10.0, 0.0 0.0 10.0"; all != want {
			t.Errorf("%s, want %s", all, want)
		}
	})
}

// TestNotARaspberryPi: what there is not is the fault of its own channel.
func TestNotARaspberryPi(t *testing.T) {
	var tree sim.Tree
	for _, q := range Quantities() {
		_, err := read(t, open(t, &tree, q.Name)[0])
		switch q.Name {
		case "ioc_uptime", "hostname", "clock":
			if err != nil {
				t.Errorf("%s: %v", q.Name, err)
			}
		default:
			if drivers.IsLost(err) || drivers.AlarmOf(err, pv.StatusNone).Status != pv.StatusRead || !strings.HasPrefix(err.Error(), q.Name) {
				t.Errorf("%s: %v", q.Name, err)
			}
		}
	}
	for file, text := range map[string]string{"/proc/stat": "cpu x\n", "/proc/self/stat": "1 (x) S\n", "/proc/meminfo": "MemFree: 1 kB\n"} {
		tree.Set(file, text)
	}
	for _, name := range []string{"cpu_load", "ioc_load", "memory_free"} {
		if v, err := read(t, open(t, &tree, name)[0]); err == nil {
			t.Errorf("%s of nonsense: %v", name, v)
		}
	}
}

func TestSynchronized(t *testing.T) {
	var tree sim.Tree
	if Synchronized(&tree) {
		t.Error("without anybody who says so")
	}
	tree.Set(timesync, "")
	if !Synchronized(&tree) {
		t.Error("systemd-timesyncd has said so")
	}
}
