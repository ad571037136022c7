package config

import (
	"fmt"
	"maps"
	"strings"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// faultPV is the PV of each simulated device by which it is made to fail.
const faultPV = "SIM:FAULT"

// faulty is something simulated that can be made to fail: device support of the PV that
// does it.
type faulty struct {
	name   string // without the prefix: the device's, or the PV's if there is none
	faults []sim.Fault
	fail   func(sim.Fault)
}

// faultPoints are what is simulated and can be made to fail.
type faultPoints struct {
	faulty  []faulty
	records map[string]*record.Record // that do it, by the names of what fails
	devices map[*busModel]*sim.Devices
}

// onPort notes the instruments on a port.
func (s *faultPoints) onPort(m *portModel, p *sim.Peer) {
	for _, d := range m.options.Devices {
		s.faulty = append(s.faulty, faulty{d.Name, sim.PeerFaults(), func(f sim.Fault) { p.SetFault(d.Name, f) }})
	}
}

// onBus notes the devices on a bus.
func (s *faultPoints) onBus(m *busModel, devices *sim.Devices) {
	if s.devices == nil {
		s.devices = map[*busModel]*sim.Devices{}
	}
	s.devices[m] = devices
	for _, d := range m.devices {
		s.faulty = append(s.faulty, faulty{d.name, sim.BusFaults(), func(f sim.Fault) { devices.SetFault(d.index, f) }})
	}
}

// onSlaves notes Modbus slaves.
func (s *faultPoints) onSlaves(m *modbusModel, slaves *sim.Modbus) {
	for _, d := range m.options.Slaves {
		s.faulty = append(s.faulty, faulty{d.Name, sim.ModbusFaults(), func(f sim.Fault) { slaves.SetFault(d.Unit, f) }})
	}
}

// onLines notes lines that are claimed together.
func (s *faultPoints) onLines(name string, pins []boards.Pin, lines *sim.Lines) {
	s.faulty = append(s.faulty, faulty{name, sim.LineFaults(), func(f sim.Fault) {
		for _, p := range pins {
			lines.SetFault(p, f)
		}
	}})
}

// onOneWire notes the sensors of a 1-Wire bus.
func (s *faultPoints) onOneWire(m *oneWireModel, tree *sim.Tree) {
	for _, d := range m.sensors {
		s.faulty = append(s.faulty, faulty{d.name, sim.SensorFaults(), func(f sim.Fault) { tree.SetSensorFault(d.sensor.ID, f) }})
	}
}

// onFile notes a file of the kernel, or a PWM channel: the part of files that has the
// PV's.
func (s *faultPoints) onFile(name string, files *sim.Faulty, part int, faults []sim.Fault) {
	s.faulty = append(s.faulty, faulty{name, faults, func(f sim.Fault) { files.SetFault(part, f) }})
}

// faults makes the PVs by which what is simulated is made to fail; none where the file has
// a PV of that name itself, or the name is too long.
func (b *builder) faults() (errs []error) {
	b.sim.records = map[string]*record.Record{}
	for _, f := range b.sim.faulty {
		name := b.model.Prefix + f.name + ":" + faultPV
		if len(name) > record.MaxName || b.ioc.Database().Record(name) != nil {
			continue
		}
		r, err := b.ioc.Database().Add(record.Spec{
			Name: name, Type: record.MBBO, Desc: "what is wrong with what is simulated",
			Info: pv.Info{Choices: faultStates(f.faults)}, Initial: pv.EnumValue(0), Device: f,
		})
		b.sim.records[f.name] = r
		errs = append(errs, err)
	}
	return errs
}

// Read has nothing to read. record.Device.
func (faulty) Read(*record.Record) (record.Result, bool) { return record.Result{}, true }

// Write makes it fail. record.Device.
func (f faulty) Write(_ *record.Record, v pv.Value) (record.Result, bool) {
	i := v.Int64()
	if i >= int64(len(f.faults)) {
		return record.Result{Err: fmt.Errorf("no fault %d", i)}, true
	}
	f.fail(f.faults[i])
	return record.Result{}, true
}

// faultStates are the names of faults as the states of a PV.
func faultStates(faults []sim.Fault) []string {
	names := make([]string, len(faults))
	for i, f := range faults {
		names[i] = strings.ToUpper(string(f[:1])) + string(f[1:])
	}
	return names
}

// marked is the record of a PV whose hardware is simulated, as programs of the site can tell.
func marked(s record.Spec) record.Spec {
	tags := maps.Clone(s.InfoTags)
	if tags == nil {
		tags = map[string]string{}
	}
	tags["simulated"] = "yes"
	s.InfoTags = tags
	return s
}
