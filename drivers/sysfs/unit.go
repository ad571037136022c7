package sysfs

import "strings"

// Unit is what the text of an attribute counts.
type Unit struct {
	Name  string  // for people: "C"
	Scale float64 // one count of the text in that unit
	Prec  int16   // digits behind the point that are worth showing
}

// UnitOf is the unit that the kernel's documentation gives for an attribute of a class,
// and false for such as have none: counts, switches, names. An attribute of IIO without
// ending ("in_temp") has that of its value.
//
// Sources: Documentation/ABI/testing/sysfs-bus-iio, Documentation/hwmon/sysfs-interface.rst,
// Documentation/driver-api/thermal/sysfs-api.rst (Linux 6.12).
func UnitOf(c Class, attribute string) (Unit, bool) {
	switch c {
	case IIO:
		return iioUnit(attribute)
	case Hwmon:
		return hwmonUnit(attribute)
	case Thermal:
		if attribute == "temp" || strings.HasPrefix(attribute, "trip_point_") && strings.HasSuffix(attribute, "_temp") {
			return Unit{"C", 1e-3, 1}, true
		}
	}
	return Unit{}, false
}

// iioUnits are by what stands between in_ or out_ and a number, modifier or ending.
var iioUnits = map[string]Unit{
	"temp":             {"C", 1e-3, 2},
	"voltage":          {"V", 1e-3, 4},
	"altvoltage":       {"V", 1e-3, 4},
	"current":          {"A", 1e-3, 4},
	"power":            {"W", 1e-3, 3},
	"energy":           {"J", 1, 3},
	"capacitance":      {"nF", 1, 3},
	"resistance":       {"Ohm", 1, 1},
	"pressure":         {"kPa", 1, 3},
	"humidityrelative": {"%", 1e-3, 1},
	"illuminance":      {"lx", 1, 1},
	"accel":            {"m/s2", 1, 3},
	"gravity":          {"m/s2", 1, 3},
	"anglvel":          {"rad/s", 1, 3},
	"angl":             {"rad", 1, 3},
	"magn":             {"G", 1, 4},
	"distance":         {"m", 1, 3},
	"concentration":    {"%", 1, 4},
	"ph":               {"", 1, 2}, // undocumented: drivers/iio/chemical/atlas-sensor.c
}

func iioUnit(attribute string) (Unit, bool) {
	rest, in := strings.CutPrefix(attribute, "in_")
	if !in {
		if rest, in = strings.CutPrefix(attribute, "out_"); !in {
			return Unit{}, false
		}
	}
	kind, ending, _ := strings.Cut(rest, "_")
	switch {
	case strings.HasSuffix(attribute, "_input"):
	case strings.HasSuffix(attribute, "_raw"), ending != "" && !modifier(ending):
		return Unit{}, false // a count, or a setting
	}
	kind, _, _ = strings.Cut(kind, "-") // differential: voltage0-voltage1
	u, ok := iioUnits[strings.TrimRight(kind, "0123456789")]
	return u, ok
}

// modifier reports whether what follows a channel's kind tells channels apart: in_accel_x.
func modifier(s string) bool {
	switch s {
	case "x", "y", "z", "ambient", "object", "ir", "both", "red", "green", "blue", "clear", "co2", "voc", "h2", "o2":
		return true
	}
	return false
}

// hwmonUnits are by what stands before the number.
var hwmonUnits = map[string]Unit{
	"temp":     {"C", 1e-3, 1},
	"in":       {"V", 1e-3, 3},
	"curr":     {"A", 1e-3, 3},
	"power":    {"W", 1e-6, 3},
	"energy":   {"J", 1e-6, 3},
	"humidity": {"%", 1e-3, 1},
	"fan":      {"rpm", 1, 0},
	"freq":     {"Hz", 1, 0},
}

// hwmonPlain are endings of what is no quantity.
var hwmonPlain = []string{"alarm", "label", "enable", "type", "fault", "beep", "div", "pulses", "samples", "interval"}

func hwmonUnit(attribute string) (Unit, bool) {
	channel, ending, ok := strings.Cut(attribute, "_")
	if !ok {
		return Unit{}, false
	}
	for _, plain := range hwmonPlain {
		if strings.HasSuffix(ending, plain) {
			return Unit{}, false
		}
	}
	u, ok := hwmonUnits[strings.TrimRight(channel, "0123456789")]
	return u, ok
}
