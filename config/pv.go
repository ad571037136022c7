package config

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// pv checks one PV and adds it to the model. It fills in keys that are not given.
func (c *checker) pv(n *named[pvKeys], s scope) {
	k := &n.Value
	before := len(*c.problems)
	p := PV{Name: s.prefix + n.Name, Pos: n.Pos}
	c.name(n.Pos, n.Name)
	c.pvName(&p)

	kind := c.sourceOf(n, s)
	if kind == "" {
		return
	}
	c.strangers(blockOf(k), string(kind), "belongs to %s PVs, this is a %s PV")
	c.common(&k.commonKeys)
	c.states(k)
	if edges := k.Count.Value.Edges != ""; k.Count.Set && edges != (kind == gpioLine) {
		c.problem(k.Count.Pos, map[bool]string{true: "a whole number", false: "rising, falling or both"}[edges], "count: of a %s PV", kind)
	}
	var nat nature
	switch kind {
	case soft:
		nat = c.soft(k)
	case signal:
		nat = c.signal(k)
	case gpioLine:
		nat = c.gpio(p.Name, k)
	case pulses:
		nat = c.pwm(p.Name, k)
	case kernelFile:
		nat = c.kernelFile(n)
	case ofHost:
		nat = c.host(k)
	case text:
		nat = c.text(n.Name, k, s.text)
	case ofSlave:
		nat = c.slaveValue(n, s.slave)
	case register:
		nat = c.register(n, s.bus)
	case ofChip:
		nat = c.chipValue(n, s)
	}
	if nat.source == nil {
		return
	}
	p.from, p.Source = nat.source, nat.source.describe()
	c.scan(&p.spec, n, nat, s.defaults)
	for i, d := range s.defaults {
		if i == len(s.defaults)-1 { // those of the file, for all kinds of PVs
			inherit(&k.commonKeys, nat.common())
		}
		inherit(&k.commonKeys, d)
	}
	c.record(&p, k, nat)
	c.onDisconnect(&p, k, nat)
	if len(*c.problems) > before {
		return // what a half-understood record objects to would only confuse
	}
	var trial record.Database
	spec := p.spec
	spec.Name = "X" // names are checked
	if _, err := trial.Add(spec); err != nil {
		c.refused(p, k, err)
		return
	}
	p.Type, p.Scan = p.spec.Type, p.spec.Scan.Period()
	c.model.PVs = append(c.model.PVs, p)
}

// common checks keys of a PV, or defaults.
func (c *checker) common(k *commonKeys) {
	if len(k.EGU.Value) > maxEGU {
		c.problem(k.EGU.Pos, fmt.Sprintf("at most %d", maxEGU), "egu: %d bytes", len(k.EGU.Value))
	}
	if len(k.ASG.Value) > maxASG {
		c.problem(k.ASG.Pos, fmt.Sprintf("at most %d", maxASG), "asg: %d bytes", len(k.ASG.Value))
	}
	if k.Prec.Value < 0 || k.Prec.Value > 15 {
		c.problem(k.Prec.Pos, "0 to 15", "prec: %d", k.Prec.Value)
	}
}

// inherit fills in the keys of k that are not given.
func inherit(k, from *commonKeys) {
	inheritKey(&k.Scan, &from.Scan)
	inheritKey(&k.EGU, &from.EGU)
	inheritKey(&k.Prec, &from.Prec)
	inheritKey(&k.MDEL, &from.MDEL)
	inheritKey(&k.ADEL, &from.ADEL)
	inheritKey(&k.ASG, &from.ASG)
}

func inheritKey[T any](k, from *key[T]) {
	if !k.Set {
		*k = *from
	}
}

// The longest texts that clients can be given (EPICS base: MAX_ENUM_STRING_SIZE,
// and the sizes of DESC, EGU and ASG in the record definitions, without their NUL).
const (
	maxStates = 16
	maxState  = 25
	maxDesc   = 40
	maxEGU    = 15
	maxASG    = 28
)

