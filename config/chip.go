package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/spi"
	"github.com/ioclet/ioclet/pv"
)

// chip checks what chip a device is, if it is one.
func (c *checker) chip(d *named[deviceKeys], dev *busDevice) {
	k := &d.Value
	if !k.Chip.Set {
		c.onlyIf(k.Chip.Bad, k.Values.Set, k.Values.Pos, "values", "chip:")
		return
	}
	c.strange(k, "%s belongs to register maps, this device has chip:, which knows its registers", "yes", "address")
	model, err := chip.Find(k.Chip.Value)
	if err != nil {
		p := Problem{Pos: k.Chip.Pos, What: fmt.Sprintf("unknown chip %q", k.Chip.Value)}
		var names []string
		for _, m := range chip.Models() {
			names = append(names, m.Name)
		}
		switch p.Meant = nearest(k.Chip.Value, names); {
		case strings.EqualFold(k.Chip.Value, thermometer):
			p.What, p.Meant, p.Expected = fmt.Sprintf("a %s is on neither I2C nor SPI", thermometer), "", "onewire:"
		case p.Meant == "":
			p.Expected = "one of " + strings.Join(names, ", ")
		}
		c.problems.add(p)
		d.Bad = true // its values are not known
		return
	}
	dev.settings = chip.Settings{}
	at := map[string]Pos{}
	for _, w := range k.With {
		switch {
		case k.Instrument.Set: // the words are for the parameters of the file that has the chip
		case w.Value.Set:
			dev.settings[w.Name], at[w.Name] = w.Value.Value.Elements, w.Value.Pos
		default:
			d.Bad = true // known already
		}
	}
	if d.Bad {
		return
	}
	sample, err := model.New(dev.kind, dev.settings)
	for _, e := range split(err) {
		var wrong *chip.SettingError
		pos := k.Chip.Pos
		if errors.As(e, &wrong) {
			if p, ok := at[wrong.Name]; ok {
				pos = p
			}
		}
		c.problem(pos, "", "with: %v", e)
	}
	if err != nil {
		d.Bad = true
		return
	}
	dev.model, dev.values, dev.exits = model, sample.Values(), map[int]float64{}
}

// strange reports keys about register maps, of the kinds that their tags name.
func (c *checker) strange(k *deviceKeys, message string, kinds ...string) {
	block := blockOf(k)
	for _, key := range keysOf(block.Type()) {
		if !slices.Contains(kinds, key.Tag.Get("map")) {
			continue
		}
		if m := markOf(key.in(block)); m.Set {
			c.problem(m.Pos, "", message, key.name)
		}
	}
}

// suitsI2C checks that a chip is on the right bus, and at an address that it can have.
func (c *checker) suitsI2C(d *named[deviceKeys], dev *busDevice) {
	k := &d.Value
	if dev.model.I2C == nil {
		c.problem(k.I2C.Pos, "spi:", "a %s has no I2C interface", dev.model.Name)
		return
	}
	if a := k.I2C.Value.Address; a.Set && !slices.Contains(dev.model.I2C.Addresses, a.Value) {
		var can []string
		for _, x := range dev.model.I2C.Addresses {
			can = append(can, fmt.Sprintf("0x%02X", x))
		}
		c.model.Warnings = append(c.model.Warnings, Problem{
			Pos: a.Pos, What: fmt.Sprintf("a %s is not usually at address 0x%02X", dev.model.Name, a.Value), Expected: strings.Join(can, " or "),
		})
	}
}

// suitsSPI checks that a chip is on the right bus, and fills in how it is talked to.
func (c *checker) suitsSPI(d *named[deviceKeys], dev *busDevice) {
	k := &d.Value
	is := dev.model.SPI
	if is == nil {
		c.problem(k.SPI.Pos, "i2c:", "a %s has no SPI interface", dev.model.Name)
		return
	}
	at := &dev.spi
	if !k.SPI.Value.Mode.Set {
		at.Mode = is.Mode
	}
	if !k.SPI.Value.Speed.Set {
		at.Speed = min(spi.DefaultSpeed, is.MaxSpeed)
	} else if at.Speed > is.MaxSpeed {
		c.problem(k.SPI.Value.Speed.Pos, fmt.Sprintf("at most %v", is.MaxSpeed), "speed: a %s cannot do %v", dev.model.Name, at.Speed)
	}
	c.onlyIf(!k.SPI.Value.ThreeWire.Value, true, k.SPI.Value.ThreeWire.Pos, "chip", "a wire for each direction")
}

// scoped is a PV with its surroundings.
type scoped struct {
	named *named[pvKeys]
	scope scope
}

