package config

import (
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// maxName is the longest name of a record (EPICS base: PVNAME_STRINGSZ without
// its NUL).
const maxName = 60

// checker turns keys into a model and collects what does not fit together.
type checker struct {
	file     string
	problems *Problems
	keys     *fileKeys
	model    *Model

	trial record.Database // finds what the records themselves object to
	pins  []pinUse
}

// check makes the model of a file's keys. It is good only if no problem was found.
func check(file string, keys *fileKeys, problems *Problems) *Model {
	c := &checker{file: file, problems: problems, keys: keys, model: &Model{
		Name: keys.IOC.Name.Value, Prefix: keys.IOC.Prefix.Value,
	}}
	c.board()
	c.ports()
	for _, d := range keys.Devices {
		c.device(d)
	}
	for _, p := range keys.PVs {
		c.pv(p, scope{prefix: c.model.Prefix, defaults: []commonKeys{keys.Defaults}})
	}
	if len(c.model.PVs) == 0 && len(*problems) == 0 {
		c.problem(Pos{File: file}, "pvs: or devices: with at least one PV", "no PVs")
	}
	return c.model
}

func (c *checker) problem(at Pos, expected, format string, args ...any) {
	*c.problems = append(*c.problems, Problem{Pos: at, What: fmt.Sprintf(format, args...), Expected: expected})
}

// board finds the board whose pin names are used.
func (c *checker) board() {
	c.model.Board = boards.Generic()
	name := c.keys.Board.or("auto")
	var err error
	if name == "auto" {
		var b *boards.Board
		if b, err = boards.Detect(os.DirFS("/")); err == nil {
			c.model.Board = b
		}
		return // a machine that does not say what it is has pins by chip and offset
	}
	b, err := boards.ByName(name)
	if err != nil {
		p := Problem{Pos: c.keys.Board.Pos, What: fmt.Sprintf("unknown board %q", name), Meant: nearest(name, boards.Names())}
		if p.Meant == "" {
			p.Expected = "auto or one of " + strings.Join(boards.Names(), ", ")
		}
		*c.problems = append(*c.problems, p)
		return
	}
	c.model.Board = b
}

// scope is what a PV's surroundings say about it.
type scope struct {
	prefix   string
	defaults []commonKeys // the nearest first
	text     *textDevice  // nil outside a device with port:
	chip     *chipDevice  // nil outside a device with i2c:
}

// source is what stands behind a PV, checked; build makes it.
type source interface {
	// describe says what it is, for people.
	describe() string
	build(b *builder, p *PV) error
}

// nature is what a PV's source says about the record that it needs.
type nature struct {
	source      source
	kind        pv.Kind  // of the value: Float64, Int64, Enum or String
	output      bool     // can be written
	polled      bool     // can be read whenever it is scanned
	events      bool     // reports by itself
	states      []string // that the source itself brings …
	stateValues []uint32 // … and what it has for them; nil: 0, 1, 2 …
	initial     pv.Value // of a soft PV
}

// pv checks one PV and adds it to the model.
func (c *checker) pv(n named[pvKeys], s scope) {
	k := &n.Value
	ownScan := k.Scan.Set
	for _, d := range s.defaults {
		inherit(&k.commonKeys, d)
	}
	p := PV{Name: s.prefix + n.Name, Pos: n.Pos}
	before := len(*c.problems)
	c.name(p)

	kind := c.sourceKind(&n, s)
	if kind == "" {
		return
	}
	c.strangers(k, kind)
	var nat nature
	switch kind {
	case "soft":
		nat = c.soft(k)
	case "signal":
		nat = c.signal(k)
	case "gpio":
		nat = c.gpio(p.Name, k)
	case "text":
		nat = c.text(n.Name, k, s.text)
	case "register":
		nat = c.register(n.Name, k, s.chip)
	}
	if nat.source == nil {
		return
	}
	p.from, p.Source = nat.source, nat.source.describe()
	if !nat.polled {
		if ownScan && k.Scan.Value.Kind != scanPassive {
			c.problem(k.Scan.Pos, "", "scan: %s has nothing to be read now and then", n.Name)
		}
		k.Scan = key[scan]{} // a default is for those that have
	}
	c.record(&p, k, nat)
	if len(*c.problems) > before {
		return // what a half-understood record objects to would only confuse
	}
	if _, err := c.trial.Add(p.spec); err != nil {
		c.refused(p, k, err)
		return
	}
	p.Type, p.Scan = p.spec.Type, p.spec.Scan.Period()
	c.model.PVs = append(c.model.PVs, p)
}

// inherit fills in the keys of k that are not given.
func inherit(k *commonKeys, from commonKeys) {
	to, src := blockOf(k), reflect.ValueOf(from)
	for i := range to.NumField() {
		if !to.Field(i).FieldByName("Set").Bool() {
			to.Field(i).Set(src.Field(i))
		}
	}
}

func (c *checker) name(p PV) {
	switch {
	case len(p.Name) > maxName:
		c.problem(p.Pos, fmt.Sprintf("at most %d", maxName), "the name %s has %d characters", p.Name, len(p.Name))
	case strings.ContainsFunc(p.Name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-+:[]<>;", r))
	}):
		c.problem(p.Pos, "letters, digits and any of _ - + : [ ] < > ;", "the name %q", p.Name)
	}
}

