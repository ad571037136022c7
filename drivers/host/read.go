package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/pv"
)

// attribute reads a file of the kernel by the driver that knows how.
func (d *Driver) attribute(p sysfs.Place, a sysfs.Attribute) (pv.Value, error) {
	k, err := sysfs.New(sysfs.Options{Place: p, Attributes: []sysfs.Attribute{a}, Files: d.files})
	if err != nil {
		return pv.Value{}, err
	}
	ctx := context.Background() // of what does not wait
	if err := k.Open(ctx); err != nil {
		return pv.Value{}, err
	}
	return k.Channels()[0].(drivers.Reader).Read(ctx)
}

// text is a file's.
func (d *Driver) text(name string) (string, error) {
	b, err := d.files.ReadFile(name)
	return string(b), err
}

// processors are types of thermal zones that are a processor's, the best first.
var processors = []string{"cpu-thermal", "cpu_thermal", "x86_pkg_temp", "soc-thermal", "cpu0-thermal", "acpitz"}

func (d *Driver) cpuTemp() (pv.Value, error) {
	err := errors.New("no thermal zone of a processor")
	for _, zone := range processors {
		v, e := d.attribute(sysfs.Place{Class: sysfs.Thermal, Name: zone}, sysfs.Attribute{Name: "temp"})
		if e == nil {
			return v, nil
		}
		if !errors.Is(e, drivers.ErrAbsent) {
			err = e
		}
	}
	return pv.Value{}, err
}

// platformDevices has the firmware of a Raspberry Pi, which tells what vcgencmd
// get_throttled does, in hexadecimal digits (raspberrypi/linux:
// drivers/firmware/raspberrypi.c): soc:firmware, on a Pi 5 soc@107c000000:firmware.
const platformDevices = "/sys/bus/platform/devices"

// getThrottled is the firmware's file.
func (d *Driver) getThrottled() (string, error) {
	names, err := d.files.ReadDir(platformDevices)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for _, name := range names {
		if strings.HasSuffix(name, ":firmware") {
			return d.text(path.Join(platformDevices, name, "get_throttled"))
		}
	}
	return "", fs.ErrNotExist
}

func (d *Driver) throttled() (pv.Value, error) {
	text, err := d.getThrottled()
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("only a Raspberry Pi with its makers' kernel has it: %w", err)
	}
	if err != nil {
		return pv.Value{}, err
	}
	x, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimSpace(text), "0x"), 16, 32)
	return pv.Int64Value(int64(x)), err
}

// undervoltage asks the kernel's watch of the supply, or else the firmware.
func (d *Driver) undervoltage() (pv.Value, error) {
	v, err := d.attribute(sysfs.Place{Class: sysfs.Hwmon, Name: "rpi_volt"}, sysfs.Attribute{Name: "in0_lcrit_alarm", Kind: pv.Int64})
	if err == nil {
		return v, nil
	}
	bits, e := d.throttled()
	if e != nil {
		return pv.Value{}, err
	}
	return pv.Int64Value(bits.Int64() & 1), nil
}

func (d *Driver) load() (pv.Value, error) { return d.first("/proc/loadavg") }

func (d *Driver) uptime() (pv.Value, error) { return d.first("/proc/uptime") }

// first is the number that a file begins with.
func (d *Driver) first(name string) (pv.Value, error) {
	return d.attribute(sysfs.Place{}, sysfs.Attribute{Name: name})
}

func (d *Driver) iocUptime() (pv.Value, error) {
	return pv.Float64Value(time.Since(d.started).Seconds()), nil
}

// kilobytes is a line of meminfo or status, in millions of bytes.
func (d *Driver) kilobytes(name, line string) (pv.Value, error) {
	text, err := d.text(name)
	if err != nil {
		return pv.Value{}, err
	}
	for l := range strings.Lines(text) {
		words := strings.Fields(l)
		if len(words) == 3 && words[0] == line && words[2] == "kB" {
			x, err := strconv.ParseFloat(words[1], 64)
			return pv.Float64Value(x * 1024 / 1e6), err
		}
	}
	return pv.Value{}, fmt.Errorf("%s has no line %s", name, line)
}

func (d *Driver) memory() (pv.Value, error) { return d.kilobytes("/proc/self/status", "VmRSS:") }

func (d *Driver) memoryFree() (pv.Value, error) { return d.kilobytes("/proc/meminfo", "MemAvailable:") }

func (d *Driver) openFiles() (pv.Value, error) {
	names, err := d.files.ReadDir("/proc/self/fd")
	return pv.Int64Value(int64(len(names))), err
}

func (d *Driver) hostname() (pv.Value, error) {
	name, err := os.Hostname()
	return pv.StringValue(name), err
}

func (d *Driver) clock() (pv.Value, error) {
	if Synchronized(d.files) {
		return pv.Int64Value(1), nil
	}
	return pv.Int64Value(0), nil
}

// share is how much of something has passed since it was looked at last.
type share struct {
	used, all float64
	known     bool
}

// next is the part that was used since the last call, in percent; 0 at the first.
func (s *share) next(used, all float64) float64 {
	last := *s
	*s = share{used, all, true}
	if !last.known || all <= last.all {
		return 0
	}
	return 100 * max(used-last.used, 0) / (all - last.all)
}

// cpuLoad follows the first line of /proc/stat: user nice system idle iowait irq …, in
// ticks (proc_stat(5)).
func (d *Driver) cpuLoad() (pv.Value, error) {
	text, err := d.text("/proc/stat")
	if err != nil {
		return pv.Value{}, err
	}
	line, _, _ := strings.Cut(text, "\n")
	words := strings.Fields(line)
	if len(words) < 6 || words[0] != "cpu" {
		return pv.Value{}, fmt.Errorf("/proc/stat: %q", line)
	}
	var all, idle float64
	for i, w := range words[1:min(len(words), 9)] { // what guests take stands in user, too
		x, err := strconv.ParseFloat(w, 64)
		if err != nil {
			return pv.Value{}, fmt.Errorf("/proc/stat: %w", err)
		}
		all += x
		if i == 3 || i == 4 {
			idle += x
		}
	}
	return pv.Float64Value(d.busy.next(all-idle, all)), nil
}

// ticks is how many of the kernel's ticks, as it shows them to programs, a second has
// (USER_HZ, 100 on all of Linux's machines).
const ticks = 100

// iocLoad follows utime and stime of /proc/self/stat (proc_pid_stat(5)).
func (d *Driver) iocLoad() (pv.Value, error) {
	text, err := d.text("/proc/self/stat")
	if err != nil {
		return pv.Value{}, err
	}
	words := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // behind the name, which may have anything in it
	if len(words) < 13 {
		return pv.Value{}, fmt.Errorf("/proc/self/stat: %q", text)
	}
	user, err1 := strconv.ParseFloat(words[11], 64)
	system, err2 := strconv.ParseFloat(words[12], 64)
	if err := errors.Join(err1, err2); err != nil {
		return pv.Value{}, fmt.Errorf("/proc/self/stat: %w", err)
	}
	return pv.Float64Value(d.mine.next((user+system)/ticks, time.Since(d.started).Seconds())), nil
}