// states checks the names of a PV's states.
func (c *checker) states(k *pvKeys) {
	switch n := len(k.States.Value); {
	case !k.States.Set:
		return
	case n == 0:
		c.problem(k.States.Pos, "names such as [Off, On]", "no states")
	case n > maxStates:
		c.problem(k.States.Pos, fmt.Sprintf("at most %d", maxStates), "%d states", n)
	}
	seen := map[string]bool{}
	for _, s := range k.States.Value {
		switch folded := strings.ToLower(s.Value); {
		case s.Value == "":
			c.problem(s.Pos, "a name", "a state without a name")
		case len(s.Value) > maxState:
			c.problem(s.Pos, fmt.Sprintf("at most %d", maxState), "state %q has %d bytes", s.Value, len(s.Value))
		case seen[folded]:
			c.problem(s.Pos, "different names", "state %q is there twice", s.Value)
		default:
			seen[folded] = true
		}
	}
}

// scan decides when the record is processed. Defaults are for PVs that have something
// to be read now and then.
func (c *checker) scan(spec *record.Spec, n *named[pvKeys], nat nature, defaults []*commonKeys) {
	name, k := n.Name, &n.Value
	own := k.Scan
	switch {
	case own.Set && own.Value.Kind == scanEvent && !nat.events:
		c.problem(own.Pos, "", "scan: %s reports nothing by itself", name)
		return
	case own.Set && own.Value.Kind.reads() && !nat.polled:
		c.problem(own.Pos, "", "scan: %s has nothing to be read now and then", name)
		return
	}
	if nat.events {
		spec.Scan = record.IOIntr
	}
	s := own
	for _, d := range defaults {
		onEvent := d.Scan.Value.Kind == scanEvent
		if d.Scan.Set && !s.Set && (onEvent && nat.events || !onEvent && nat.polled) {
			s = d.Scan
		}
	}
	if !s.Set && !s.Bad && nat.polled && !nat.output && !nat.events && nat.scan.Kind == scanPassive && !k.PINI.Value {
		c.model.Warnings = append(c.model.Warnings, Problem{Pos: n.Pos, What: name + " has no scan: nothing reads it", Expected: "scan: such as 1s, or scan: passive if that is meant"})
	}
	switch v := s.or(nat.scan); v.Kind {
	case scanPassive:
		if s.Set {
			spec.Scan = record.Passive
		}
	case scanOnce:
		spec.PINI = true
	case scanEvent:
		spec.Scan = record.IOIntr
	case scanPeriodic:
		spec.Scan = record.Every(v.Period)
	}
}

// record fills in the PV's record: its type and its fields.
func (c *checker) record(p *PV, k *pvKeys, nat nature) {
	spec := &p.spec
	spec.Name, spec.Desc = p.Name, k.Desc.Value
	if d := nat.source.support(false); d != "" {
		spec.DTYP, spec.Link = d, "@"+p.Source
	}
	if k.States.Set {
		nat.kind, nat.states = pv.Enum, nil
		for _, s := range k.States.Value {
			nat.states = append(nat.states, s.Value)
		}
	}
	spec.Info.Choices, spec.StateValues = nat.states, nat.stateValues
	if len(nat.states) > maxStates || !c.recordType(spec, k, nat) {
		return
	}
	if len(k.Desc.Value) > maxDesc {
		c.problem(k.Desc.Pos, fmt.Sprintf("at most %d", maxDesc), "desc: %d bytes", len(k.Desc.Value))
	}
	spec.Initial = nat.initial
	if nat.idle.Kind() != pv.Invalid {
		spec.Initial = nat.idle
	}
	spec.PINI = spec.PINI || k.PINI.Value
	spec.Info.Units, spec.Info.Precision = k.EGU.Value, int16(k.Prec.Value)
	spec.MDEL, spec.ADEL, spec.HYST = k.MDEL.Value, k.ADEL.Value, k.Hyst.Value
	spec.ASG = k.ASG.Value
	c.group(k.ASG)
	for _, tag := range k.Info {
		if spec.InfoTags == nil {
			spec.InfoTags = make(map[string]string)
		}
		spec.InfoTags[tag.Name] = tag.Value.Value
	}
	c.ranges(spec, k, nat)
	c.fields(spec, k)
	c.pulse(spec, k)
}

