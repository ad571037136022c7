package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ioclet/ioclet/drivers"
)

// Class is a kind of kernel device, with a directory for each one.
type Class uint8

// The classes.
const (
	Path    Class = iota // none: attributes are absolute paths
	IIO                  // industrial I/O: converters and sensors
	Hwmon                // hardware monitoring: temperatures, voltages, fans
	Thermal              // thermal zones
)

// classes are where a class has its devices, which names these have, and in which of
// their files it is said what they are.
var classes = [...]struct {
	word, dir, prefix, name, remedy string
}{
	Path:    {word: "file"},
	IIO:     {"iio", "/sys/bus/iio/devices", "iio:device", "name", "its driver is not loaded (Raspberry Pi: dtoverlay=i2c-sensor,… in config.txt)"},
	Hwmon:   {"hwmon", "/sys/class/hwmon", "hwmon", "name", "its driver is not loaded (Raspberry Pi: dtoverlay=i2c-sensor,… in config.txt)"},
	Thermal: {"thermal", "/sys/class/thermal", "thermal_zone", "type", "the kernel has no such zone"},
}

func (c Class) String() string { return classes[c].word }

// Place says which device an attribute is of.
type Place struct {
	Class Class
	// Name is what the device says it is: an iio or hwmon device's name such as
	// "bme280", a thermal zone's type such as "cpu-thermal".
	Name string
	// At tells one of several of the same name: a part of its path under
	// /sys/devices, which says where it is connected, such as "1-0076" for address
	// 0x76 of I2C bus 1.
	At string
}

func (p Place) String() string {
	switch {
	case p.Class == Path:
		return p.Class.String()
	case p.At != "":
		return fmt.Sprintf("%s %s at %s", p.Class, p.Name, p.At)
	}
	return fmt.Sprintf("%s %s", p.Class, p.Name)
}

// Found is a device of the kernel.
type Found struct {
	Place
	Dir        string   // its directory in its class: /sys/class/hwmon/hwmon0
	Attributes []string // its files with values, sorted
}

// find is the directory of the device. An error wraps drivers.ErrAbsent.
func (p Place) find(files Files) (string, error) {
	all, err := list(files, p.Class)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	var dirs, paths, names []string
	for _, d := range all {
		if d.Name != p.Name {
			names = append(names, d.Name)
			continue
		}
		paths = append(paths, d.At)
		if strings.Contains(d.At, p.At) {
			dirs = append(dirs, d.Dir)
		}
	}
	switch {
	case len(dirs) == 1:
		return dirs[0], nil
	case len(dirs) > 1:
		return "", fmt.Errorf("%d devices %s, tell them apart with at: a part of %s: %w", len(dirs), p, strings.Join(paths, " or "), drivers.ErrAbsent)
	case len(paths) > 0:
		return "", fmt.Errorf("none at %s, but at %s: %w", p.At, strings.Join(paths, " and "), drivers.ErrAbsent)
	case len(names) > 0:
		return "", fmt.Errorf("%s: %w; there are %s", classes[p.Class].remedy, drivers.ErrAbsent, strings.Join(slices.Compact(names), ", "))
	}
	return "", fmt.Errorf("%s: %w", classes[p.Class].remedy, drivers.ErrAbsent)
}

// List is what devices the kernel has of a class but Path, in the order of their
// names, with their whole paths as At. A class that the kernel has not got is empty.
func List(files Files, c Class) ([]Found, error) {
	found, err := list(files, c)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for i := range found {
		found[i].Attributes = attributes(files, c, found[i].Dir)
	}
	return found, err
}

func list(files Files, c Class) ([]Found, error) {
	class := classes[c]
	entries, err := files.ReadDir(class.dir)
	if err != nil {
		return nil, err
	}
	var found []Found
	for _, e := range entries {
		dir := path.Join(class.dir, e)
		if !strings.HasPrefix(e, class.prefix) {
			continue
		}
		name, err := files.ReadFile(path.Join(dir, class.name))
		if err != nil {
			continue // it is on its way, or out again
		}
		at, err := files.RealPath(dir)
		if err != nil {
			continue
		}
		found = append(found, Found{Place: Place{c, strings.TrimSpace(string(name)), at}, Dir: dir})
	}
	slices.SortStableFunc(found, func(a, b Found) int { return strings.Compare(a.Name+a.At, b.Name+b.At) })
	return found, nil
}

// attributes are the files of a device that have a value with a unit; those of IIO
// without their endings, since what becomes of a count follows from other files.
func attributes(files Files, c Class, dir string) []string {
	entries, err := files.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, name := range entries {
		bare, _ := strings.CutSuffix(name, "_input")
		if c == IIO {
			bare, _ = strings.CutSuffix(bare, "_raw")
		}
		if c != Thermal && bare == name {
			continue // a setting
		}
		if c == IIO {
			name = bare
		}
		if _, ok := UnitOf(c, name); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