// sourceKind finds out from the keys what stands behind a PV, "" if that cannot be
// said.
func (c *checker) sourceKind(n *named[pvKeys], s scope) string {
	k := &n.Value
	var found []string
	var at Pos
	note := func(set bool, pos Pos, kind string) {
		if set {
			found, at = append(found, kind), pos
		}
	}
	note(k.Value.Set, k.Value.Pos, "soft")
	note(k.Signal.Set, k.Signal.Pos, "signal")
	note(k.GPIO.Set, k.GPIO.Pos, "gpio")
	note(k.At.Set, k.At.Pos, "register")
	switch { // one of them, or several together
	case k.Read.Set:
		note(true, k.Read.Pos, "text")
	case k.Write.Set && !k.At.Set:
		note(true, k.Write.Pos, "text")
	case k.Receive.Set:
		note(true, k.Receive.Pos, "text")
	}
	const sources = "one of value, signal, gpio, read, write, receive and at"
	switch {
	case len(found) > 1:
		c.problem(n.Pos, "only "+sources, "%s has several sources", n.Name)
		return ""
	case len(found) == 0 && s.text != nil:
		return "text" // named in another line's %(…)
	case len(found) == 0:
		c.problem(n.Pos, sources, "%s has nothing behind it", n.Name)
		return ""
	case found[0] == "text" && s.text == nil:
		c.problem(at, "a device with port:", "commands of %s stand outside a text instrument", n.Name)
		return ""
	case found[0] == "register" && s.chip == nil:
		c.problem(at, "a device with i2c:", "the register of %s stands outside a chip", n.Name)
		return ""
	}
	return found[0]
}

// strangers reports keys that belong to other sources than the PV's.
func (c *checker) strangers(k *pvKeys, kind string) {
	v := blockOf(k)
	for i := range v.NumField() {
		of := strings.Fields(v.Type().Field(i).Tag.Get("of"))
		if len(of) == 0 || slices.Contains(of, kind) || !v.Field(i).FieldByName("Set").Bool() {
			continue
		}
		at := v.Field(i).FieldByName("Pos").Interface().(Pos)
		c.problem(at, "", "%s belongs to %s PVs, this is a %s PV", v.Type().Field(i).Tag.Get("key"), strings.Join(of, " and "), kind)
	}
}

