package sim

import (
	"fmt"
	"path"
	"time"

	"github.com/ioclet/ioclet/drivers/sysfs"
)

// AddHost adds what package host reads of a machine, but for files that are there: an
// idle Raspberry Pi whose clock is synchronized.
func (t *Tree) AddHost() {
	if _, err := t.RealPath("/proc/uptime"); err == nil {
		return
	}
	began := time.Now()
	t.Handle("/proc/uptime", func() ([]byte, error) {
		up := time.Since(began).Seconds()
		return fmt.Appendf(nil, "%.2f %.2f\n", up, up*3.9), nil
	}, nil)
	t.Handle("/proc/stat", func() ([]byte, error) {
		up := int(time.Since(began).Seconds() * 100)
		return fmt.Appendf(nil, "cpu %d 0 0 %d 0 0 0 0 0 0\n", up/10, up*4-up/10), nil
	}, nil)
	for name, text := range map[string]string{
		"/proc/loadavg":     "0.10 0.08 0.05 1/120 1000\n",
		"/proc/meminfo":     "MemTotal: 949000 kB\nMemAvailable: 700000 kB\n",
		"/proc/self/status": "VmRSS: 15000 kB\n",
		"/proc/self/stat":   "1000 (rpi-ioc) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0\n",
		"/proc/self/fd/0":   "",
		"/sys/bus/platform/devices/soc:firmware/get_throttled":                                    "0\n",
		"/run/systemd/timesync/synchronized":                                                      "",
		path.Join(t.device(sysfs.Place{Class: sysfs.Thermal, Name: "cpu-thermal"}), "temp"):       "48312\n",
		path.Join(t.device(sysfs.Place{Class: sysfs.Hwmon, Name: "rpi_volt"}), "in0_lcrit_alarm"): "0\n",
	} {
		if _, err := t.RealPath(name); err != nil {
			t.Set(name, text)
		}
	}
}
