package sim

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

func TestTree(t *testing.T) {
	var tree Tree
	missing := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := tree.ReadFile("/a")
	missing("read", err)
	missing("write", tree.WriteFile("/a", nil))
	_, err = tree.ReadDir("/")
	missing("list", err)
	_, err = tree.RealPath("/a")
	missing("path", err)

	tree.Set("/class/dev1/name", "x\n")
	tree.Set("/class/dev0/name", "y\n")
	tree.Set("/class/dev0/temp", "1\n")
	tree.Link("/class/dev0", "/devices/1-0048")
	if names, err := tree.ReadDir("/class/"); fmt.Sprint(names) != "[dev0 dev1]" || err != nil {
		t.Errorf("list: %v %v", names, err)
	}
	for name, want := range map[string]string{
		"/class/dev0": "/devices/1-0048", "/class/dev0/temp": "/devices/1-0048/temp", "/class/dev1": "/class/dev1", "/class": "/class",
	} {
		if got, err := tree.RealPath(name); got != want || err != nil {
			t.Errorf("%s is %s %v, want %s", name, got, err, want)
		}
	}
	if err := tree.WriteFile("/class/dev0/temp", []byte("2")); err != nil {
		t.Fatal(err)
	}
	text, err := tree.ReadFile("/class/dev0/temp")
	if string(text) != "2" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	text[0] = 'x'
	if text, _ := tree.ReadFile("/class/dev0/temp"); string(text) != "2" {
		t.Errorf("what was read is not a copy: %q", text)
	}
	tree.Fail("/class/dev0", fs.ErrPermission)
	if _, err := tree.ReadFile("/class/dev0/temp"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("failing: %v", err)
	}
	tree.Fail("/class/dev0", fs.ErrNotExist)
	missing("gone", tree.WriteFile("/class/dev0/temp", nil))
	if names, err := tree.ReadDir("/class"); fmt.Sprint(names) != "[dev1]" || err != nil {
		t.Errorf("list of what is left: %v %v", names, err)
	}
	tree.Fail("/class/dev0", nil)
	if text, err := tree.ReadFile("/class/dev0/temp"); string(text) != "2" || err != nil {
		t.Errorf("back: %q %v", text, err)
	}
	tree.Remove("/class/dev0")
	_, err = tree.ReadFile("/class/dev0/temp")
	missing("removed", err)
	if _, err := tree.ReadFile("/class/dev1/name"); err != nil {
		t.Error(err)
	}
}

// What a simulation says arrives as the value of the driver's channel, whatever the text is.
func TestAddDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tree Tree
		for _, c := range []struct {
			place      sysfs.Place
			attribute  sysfs.Attribute
			simulation string
			want       float64
		}{
			{sysfs.Place{Class: sysfs.IIO, Name: "bme280"}, sysfs.Attribute{Name: "in_temp"}, "21.5", 21.5},
			{sysfs.Place{Class: sysfs.IIO, Name: "bme280"}, sysfs.Attribute{Name: "in_pressure", Scale: 10}, "1013", 1013},
			{sysfs.Place{Class: sysfs.IIO, Name: "ads1115"}, sysfs.Attribute{Name: "in_voltage0_raw", Kind: pv.Int64}, "1000.4", 1000},
			{sysfs.Place{Class: sysfs.Hwmon, Name: "ina219", At: "1-0040"}, sysfs.Attribute{Name: "in1_input"}, "5 + elapsed()", 7},
			{sysfs.Place{Class: sysfs.Hwmon, Name: "ina219", At: "1-0041"}, sysfs.Attribute{Name: "in1_input"}, "6", 6},
			{sysfs.Place{Class: sysfs.Hwmon, Name: "cpu"}, sysfs.Attribute{Label: "Core 0"}, "50", 50},
			{sysfs.Place{Class: sysfs.Thermal, Name: "cpu-thermal"}, sysfs.Attribute{Name: "temp"}, "48.3", 48.3},
			{sysfs.Place{}, sysfs.Attribute{Name: "/a", Scale: 2, Offset: 1}, "9", 9},
			{sysfs.Place{}, sysfs.Attribute{Name: "/b", Kind: pv.Int64, Format: format.MustCompile("x=0x%x", format.Input)}, "255", 255},
			{sysfs.Place{}, sysfs.Attribute{Name: "/c", Kind: pv.Enum, Format: format.MustCompile("%{off|on}", format.Input)}, "1", 1},
			{sysfs.Place{}, sysfs.Attribute{Name: "/d", Kind: pv.Enum}, "2", 2},
			{sysfs.Place{}, sysfs.Attribute{Name: "/e"}, "", 0},
			{sysfs.Place{}, sysfs.Attribute{Name: "/f", Kind: pv.Enum, Format: format.MustCompile("%#{a=3|b=4}", format.Input)}, "", 3},
		} {
			o := sysfs.Options{Place: c.place, Attributes: []sysfs.Attribute{c.attribute}, Files: &tree}
			if _, err := tree.AddDevice(o, []string{c.simulation}, 1); err != nil {
				t.Fatalf("%s: %v", c.attribute.Name, err)
			}
			d := driverstest.Open(t, sysfs.New, o)
			var v pv.Value
			for range 2 {
				var err error
				if v, err = d.Channels()[0].(drivers.Reader).Read(t.Context()); err != nil {
					t.Fatalf("%s: %v", c.attribute.Name, err)
				}
				<-time.After(2 * time.Second) // of the bubble
			}
			if math.Abs(v.Float64()-c.want) > 1e-3 {
				t.Errorf("%v %s%s: %v, want %v", c.place, c.attribute.Name, c.attribute.Label, v, c.want)
			}
		}
	})
	var tree Tree
	o := sysfs.Options{Attributes: []sysfs.Attribute{{Name: "/a"}}}
	if _, err := tree.AddDevice(o, []string{"sine("}, 1); err == nil {
		t.Error("a bad simulation is taken")
	}
	if err := tree.AddSensor("28-000000000000", "x", 1); err == nil {
		t.Error("a bad simulation of a sensor is taken")
	}
}

// All units that there are have a simulation that can be evaluated.
func TestTypical(t *testing.T) {
	for _, unit := range []string{"C", "V", "A", "W", "%", "kPa", "rpm", "", "lx"} {
		var tree Tree
		o := sysfs.Options{Attributes: []sysfs.Attribute{{Name: "/a"}}}
		if _, err := tree.AddDevice(o, []string{Typical(unit)}, 1); err != nil {
			t.Errorf("%q: %v", unit, err)
		}
	}
}
