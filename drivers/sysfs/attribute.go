package sysfs

import (
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// Attribute is a file with a value. The value is what the text says, in the unit of
// [UnitOf] where there is one, times Scale plus Offset.
type Attribute struct {
	// Name is the file: an absolute path, or its name in the directory of the
	// Place. Of IIO, "in_voltage0" is the value whatever the kernel offers:
	// in_voltage0_input, or in_voltage0_raw with its offset and scale;
	// "in_voltage0_raw" is the count.
	Name string
	// Label is, instead of a Name, what the device's own label file calls a
	// channel: the text of temp2_label.
	Label string
	// Kind is Float64, as if not given, Int64, String or Enum (a number that is a
	// state's). It is that of Format's converter if there is one, but for Float64
	// where the number is scaled.
	Kind pv.Kind
	// Format is how the text begins and how it is written, with one converter; nil
	// is the first word, and for a String the whole text.
	Format *format.Format
	// Scale is 1 if 0.
	Scale, Offset float64
	// Writable is a file that can be written.
	Writable bool
	// OnExit is written when the driver is closed; Invalid leaves what there is.
	OnExit pv.Value
}

func (a *Attribute) check(p Place) error {
	scaled := a.Scale != 0 && a.Scale != 1 || a.Offset != 0
	switch {
	case (a.Name == "") == (a.Label == ""):
		return errors.New("one of name and label")
	case p.Class == Path && !path.IsAbs(a.Name):
		return fmt.Errorf("%q is not an absolute path", a.Name+a.Label)
	case p.Class != Path && (strings.Contains(a.Name, "/") || a.Name == "." || a.Name == ".."):
		return fmt.Errorf("%q is not the name of an attribute", a.Name)
	case math.IsInf(a.Scale, 0) || math.IsNaN(a.Scale) || math.IsInf(a.Offset, 0) || math.IsNaN(a.Offset):
		return errors.New("scale and offset are finite numbers")
	case a.Format != nil && a.Format.Args() != 1:
		return fmt.Errorf("the format has %d values, want 1", a.Format.Args())
	case a.OnExit.Kind() != pv.Invalid && !a.Writable:
		return errors.New("only what can be written can be set on exit")
	case scaled && a.Kind != pv.Float64 && a.Kind != pv.Invalid:
		return fmt.Errorf("scale and offset are for Float64, not %v", a.Kind)
	}
	switch a.Kind {
	case pv.Invalid, pv.Float64, pv.Int64, pv.String, pv.Enum:
		return nil
	}
	return fmt.Errorf("kind %v", a.Kind)
}

// errText is in the chain of errors about a text that is not what was expected.
var errText = errors.New("not a value")

// maxShown is how much of a text an error shows.
const maxShown = 40

func notA(what string, text []byte) error {
	return fmt.Errorf("%w: %s, expected %s", errText, format.Quote(text[:min(len(text), maxShown)]), what)
}

// parse is the value that a file's text says, before any scale.
func (a *Attribute) parse(text []byte) (pv.Value, error) {
	if a.Format != nil {
		var arg [1]format.Arg
		if _, err := a.Format.Scan(text, arg[:]); err != nil {
			return pv.Value{}, fmt.Errorf("%w: %s: %w", errText, format.Quote(text[:min(len(text), maxShown)]), err)
		}
		switch arg[0].Kind() {
		case format.String:
			return pv.StringValue(arg[0].Text()), nil
		case format.Double:
			return pv.Float64Value(arg[0].Float()), nil
		}
		return pv.Int64Value(arg[0].Int()), nil
	}
	whole := strings.TrimRight(string(text), "\n\x00 \t")
	if a.Kind == pv.String {
		return pv.StringValue(whole), nil
	}
	words := strings.Fields(whole)
	if len(words) == 0 {
		return pv.Value{}, notA("a number", text)
	}
	base := 10
	if digits := strings.TrimLeft(words[0], "+-"); strings.HasPrefix(digits, "0x") || strings.HasPrefix(digits, "0X") {
		base = 0 // with zeros before it a number is not octal
	}
	if i, err := strconv.ParseInt(words[0], base, 64); err == nil {
		return pv.Int64Value(i), nil
	}
	x, err := strconv.ParseFloat(words[0], 64)
	if err != nil {
		return pv.Value{}, notA("a number", text)
	}
	return pv.Float64Value(x), nil
}

// number is the number in a file, such as a scale.
func number(text []byte) (float64, error) {
	v, err := new(Attribute).parse(text)
	return v.Float64(), err
}

// print is the text that stands for a value, whose scale has been undone. whole asks for
// a whole number.
func (a *Attribute) print(v pv.Value, whole bool) ([]byte, error) {
	if a.Format != nil {
		var arg format.Arg
		switch {
		case a.Kind == pv.Enum:
			arg = format.Choice(v.Int64())
		case v.Kind() == pv.String:
			arg = format.Text(v.Str())
		case v.Kind().IsFloat():
			arg = format.Float(v.Float64())
		default:
			arg = format.Int(v.Int64())
		}
		return a.Format.Append(nil, arg)
	}
	switch {
	case v.Kind() == pv.String:
		return []byte(v.Str()), nil
	case !v.Kind().IsFloat():
		return strconv.AppendInt(nil, v.Int64(), 10), nil
	}
	x := v.Float64()
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, fmt.Errorf("%v cannot be written", x)
	}
	if whole {
		x = math.Round(x)
	}
	return strconv.AppendFloat(nil, x, 'f', -1, 64), nil
}

