package config

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/pv"
)

// The only 1-Wire chip there is, and its value.
const (
	thermometer      = "ds18b20"
	thermometerValue = "TEMP"
	sensorRetries    = 3 // if nothing is said
	maxSensorRetries = 10
)

// oneWireModel are the sensors on all 1-Wire buses: what one worker owns.
type oneWireModel struct{ sensors []*sensorModel }

// sensorModel is a sensor with its device's name.
type sensorModel struct {
	name   string
	sensor sysfs.Sensor
	sim    string
	index  int // among the sensors
}

func (m *oneWireModel) options() sysfs.OneWireOptions {
	var o sysfs.OneWireOptions
	for _, s := range m.sensors {
		o.Sensors = append(o.Sensors, s.sensor)
	}
	return o
}

func (*oneWireModel) about(string) string               { return "" }
func (*oneWireModel) subject(string) string             { return "" }
func (*oneWireModel) title() string                     { return "1-Wire" }
func (*oneWireModel) worker(b *builder) *device.Port    { return b.oneWire.worker }
func (m *oneWireModel) driver() (drivers.Driver, error) { return sysfs.NewOneWire(m.options()) }

// stuck is after what time a reading counts as stuck: sensors that live on the current
// of the data line convert one after the other.
func (m *oneWireModel) stuck() time.Duration {
	d := stuckMargin
	for _, s := range m.sensors {
		d += time.Duration(1+s.sensor.Retries) * time.Second
	}
	return d
}

// oneWire checks a device with onewire:.
func (c *checker) oneWire(d *named[deviceKeys], s scope) {
	k := &d.Value
	c.strangers(blockOf(k), "onewire", "belongs to devices with %s:, this one has %s:")
	c.usesBus("w1_bus_master1", d.Name, k.OneWire.Pos)
	m := &sensorModel{name: d.Name, sensor: sysfs.Sensor{ID: k.OneWire.Value, Retries: k.Retries.or(sensorRetries)}, index: len(c.model.oneWire.sensors)}
	if err := sysfs.CheckSensorID(m.sensor.ID); err != nil {
		c.problem(k.OneWire.Pos, "", "onewire: %v", err)
	} else if first := c.ids[m.sensor.ID]; first != nil {
		c.problem(k.OneWire.Pos, "", "onewire: %s is %s already", m.sensor.ID, first.name)
	} else {
		c.ids[m.sensor.ID] = m
	}
	if m.sensor.Retries < 0 || m.sensor.Retries > maxSensorRetries {
		c.problem(k.Retries.Pos, fmt.Sprintf("0 to %d", maxSensorRetries), "retries: %d", m.sensor.Retries)
	}
	switch {
	case k.Chip.Value == thermometer || k.Chip.Bad:
	case !k.Chip.Set && !d.Bad:
		c.problem(k.OneWire.Pos, "chip: "+thermometer, "%s: which chip is it?", d.Name)
	case k.Chip.Set:
		c.problems.add(Problem{Pos: k.Chip.Pos, What: fmt.Sprintf("unknown 1-Wire chip %q", k.Chip.Value), Expected: thermometer, Meant: nearest(k.Chip.Value, []string{thermometer})})
	}
	c.sensorSettings(k, m)
	if k.Scan.Set {
		c.onlyIf(!k.Defaults.Scan.Set, true, k.Scan.Pos, "scan", "to stand in one place: it stands in defaults:, too")
		k.Defaults.Scan = k.Scan
	}
	s.sensor = m
	value := named[pvKeys]{Name: thermometerValue, Pos: d.Pos}
	for _, p := range k.PVs {
		if p.Name == thermometerValue {
			value = p
		} else {
			c.problems.add(Problem{
				Pos: p.Pos, What: fmt.Sprintf("%s has no value %q", thermometer, p.Name),
				Expected: thermometerValue, Meant: nearest(p.Name, []string{thermometerValue}),
			})
		}
	}
	c.model.oneWire.sensors = append(c.model.oneWire.sensors, m)
	c.pv(&value, s)
	c.deviceStatus(d, &c.model.oneWire, false)
}

// sensorSettings reads with:.
func (c *checker) sensorSettings(k *deviceKeys, m *sensorModel) {
	for _, w := range k.With {
		if w.Name != "resolution" {
			c.problems.add(Problem{
				Pos: w.Pos, What: fmt.Sprintf("with: a %s has no setting %q", thermometer, w.Name),
				Expected: "resolution", Meant: nearest(w.Name, []string{"resolution"}),
			})
			continue
		}
		bits, err := 0, errors.New("a list")
		if w.Value.Set && len(w.Value.Value.Elements) == 1 {
			bits, err = strconv.Atoi(w.Value.Value.Elements[0])
		}
		if w.Value.Set && (err != nil || bits < 9 || bits > 12) {
			c.problem(w.Value.Pos, "9 to 12 bits, which take 94, 188, 375 or 750 ms", "with: resolution")
		}
		m.sensor.Bits = bits
	}
}

// sensorSource is the temperature of a sensor.
type sensorSource struct{ *sensorModel }

func (s *sensorSource) describe() string { return "1-Wire " + s.sensor.ID }

func (s *sensorSource) support(simulated bool) string { return support("1-Wire", simulated) }

func (s *sensorSource) build(b *builder, p *PV) error {
	w := b.oneWire
	_, err := w.worker.Add(b.ioc.Database(), b.spec(p), w.driver.Channels()[s.index], device.Options{Unit: s.name})
	return err
}

// temperature checks the PV of a sensor.
func (c *checker) temperature(n *named[pvKeys], m *sensorModel) nature {
	k := &n.Value
	m.sim = k.Sim.or(sim.Typical("C"))
	if err := new(sim.Tree).AddSensor("28-000000000000", m.sim, 0); err != nil {
		c.problem(k.Sim.Pos, "", "%v", err)
	}
	return nature{source: &sensorSource{m}, kind: pv.Float64, polled: true, scan: chipScan, units: "C", prec: 2}
}

// oneWireWorker are the 1-Wire buses and the worker that owns them.
type oneWireWorker struct {
	driver *sysfs.OneWire
	worker *device.Port
}

func (b *builder) sensors(m *oneWireModel) error {
	if len(m.sensors) == 0 {
		return nil
	}
	options := m.options()
	options.Files, options.Log = b.files(), b.log
	if b.sim != nil {
		for _, s := range m.sensors {
			if err := b.sim.tree.AddSensor(s.sensor.ID, s.sim, seedOf(s.sensor.ID)); err != nil {
				return err
			}
		}
		b.sim.onOneWire(m, &b.sim.tree)
	}
	driver, err := sysfs.NewOneWire(options)
	if err != nil {
		return err
	}
	b.oneWire = &oneWireWorker{driver, b.port("1-Wire", driver, m.stuck())}
	return nil
}
