package ioc

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// Group makes the PVs that a struct declares; group points to it.
//
//	type Supply struct {
//		Volt ioc.Float `pv:"VOLT" egu:"V" prec:"3" drive:"0,30"`
//		Out  ioc.Enum  `pv:"OUT" states:"Off,On" initial:"Off"`
//		Meas struct {
//			Curr ioc.Float `pv:"CURR" egu:"A" high:"2.5" hihi:"3" readonly:"true"`
//		} `pv:"MEAS:"`
//	}
//
//	var left Supply
//	bench.Group("PS1:", &left) // BENCH:PS1:VOLT, BENCH:PS1:OUT, BENCH:PS1:MEAS:CURR
//
// The tag pv is the name, after prefix; that of a struct within is a prefix. Fields
// without it are left alone. The other tags are
//
//	desc egu initial        text, as of [Description], [Units], [Initial]
//	prec size               a whole number; size makes a [Text] a LongText
//	drive display           two numbers
//	low high lolo hihi      a limit, of severity MINOR, or MAJOR for lolo and hihi;
//	                        or a limit and a severity: "40,INVALID"
//	mdel adel               a number
//	scan                    a duration: "100ms"
//	states                  the names of an [Enum]'s states
//	readonly                true or false
//
// A tag that is unknown or cannot be understood is reported by Run; logged, if that has
// begun.
func (i *IOC) Group(prefix string, group any) {
	v := reflect.ValueOf(group)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		i.problem(fmt.Errorf("group %q: %T is no pointer to a struct", i.prefix+prefix, group))
		return
	}
	i.fill(prefix, v.Elem())
}

func (i *IOC) fill(prefix string, group reflect.Value) {
	for n := range group.NumField() {
		if err := i.declare(prefix, group.Type().Field(n), group.Field(n)); err != nil {
			i.problem(fmt.Errorf("group %q: %s.%s: %w", i.prefix+prefix, group.Type(), group.Type().Field(n).Name, err))
		}
	}
}

// declare makes what one field of a group declares.
func (i *IOC) declare(prefix string, field reflect.StructField, v reflect.Value) error {
	t, err := parseTags(field.Tag)
	switch {
	case err != nil || t.name == "":
		return err
	case !field.IsExported():
		return errors.New("is not exported")
	}
	name, p := prefix+t.name, v.Addr().Interface()
	if err := t.suit(p); err != nil {
		return err
	}
	switch p := p.(type) {
	case *Float:
		*p = *i.Float(name, t.options...)
	case *Int:
		*p = *i.Int(name, t.options...)
	case *Enum:
		*p = *i.Enum(name, t.states, t.options...)
	case *Text:
		if t.size == 0 {
			*p = *i.Text(name, t.options...)
		} else {
			*p = *i.LongText(name, t.size, t.options...)
		}
	case *Floats:
		*p = *i.Floats(name, t.size, t.options...)
	default:
		if v.Kind() != reflect.Struct {
			return fmt.Errorf("%s is neither a PV nor a group", field.Type)
		}
		if len(t.options) > 0 {
			return errors.New("a group has no tag but pv, its prefix")
		}
		i.fill(name, v)
	}
	return nil
}

// tags are what a field's tag says.
type tags struct {
	name    string
	states  []string
	size    int
	options []Option
}

// suit reports a tag that p, a PV or a group, cannot have.
func (t *tags) suit(p any) error {
	_, enum := p.(*Enum)
	_, text := p.(*Text)
	_, array := p.(*Floats)
	switch {
	case t.states != nil && !enum:
		return errors.New("tag states: is for an Enum")
	case t.size != 0 && !text && !array:
		return errors.New("tag size: is for a Text or Floats")
	}
	return nil
}

// parseTags reads key:"value" pairs. A tag without pv is not ours.
func parseTags(tag reflect.StructTag) (t tags, err error) {
	if t.name = tag.Get("pv"); t.name == "" {
		return t, nil
	}
	for rest := strings.TrimSpace(string(tag)); rest != ""; {
		key, after, _ := strings.Cut(rest, ":")
		quoted, err := strconv.QuotedPrefix(after)
		if err != nil {
			return t, fmt.Errorf("tag %s: no value in quotes", key)
		}
		value, err := strconv.Unquote(quoted)
		if err == nil {
			err = t.take(key, value)
		}
		if err != nil {
			return t, fmt.Errorf("tag %s:%s: %w", key, quoted, err)
		}
		rest = strings.TrimSpace(after[len(quoted):])
	}
	return t, nil
}

// limits are the options of the tags that name one, with the severity that they have
// if none is given.
var limits = map[string]struct {
	option   func(limit float64, sev pv.Severity) Option
	severity pv.Severity
}{
	"low": {Low, pv.Minor}, "high": {High, pv.Minor}, "lolo": {LoLo, pv.Major}, "hihi": {HiHi, pv.Major},
}

func (t *tags) take(key, value string) (err error) {
	var o Option
	switch key {
	case "pv":
		return nil
	case "states":
		t.states = strings.Split(value, ",")
		return nil
	case "size":
		t.size, err = strconv.Atoi(value)
		return err
	case "readonly":
		on, err := strconv.ParseBool(value)
		if err != nil || !on {
			return err
		}
		o = ReadOnly()
	case "desc":
		o = Description(value)
	case "egu":
		o = Units(value)
	case "initial":
		o = Initial(value)
	case "prec":
		var n int64
		n, err = strconv.ParseInt(value, 10, 16)
		o = Precision(int(n))
	case "scan":
		var d time.Duration
		d, err = time.ParseDuration(value)
		o = Scan(d)
	case "mdel", "adel":
		var x float64
		x, err = strconv.ParseFloat(value, 64)
		o = func(d *description) {
			if key == "mdel" {
				d.spec.MDEL = x
			} else {
				d.spec.ADEL = x
			}
		}
	case "drive", "display":
		var low, high float64
		low, high, err = numberPair(value)
		if o = Drive(low, high); key == "display" {
			o = Display(low, high)
		}
	default:
		l, ok := limits[key]
		if !ok {
			return errors.New("unknown")
		}
		o, err = limitOf(value, l.option, l.severity)
	}
	t.options = append(t.options, o)
	return err
}

func numberPair(text string) (a, b float64, err error) {
	first, second, _ := strings.Cut(text, ",")
	a, err = strconv.ParseFloat(strings.TrimSpace(first), 64)
	if err == nil {
		b, err = strconv.ParseFloat(strings.TrimSpace(second), 64)
	}
	return a, b, err
}

func limitOf(text string, option func(float64, pv.Severity) Option, sev pv.Severity) (Option, error) {
	number, name, named := strings.Cut(text, ",")
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !named {
		return option(x, sev), err
	}
	for s := pv.NoAlarm; s <= pv.InvalidAlarm; s++ {
		if s.String() == strings.TrimSpace(name) {
			return option(x, s), nil
		}
	}
	return nil, fmt.Errorf("%q is no severity", name)
}
