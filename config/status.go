package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/ioc/record"
)

// hub is what one worker owns and several devices may share: a port, a bus.
type hub interface {
	title() string // for people: "port left", "i2c bus 1"
	worker(b *builder) *device.Port
	driver() (drivers.Driver, error) // one like it, for what it can tell
	// about is what the driver calls a device, before its own counters; "" if it counts
	// for all together.
	about(unit string) string
	subject(unit string) string // what the driver's trace calls a device
}

func (m *portModel) title() string                   { return "port " + m.name }
func (m *portModel) worker(b *builder) *device.Port  { return b.texts[m].worker }
func (m *portModel) driver() (drivers.Driver, error) { return serial.New(m.options) }

func (*portModel) about(string) string        { return "" }
func (*portModel) subject(unit string) string { return unit }

func (m *busModel) title() string                  { return "bus " + m.name }
func (m *busModel) worker(b *builder) *device.Port { return b.buses[m].worker }

func (m *busModel) driver() (drivers.Driver, error) { return m.open(nil) }

func (m *busModel) about(unit string) string {
	for _, d := range m.devices {
		if d.name == unit {
			return d.place() + " "
		}
	}
	return ""
}

func (m *busModel) subject(unit string) string { return strings.TrimSpace(m.about(unit)) }

// statusModel is a wish for PVs about a hub, or about a device on it.
type statusModel struct {
	at    Pos
	name  string // with which the names begin
	unit  string // the device, "" for the hub as such
	whole bool   // the hub is nobody else's
	hub   hub
	asg   string
}

// statusSource is a PV about a hub or a device.
type statusSource struct {
	hub         hub
	unit, about string
	name        string // the end of the PV's name
}

func (s *statusSource) describe() string {
	if s.unit != "" {
		return fmt.Sprintf("%s on %s", s.unit, s.hub.title())
	}
	return s.hub.title()
}

func (*statusSource) support(bool) string { return "Port" }

func (s *statusSource) build(b *builder, p *PV) error {
	_, err := s.hub.worker(b).AddStatus(b.ioc.Database(), b.spec(p), s.about, s.unit)
	return err
}

// statusWish is yes or no, or a word that goes before the names.
type statusWish struct {
	On    bool
	Under string
}

func (w *statusWish) decode(d *decoder, n *yaml.Node) {
	switch yes, is := parseTruth(n.Value); {
	case n.Kind != yaml.ScalarNode || isNothing(n):
		d.problem(n, "yes, no, or a word to go before the names", "%s", describe(n))
	case is:
		w.On = yes
	default:
		w.On, w.Under = true, n.Value
	}
}

// deviceStatus notes whether a device on h wants PVs about it; whole says that it has h
// for itself.
func (c *checker) deviceStatus(d *named[deviceKeys], h hub, whole bool) {
	k := d.Value.Status
	if whole && !k.Set {
		k = d.Value.Port.Value.Status
	}
	c.wantStatus(k, statusModel{
		at: d.Pos, name: d.Name, unit: d.Name, whole: whole, hub: h, asg: d.Value.Defaults.ASG.or(c.keys.Defaults.ASG.Value),
	})
}

func (c *checker) wantStatus(k key[statusWish], s statusModel) {
	if !k.Value.On {
		return
	}
	s.at = k.Pos
	if k.Value.Under != "" {
		c.letters(k.Pos, k.Value.Under)
		s.name += ":" + k.Value.Under
	}
	c.model.status = append(c.model.status, s)
}

// status makes the PVs about ports and devices, once all of these are known.
func (c *checker) status() {
	type about struct {
		driver drivers.Driver
		specs  []record.Spec
	}
	hubs := map[hub]*about{} // what each can tell; the driver is nil if it has problems, which are known
	for _, s := range c.model.status {
		if c.problems.full() {
			return
		}
		for _, spec := range device.UnitSpecs() {
			c.statusPV(s, spec, spec.Name)
		}
		of := s.hub.about(s.unit)
		if b, ok := s.hub.(*busModel); ok && len(b.devices) == 1 {
			s.whole = true
		}
		h := hubs[s.hub]
		if h == nil {
			h = &about{}
			if driver, err := s.hub.driver(); err == nil {
				*h = about{driver, device.PortSpecs(driver)}
			}
			hubs[s.hub] = h
		}
		if h.driver == nil {
			continue
		}
		for _, spec := range h.specs {
			name, own := strings.CutPrefix(spec.Name, of)
			if own && of != "" || s.whole {
				c.statusPV(s, spec, name)
			}
		}
		if subject := s.hub.subject(s.unit); subject != "" && !s.whole {
			for _, spec := range device.TraceSpecs(h.driver, subject) {
				c.statusPV(s, spec, strings.TrimPrefix(spec.Name, subject+" "))
			}
		}
	}
}

// statusPV makes a PV whose name ends with name of what spec describes.
func (c *checker) statusPV(s statusModel, spec record.Spec, name string) {
	source := &statusSource{s.hub, s.unit, spec.Name, name}
	p := PV{
		Name: c.model.Prefix + s.name + ":" + name, Pos: s.at,
		Type: spec.Type, Scan: spec.Scan.Period(), Source: source.describe(), from: source,
	}
	spec.Name, spec.ASG, spec.Link = p.Name, s.asg, "@"+p.Source
	p.spec = spec
	if first, ok := c.taken[p.Name]; ok {
		c.problem(p.Pos, "a word instead of yes, to go before the names", "status: the name %s is taken already by line %d", p.Name, first.Line)
		return
	}
	c.pvName(&p)
	c.model.PVs = append(c.model.PVs, p)
}
