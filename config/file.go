package config

import (
	"fmt"
	"path"
	"strings"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// placeModel is a device of the kernel with the attributes that are wanted, or a file of
// its own.
type placeModel struct {
	name    string // for logs
	options sysfs.Options
	sims    []string // expressions of the attributes
}

// placeOf is the model of a device; files are each for themselves, so that one that hangs
// troubles no other.
func (c *checker) placeOf(p sysfs.Place, name string) *placeModel {
	m := &placeModel{name: name, options: sysfs.Options{Place: p}}
	if p.Class != sysfs.Path {
		if have := c.places[p]; have != nil {
			return have
		}
		m.name, c.places[p] = p.String(), m
	}
	c.model.places = append(c.model.places, m)
	return m
}

// fileSource is a file of the kernel's.
type fileSource struct {
	place   *placeModel
	index   int // among its attributes
	options device.Options
}

func (s *fileSource) describe() string {
	a := &s.place.options.Attributes[s.index]
	return fmt.Sprintf("%v %s", s.place.options.Place, a.Name+a.Label)
}

func (s *fileSource) support(simulated bool) string { return support("Kernel file", simulated) }

func (s *fileSource) build(b *builder, p *PV) error {
	w := b.places[s.place]
	if w.faulty != nil {
		b.sim.onFile(strings.TrimPrefix(p.Name, b.model.Prefix), w.faulty, s.index, sim.FileFaults(s.place.options.Attributes[s.index].Writable))
	}
	_, err := w.worker.Add(b.ioc.Database(), b.spec(p), w.driver.Channels()[s.index], s.options)
	return err
}

// kernelFile checks a PV with file:, iio:, hwmon: or thermal:.
func (c *checker) kernelFile(n *named[pvKeys]) nature {
	k := &n.Value
	before := len(*c.problems)
	place, attribute := c.place(n)
	c.worth(k.Scale, "count ")
	attribute.Scale, attribute.Offset = k.Scale.Value, k.Offset.Value
	attribute.Writable = c.yes("write", k.Write, "a file")
	replied := c.converter("reply", k.Reply, format.Input, n.Name)
	if replied == nil && k.Reply.Set && len(*c.problems) == before {
		c.problem(k.Reply.Pos, "one converter without * and without a name", "reply: no value in %q", k.Reply.Value)
	}
	if len(*c.problems) > before || n.Bad {
		return nature{}
	}
	unit, known := sysfs.UnitOf(place.Class, attribute.Name)
	nat := nature{output: attribute.Writable, polled: true, units: unit.Name, prec: unit.Prec}
	plain := !known && attribute.Label == "" && !k.Scale.Set && !k.Offset.Set
	s := &fileSource{}
	switch r := k.Record.Value; {
	case replied != nil:
		attribute.Format = format.MustCompile(k.Reply.Value, format.Input) // c.converter has compiled it
		nat.kind, nat.states, nat.stateValues = kindOf(replied)
		if nat.kind == pv.Int64 && !plain {
			nat.kind = pv.Float64
		}
	case strings.HasPrefix(r, "string") || r == "lsi" || r == "lso":
		nat.kind = pv.String
	case k.States.Set && plain:
		nat.kind = pv.Enum
	case (strings.HasPrefix(r, "long") || strings.HasPrefix(r, "int64")) && plain:
		nat.kind = pv.Int64
	default:
		nat.kind = pv.Float64
	}
	attribute.Kind = nat.kind
	if nat.kind == pv.String && len(k.States.Value) > 0 {
		s.options.WriteAs = pv.String // the file has the state's name
	}
	if !nat.output {
		nat.scan = scan{scanPeriodic, defaultScan}
	}
	s.options.Initial = c.outputValue("initial", k.Initial, k, nat, s.options.WriteAs)
	attribute.OnExit = c.outputValue("on_exit", k.OnExit, k, nat, s.options.WriteAs)
	if len(*c.problems) > before {
		return nature{}
	}
	alone := sysfs.Options{Place: place, Attributes: []sysfs.Attribute{attribute}}
	if _, err := sysfs.New(alone); err != nil {
		c.problem(n.Pos, "", "%v", err)
		return nature{}
	}
	expression := k.Sim.Value
	if !k.Sim.Set && !nat.output && nat.kind == pv.Float64 {
		expression = typical(unit.Name, attribute)
	}
	if _, err := new(sim.Tree).AddDevice(alone, []string{expression}, 0); err != nil {
		c.problem(k.Sim.Pos, "", "%v", err)
	}
	s.place = c.placeOf(place, n.Name)
	s.index = len(s.place.options.Attributes)
	s.place.options.Attributes = append(s.place.options.Attributes, attribute)
	s.place.sims = append(s.place.sims, expression)
	nat.source = s
	return nat
}

// typical is how a value behaves of which nothing is said.
func typical(unit string, a sysfs.Attribute) string {
	if a.Label != "" {
		unit = "C" // most of what has a label is a temperature
	}
	scale := a.Scale
	if scale == 0 {
		scale = 1
	}
	return fmt.Sprintf("(%s) * %g + %g", sim.Typical(unit), scale, a.Offset)
}

// place finds out which device is meant, and which of its attributes.
func (c *checker) place(n *named[pvKeys]) (sysfs.Place, sysfs.Attribute) {
	k := &n.Value
	switch {
	case k.File.Set:
		if !path.IsAbs(k.File.Value) || path.Clean(k.File.Value) != k.File.Value {
			c.problem(k.File.Pos, "a whole path such as /sys/class/leds/ACT/brightness", "file: %q", k.File.Value)
		}
		return sysfs.Place{}, sysfs.Attribute{Name: k.File.Value}
	case k.Thermal.Set:
		if k.Thermal.Value == "" {
			c.problem(k.Thermal.Pos, "the zone's type, such as cpu-thermal", "thermal: which zone?")
		}
		return sysfs.Place{Class: sysfs.Thermal, Name: k.Thermal.Value}, sysfs.Attribute{Name: "temp"}
	case k.IIO.Set:
		return c.attribute("iio", sysfs.IIO, &k.IIO, "in_temp", n.Bad)
	}
	return c.attribute("hwmon", sysfs.Hwmon, &k.Hwmon, "temp1_input", n.Bad)
}

// attribute checks the block of a device; nothing is missed in one that is bad, since
// it may be what could not be understood.
func (c *checker) attribute(word string, class sysfs.Class, k *key[attributeKeys], example string, bad bool) (sysfs.Place, sysfs.Attribute) {
	v := &k.Value
	switch {
	case bad:
	case v.Name.Value == "":
		c.problem(k.Pos, "name: what the device's file name says", "%s: which device?", word)
	case v.Attribute.Set == v.Label.Set:
		c.problem(k.Pos, "one of attribute: such as "+example+" and label:", "%s: which value of %s?", word, v.Name.Value)
	case strings.Contains(v.Attribute.Value, "/"):
		c.problem(v.Attribute.Pos, "the name of a file such as "+example, "attribute: %q", v.Attribute.Value)
	}
	return sysfs.Place{Class: class, Name: v.Name.Value, At: v.At.Value}, sysfs.Attribute{Name: v.Attribute.Value, Label: v.Label.Value}
}

// yes reads yes or no where other sources have a text.
func (c *checker) yes(what string, k key[string], of string) bool {
	yes, ok := parseTruth(k.Value)
	if !ok && k.Set {
		c.problem(k.Pos, "yes or no for "+of, "%s: %q", what, k.Value)
	}
	return yes
}

// worth checks scale:, what one of something is worth.
func (c *checker) worth(scale key[float64], one string) {
	if scale.Set && scale.Value == 0 {
		c.problem(scale.Pos, "what one "+one+"is worth", "scale: 0")
	}
}

// placeWorker is a device of the kernel and the worker that owns it.
type placeWorker struct {
	driver *sysfs.Driver
	worker *device.Port
	faulty *sim.Faulty // nil: real files
}

func (b *builder) place(m *placeModel) error {
	options, w := m.options, &placeWorker{}
	if b.sim != nil {
		var err error
		if w.faulty, err = b.sim.tree.AddDevice(options, m.sims, seedOf(m.name)); err != nil {
			return err
		}
		options.Files = w.faulty
	}
	driver, err := sysfs.New(options)
	if err != nil {
		return err
	}
	w.driver, w.worker = driver, b.port(m.name, driver, 0)
	b.places[m] = w
	return nil
}

// files are this machine's, or simulated ones.
func (b *builder) files() sysfs.Files {
	if b.sim != nil {
		return &b.sim.tree
	}
	return sysfs.Kernel{}
}