// record fills in the PV's record: its type and its fields.
func (c *checker) record(p *PV, k *pvKeys, nat nature) {
	spec := &p.spec
	spec.Name, spec.Desc, spec.Link = p.Name, k.Desc.Value, nat.source.describe()
	if k.States.Set {
		nat.kind, nat.states = pv.Enum, nil
		for _, s := range k.States.Value {
			nat.states = append(nat.states, s.Value)
		}
	}
	if len(nat.states) > 16 {
		c.problem(k.States.Pos, "at most 16", "%d states", len(nat.states))
		return
	}
	spec.Info.Choices, spec.StateValues = nat.states, nat.stateValues
	if !c.recordType(spec, k, nat) {
		return
	}
	numeric := !spec.Type.Array() && (spec.Type.Kind().IsNumber() && spec.Type.Kind() != pv.Enum)
	spec.Initial = nat.initial
	if nat.events {
		spec.Scan = record.IOIntr
	}
	c.scan(spec, k)
	spec.Info.Units = k.EGU.Value
	if k.Prec.Set && (k.Prec.Value < 0 || k.Prec.Value > 15) {
		c.problem(k.Prec.Pos, "0 to 15", "prec: %d", k.Prec.Value)
	}
	spec.Info.Precision = int16(k.Prec.Value)
	spec.MDEL, spec.ADEL, spec.HYST = k.MDEL.Value, k.ADEL.Value, k.Hyst.Value
	spec.PINI = spec.PINI || k.PINI.Value
	c.onlyIf(numeric && nat.output, k.Drive.Set, k.Drive.Pos, "drive", "a number that can be written")
	c.onlyIf(numeric || spec.Type.Array(), k.Display.Set, k.Display.Pos, "display", "a number")
	c.onlyIf(numeric, k.Alarm.Set, k.Alarm.Pos, "alarm", "a number")
	if k.Drive.Set {
		spec.Info.Control = pv.Limits(k.Drive.Value)
		spec.Info.Display = spec.Info.Control // until display says otherwise
	}
	if k.Display.Set {
		spec.Info.Display = pv.Limits(k.Display.Value)
	}
	c.alarms(spec, &k.Alarm.Value)
	for _, f := range k.Fields {
		if spec.Fields == nil {
			spec.Fields = map[string]string{}
		}
		spec.Fields[f.Name] = f.Value.Value
	}
}

func (c *checker) onlyIf(fits, set bool, at Pos, what, needs string) {
	if set && !fits {
		c.problem(at, "", "%s needs %s", what, needs)
	}
}

// alarms sets the limits that are given; they must ascend.
func (c *checker) alarms(spec *record.Spec, a *alarmKeys) {
	last, lastName := math.Inf(-1), ""
	for _, l := range []struct {
		name     string
		key      key[float64]
		limit    *float64
		severity *pv.Severity
		raises   pv.Severity
	}{
		{"lolo", a.LoLo, &spec.Info.Alarm.Low, &spec.LLSV, pv.Major},
		{"low", a.Low, &spec.Info.Warning.Low, &spec.LSV, pv.Minor},
		{"high", a.High, &spec.Info.Warning.High, &spec.HSV, pv.Minor},
		{"hihi", a.HiHi, &spec.Info.Alarm.High, &spec.HHSV, pv.Major},
	} {
		if !l.key.Set {
			continue
		}
		if l.key.Value < last {
			c.problem(l.key.Pos, "lolo ≤ low ≤ high ≤ hihi", "%s: %v is below %s: %v", l.name, l.key.Value, lastName, last)
		}
		last, lastName = l.key.Value, l.name
		*l.limit, *l.severity = l.key.Value, l.raises
	}
}

func (c *checker) scan(spec *record.Spec, k *pvKeys) {
	switch k.Scan.Value.Kind {
	case scanOnce:
		spec.PINI = true
	case scanEvent:
		spec.Scan = record.IOIntr
	case scanPeriodic:
		spec.Scan = record.Every(k.Scan.Value.Period)
	}
}

// refused reports what the record itself objects to, at the key that is to blame.
func (c *checker) refused(p PV, k *pvKeys, err error) {
	at, what := p.Pos, err
	var bad *record.SpecError
	if errors.As(err, &bad) {
		what = bad.Err
		switch bad.Field {
		case "NAME":
			if errors.Is(err, record.ErrDuplicate) {
				first := slices.IndexFunc(c.model.PVs, func(q PV) bool { return q.Name == p.Name })
				c.problem(at, "", "the name %s is taken already by line %d", p.Name, c.model.PVs[first].Pos.Line)
				return
			}
		case "VAL":
			at = k.Value.Pos
		case "SCAN":
			at = k.Scan.Pos
		default:
			for _, f := range k.Fields {
				if f.Name == bad.Field {
					c.problem(f.Pos, "", "field %s of a record of type %s: %v", f.Name, p.spec.Type, what)
					return
				}
			}
			what = fmt.Errorf("%s: %w", bad.Field, bad.Err)
		}
	}
	c.problem(at, "", "%v", what)
}