// where is what a value is made of on this machine.
type where struct {
	value         string // paths
	scale, offset string // of IIO counts; "" if there are none
	unit          float64
}

// resolve finds the files of an attribute. dir is the directory of its place.
func (a *Attribute) resolve(files Files, c Class, dir string) (where, error) {
	if c == Path {
		return where{value: a.Name, unit: 1}, nil
	}
	names, err := files.ReadDir(dir)
	if err != nil {
		return where{}, err
	}
	name := a.Name
	if a.Label != "" {
		if name, err = labelled(files, c, dir, names, a.Label); err != nil {
			return where{}, err
		}
	}
	w := where{unit: 1}
	if u, ok := UnitOf(c, name); ok {
		w.unit = u.Scale
	}
	has := func(name string) bool { return slices.Contains(names, name) }
	if c == IIO && !has(name) {
		switch {
		case has(name + "_input"):
			name += "_input"
		case has(name + "_raw"):
			w.scale, w.offset = companion(name, "_scale", has), companion(name, "_offset", has)
			name += "_raw"
		}
	}
	if !has(name) {
		return where{}, &missingError{dir, name, names}
	}
	w.value = path.Join(dir, name)
	if w.scale != "" {
		w.scale = path.Join(dir, w.scale)
	}
	if w.offset != "" {
		w.offset = path.Join(dir, w.offset)
	}
	return w, nil
}

// labelled is the attribute of the channel that has a label.
func labelled(files Files, c Class, dir string, names []string, label string) (string, error) {
	var labels []string
	for _, name := range names {
		channel, ok := strings.CutSuffix(name, "_label")
		if !ok {
			continue
		}
		text, err := files.ReadFile(path.Join(dir, name))
		if err != nil {
			return "", err
		}
		switch has := strings.TrimSpace(string(text)); {
		case has != label:
			labels = append(labels, has)
		case c == Hwmon:
			return channel + "_input", nil
		default:
			return channel, nil
		}
	}
	return "", &missingError{dir, "label " + strconv.Quote(label), labels}
}

// companion is the file with the scale or offset of a channel: its own, or that of
// all channels of its kind, for which the kernel leaves out numbers and modifiers.
func companion(channel, ending string, has func(string) bool) string {
	unnumbered := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, channel)
	unmodified := unnumbered
	if cut := strings.LastIndexAny(unnumbered, "_-"); cut > strings.IndexByte(unnumbered, '_') {
		unmodified = unnumbered[:cut]
	}
	for _, name := range []string{channel, unnumbered, unmodified} {
		if has(name + ending) {
			return name + ending
		}
	}
	return ""
}

// missingError says that a device has no such attribute.
type missingError struct {
	dir, name string
	has       []string
}

func (e *missingError) Error() string {
	if len(e.has) > 12 || len(e.has) == 0 {
		return fmt.Sprintf("%s has no %s", e.dir, e.name)
	}
	return fmt.Sprintf("%s has no %s; it has %s", e.dir, e.name, strings.Join(e.has, ", "))
}