// ranges sets what a number may be, is shown as, and is in alarm at.
func (c *checker) ranges(spec *record.Spec, k *pvKeys, nat nature) {
	array := spec.Type.Array()
	numeric := !array && spec.Type.Kind().IsNumber()
	c.onlyIf(numeric && nat.output, k.Drive.Set, k.Drive.Pos, "drive", "a number that can be written")
	c.onlyIf(numeric || array, k.Display.Set, k.Display.Pos, "display", "a number")
	c.onlyIf(numeric, k.Alarm.Set, k.Alarm.Pos, "alarm", "a number")
	c.onlyIf(numeric, k.Hyst.Set, k.Hyst.Pos, "hyst", "a number")
	if k.Drive.Set {
		spec.Info.Control = pv.Limits(k.Drive.Value)
		spec.Info.Display = spec.Info.Control // until display says otherwise
		if nat.initial.Kind() == pv.Float64 {
			c.inDrive(k, k.Value.Pos, "value", nat.initial)
		}
	}
	if k.Display.Set {
		spec.Info.Display = pv.Limits(k.Display.Value)
	}
	c.alarms(spec, &k.Alarm.Value)
}

// inDrive checks that an output is not to be set to what drive: forbids.
func (c *checker) inDrive(k *pvKeys, at Pos, what string, v pv.Value) {
	if x := v.Float64(); k.Drive.Set && (x < k.Drive.Value.Low || x > k.Drive.Value.High) {
		c.problem(at, fmt.Sprintf("%v to %v as drive: says", k.Drive.Value.Low, k.Drive.Value.High), "%s: %v", what, x)
	}
}

var severities = map[string]pv.Severity{"minor": pv.Minor, "major": pv.Major, "invalid": pv.InvalidAlarm}

// alarms sets the limits that are given; they must ascend.
func (c *checker) alarms(spec *record.Spec, a *alarmKeys) {
	last, lastName := math.Inf(-1), ""
	for _, l := range []struct {
		name     string
		key      limitKeys
		limit    *float64
		severity *pv.Severity
		raises   pv.Severity
	}{
		{"lolo", a.LoLo.Value, &spec.Info.Alarm.Low, &spec.LLSV, pv.Major},
		{"low", a.Low.Value, &spec.Info.Warning.Low, &spec.LSV, pv.Minor},
		{"high", a.High.Value, &spec.Info.Warning.High, &spec.HSV, pv.Minor},
		{"hihi", a.HiHi.Value, &spec.Info.Alarm.High, &spec.HHSV, pv.Major},
	} {
		at := l.key.At
		if !at.Set {
			continue
		}
		if at.Value < last {
			c.problem(at.Pos, "lolo ≤ low ≤ high ≤ hihi", "%s: %v is below %s: %v", l.name, at.Value, lastName, last)
		}
		last, lastName = at.Value, l.name
		*l.limit, *l.severity = at.Value, l.raises
		if s := l.key.Severity; s.Set {
			*l.severity = severities[s.Value]
		}
	}
}

// refused reports what the record itself objects to, at the key that is to blame.
func (c *checker) refused(p PV, k *pvKeys, err error) {
	at, what := p.Pos, err
	var bad *record.SpecError
	if errors.As(err, &bad) {
		switch bad.Field {
		case "VAL":
			at, what = k.Value.Pos, fmt.Errorf("value: %w", bad.Err)
		case "SCAN":
			at, what = k.Scan.Pos, fmt.Errorf("scan: %w", bad.Err)
		case "HYST":
			at, what = k.Hyst.Pos, fmt.Errorf("hyst: %w", bad.Err)
		case "Elements", "SIZV":
			at, what = k.Count.Pos, fmt.Errorf("count: %w", bad.Err)
		default:
			what = fmt.Errorf("%s: %w", bad.Field, bad.Err)
		}
	}
	c.problem(at, "", "%v", what)
}
