package sim

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// AddDevice adds a kernel device with the attributes of a driver's options, or the files that they
// name. An attribute has what was written to it last, at first 0; with a simulation it
// has its value in the channel's unit, each time it is read. simulations are in the order
// of the attributes, "" for none.
//
// The files that are returned are those for a driver that is to fail at times. Their parts
// are the attributes.
func (t *Tree) AddDevice(o sysfs.Options, simulations []string, seed uint64) (*Faulty, error) {
	dir := t.device(o.Place)
	files := &Faulty{tree: t}
	o.Files = t
	o.Attributes = slices.Clone(o.Attributes)
	for i := range o.Attributes {
		a := &o.Attributes[i]
		a.Writable = true
		at := t.attribute(o.Place.Class, dir, i, a)
		files.parts = append(files.parts, part{path: at, whole: cmp.Or(dir, at)})
	}
	driver, err := sysfs.New(o)
	if err != nil {
		return nil, err
	}
	if err := driver.Open(context.Background()); err != nil {
		return nil, err
	}
	world := &clock{now: time.Now(), random: rand.New(rand.NewPCG(seed, 3))}
	lock := new(sync.Mutex) // of world
	for i, text := range simulations {
		if text == "" {
			continue
		}
		e, err := compile(text, nil, world)
		if err != nil {
			return nil, fmt.Errorf("sim: %w", err)
		}
		a := &o.Attributes[i]
		to := driver.Channels()[i].(drivers.Writer)
		content := &file{text: []byte("0\n")}
		t.put(files.parts[i].path, &file{
			read: func() ([]byte, error) {
				lock.Lock()
				defer lock.Unlock()
				world.now = time.Now()
				x := pv.Float64Value(e.eval(nil))
				if a.Kind == pv.Int64 || a.Kind == pv.Enum {
					x = pv.Int64Value(x.Int64())
				}
				// What does not fit leaves the file as it was.
				_ = to.Write(context.Background(), x)
				return content.text, nil
			},
			write: func(text []byte) error { content.text = text; return nil },
		})
	}
	return files, nil
}

// device makes the directory of a place, or finds it.
func (t *Tree) device(p sysfs.Place) string {
	var dir, kind string
	switch p.Class {
	case sysfs.IIO:
		dir, kind = t.number("/sys/bus/iio/devices", "iio:device"), "name"
	case sysfs.Hwmon:
		dir, kind = t.number("/sys/class/hwmon", "hwmon"), "name"
	case sysfs.Thermal:
		dir, kind = t.number("/sys/class/thermal", "thermal_zone"), "type"
	default:
		return ""
	}
	if all, err := sysfs.List(t, p.Class); err == nil {
		for _, d := range all {
			if d.Name == p.Name && strings.Contains(d.At, p.At) {
				return d.Dir
			}
		}
	}
	t.Set(path.Join(dir, kind), p.Name+"\n")
	t.Link(dir, path.Join("/sys/devices/simulated", p.At, path.Base(dir)))
	return dir
}

// attribute makes the file of an attribute, and returns its path.
func (t *Tree) attribute(c sysfs.Class, dir string, i int, a *sysfs.Attribute) string {
	name := a.Name
	if a.Label != "" {
		channel := fmt.Sprintf("temp%d", i+1)
		if c == sysfs.IIO {
			channel = fmt.Sprintf("in_temp%d", i)
		}
		t.Set(path.Join(dir, channel+"_label"), a.Label+"\n")
		name = channel + "_input"
	}
	if !path.IsAbs(name) {
		if _, ok := sysfs.UnitOf(c, name); ok && c == sysfs.IIO && !strings.HasSuffix(name, "_input") {
			name += "_input"
		}
		name = path.Join(dir, name)
	}
	if _, err := t.RealPath(name); err != nil {
		t.Set(name, string(first(a)))
	}
	return name
}

// first is a text that an attribute may have at first.
func first(a *sysfs.Attribute) []byte {
	if a.Format == nil {
		if a.Kind == pv.String {
			return []byte("simulated\n")
		}
		return []byte("0\n")
	}
	for _, arg := range []format.Arg{format.Float(0), format.Int(0), format.Text("simulated"), format.Text("0")} {
		if c := a.Format.Converters(); len(c) > 0 && len(c[len(c)-1].Choices) > 0 {
			arg = format.Choice(c[len(c)-1].Choices[0].Value)
		}
		if text, err := a.Format.Append(nil, arg); err == nil {
			return append(text, '\n')
		}
	}
	return []byte("0\n")
}

// Typical is an expression for a value in a unit of sysfs.UnitOf of which nothing
// else is known.
func Typical(unit string) string {
	switch unit {
	case "C":
		return "21 + 0.5 * sine(60s)"
	case "V":
		return "3.3 + noise(0.001)"
	case "A":
		return "0.1 + noise(0.001)"
	case "W":
		return "0.33 + noise(0.003)"
	case "%":
		return "45 + 2 * sine(60s)"
	case "kPa":
		return "101.3 + 0.1 * sine(60s)"
	case "rpm":
		return "1200 + noise(5)"
	}
	return "0"
}