// pvsOf are the PVs of a device: those of the file, and the values of its chip, which
// those of the same name add to.
func (c *checker) pvsOf(d *named[deviceKeys], s scope) (pvs []scoped) {
	k := &d.Value
	s.value = -1
	if !s.bus.isChip() {
		if k.Chip.Set {
			return nil // a chip that is not understood: neither are its PVs
		}
		for i := range k.PVs {
			pvs = append(pvs, scoped{&k.PVs[i], s})
		}
		return pvs
	}
	own := map[string]bool{}
	wanted := c.wanted(k, s.bus)
	for i, v := range s.bus.values {
		if !wanted[v.Name] {
			continue
		}
		at := s
		at.value = i
		at.defaults = slices.Insert(slices.Clone(s.defaults), 1, ofValue(&v, k.Chip.Pos))
		p := &named[pvKeys]{Name: v.Name, Pos: k.Chip.Pos}
		if j := slices.IndexFunc(k.PVs, func(p named[pvKeys]) bool { return p.Name == v.Name }); j >= 0 {
			p = &k.PVs[j]
			own[p.Name] = true
		}
		pvs = append(pvs, scoped{p, at})
	}
	for i := range k.PVs {
		if p := &k.PVs[i]; !own[p.Name] {
			pvs = append(pvs, scoped{p, s})
		}
	}
	return pvs
}

// ofValue is what a value of a chip says about its PV.
func ofValue(v *chip.Value, at Pos) *commonKeys {
	k := new(commonKeys)
	if v.Kind == pv.Enum {
		return k
	}
	if v.Units != "" {
		k.EGU = given(at, v.Units)
	}
	if v.Kind == pv.Float64 {
		k.Prec = given(at, int(v.Precision))
	}
	return k
}

// wanted are the names of the values that become PVs.
func (c *checker) wanted(k *deviceKeys, dev *busDevice) map[string]bool {
	wanted := map[string]bool{}
	if !k.Values.Set {
		for _, v := range dev.values {
			wanted[v.Name] = true
		}
		return wanted
	}
	names := dev.valueNames()
	for _, w := range k.Values.Value {
		if !slices.Contains(names, w.Value) {
			c.problems.add(dev.noValue(w.Pos, w.Value))
		}
		wanted[w.Value] = true
	}
	return wanted
}

func (d *busDevice) valueNames() (names []string) {
	for _, v := range d.values {
		names = append(names, v.Name)
	}
	return names
}

// noValue says that the chip does not have a value.
func (d *busDevice) noValue(at Pos, name string) Problem {
	names := d.valueNames()
	return Problem{
		Pos: at, What: fmt.Sprintf("%s has no value %q", d.model.Name, name),
		Expected: "one of " + strings.Join(names, ", "), Meant: nearest(name, names),
	}
}

// noValue reports a PV that is none of its chip's values.
func (c *checker) noValue(n *named[pvKeys], dev *busDevice) {
	if slices.Contains(dev.valueNames(), n.Name) {
		c.problem(n.Pos, "it in values:, too", "%s is left out by values:", n.Name)
		return
	}
	c.problems.add(dev.noValue(n.Pos, n.Name))
}

// chipSource is a value of a chip.
type chipSource struct {
	*busDevice
	index   int
	options device.Options
}

func (s *chipSource) describe() string {
	return fmt.Sprintf("%s %s %s", s.busDevice.describe(), s.model.Name, s.values[s.index].Name)
}

func (s *chipSource) build(b *builder, p *PV) error {
	return b.buses[s.bus].add(b, p, s.busDevice, s.index, s.options)
}

// chipScan is how often a chip is read if nothing is said, outputs too: what one that has
// been without power does not put out any more shall not be shown.
var chipScan = scan{scanPeriodic, time.Second}

// chipValue checks a PV that is a value of a chip.
func (c *checker) chipValue(n *named[pvKeys], s scope) nature {
	if s.sensor != nil {
		return c.temperature(n, s.sensor)
	}
	k, dev, v := &n.Value, s.bus, &s.bus.values[s.value]
	src := &chipSource{busDevice: dev, index: s.value}
	nat := nature{source: src, kind: v.Kind, output: v.Writable, polled: true, scan: chipScan, states: v.States}
	if !k.Desc.Set && len(v.Doc) <= maxDesc {
		k.Desc = given(n.Pos, v.Doc)
	}
	if v.Kind != pv.Enum && !k.States.Set && v.Limits != (pv.Limits{}) {
		l := given(n.Pos, limits(v.Limits))
		switch {
		case v.Writable && !k.Drive.Set:
			k.Drive = l
		case v.Writable && (k.Drive.Value.Low < v.Limits.Low || k.Drive.Value.High > v.Limits.High):
			expected := strings.TrimSpace(fmt.Sprintf("%v to %v %s", v.Limits.Low, v.Limits.High, v.Units))
			c.problem(k.Drive.Pos, expected, "drive: %v to %v", k.Drive.Value.Low, k.Drive.Value.High)
		case !k.Display.Set && !k.Drive.Set:
			k.Display = l
		}
	}
	src.options.Initial = c.outputValue("initial", k.Initial, k, nat, pv.Invalid)
	if x := c.outputValue("on_exit", k.OnExit, k, nat, pv.Invalid); x.Kind() != pv.Invalid {
		dev.exits[s.value] = x.Float64()
	}
	dev.bus.sims[sim.ValueID{Device: dev.index, Index: s.value}] = sim.ValueOptions{Name: v.Name, Expression: k.Sim.Value}
	return nat
}
