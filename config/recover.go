package config

import (
	"fmt"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/pv"
)

// recoverKeys say how a device that does not answer any more is switched off and on.
type recoverKeys struct {
	GPIO      key[string]        `key:"gpio" doc:"the pin that gives it its power while it is high; it is an output of its own, the PV SUPPLY"`
	ActiveLow key[bool]          `key:"active_low" doc:"yes if it has power while the pin is low"`
	After     key[time.Duration] `key:"after" doc:"how long it must have been silent; 10s if not given"`
	Off       key[time.Duration] `key:"off" doc:"how long it is without power; 500ms if not given"`
	Settle    key[time.Duration] `key:"settle" doc:"how long it is left alone then; 100ms if not given"`
	Every     key[time.Duration] `key:"every" doc:"shortest time from one time to the next, which doubles each time, up to 1h, until it has been well for as long; 1m if not given"`
}

// supplyPV is the PV of the pin.
const supplyPV = "SUPPLY"

// recoveryModel is how a device on a bus is switched off and on.
type recoveryModel struct {
	supply                    string // PV
	pin                       boards.Pin
	activeLow                 bool
	after, off, settle, every time.Duration
}

// recovery checks how a device is switched off and on, and makes the PVs about it.
func (c *checker) recovery(d *named[deviceKeys], dev *busDevice) {
	k := &d.Value.Recover.Value
	if !d.Value.Recover.Set {
		return
	}
	before := len(*c.problems)
	m := &recoveryModel{supply: c.model.Prefix + d.Name + ":" + supplyPV, activeLow: k.ActiveLow.Value}
	for _, t := range []struct {
		name        string
		of          key[time.Duration]
		least, most time.Duration
		otherwise   time.Duration
		to          *time.Duration
	}{
		{"after", k.After, time.Second, time.Hour, 10 * time.Second, &m.after},
		{"off", k.Off, 10 * time.Millisecond, time.Minute, 500 * time.Millisecond, &m.off},
		{"settle", k.Settle, 0, time.Minute, 100 * time.Millisecond, &m.settle},
		{"every", k.Every, 10 * time.Second, 24 * time.Hour, time.Minute, &m.every},
	} {
		if *t.to = t.of.or(t.otherwise); *t.to < t.least || *t.to > t.most {
			c.problem(t.of.Pos, fmt.Sprintf("%v to %v", t.least, t.most), "recover: %s: %v", t.name, *t.to)
		}
	}
	if off := m.off + m.settle; m.every < off && len(*c.problems) == before {
		at := d.Value.Recover.Pos
		if k.Every.Set {
			at = k.Every.Pos
		}
		c.problem(at, fmt.Sprintf("more than off and settle, %v", off), "recover: every: %v", m.every)
	}
	if !k.GPIO.Set {
		if !d.Bad {
			c.problem(d.Value.Recover.Pos, "gpio: a pin such as GPIO17", "recover: by which pin?")
		}
		return
	}
	at := k.GPIO.Pos
	supply := pvKeys{
		GPIO: given(at, pinList{k.GPIO}), Direction: given(at, "output"), ActiveLow: k.ActiveLow,
		States: given(at, []key[string]{given(at, "Off"), given(at, "On")}), Initial: given(at, "On"), OnExit: given(at, "On"),
	}
	supply.Desc, supply.ASG = given(at, "power of "+d.Name), d.Value.Defaults.ASG
	c.pv(&named[pvKeys]{Name: supplyPV, Pos: at, Value: supply}, scope{prefix: c.model.Prefix + d.Name + ":", defaults: []*commonKeys{&c.keys.Defaults}})
	if len(*c.problems) > before {
		return
	}
	m.pin, _ = c.model.Board.Resolve(k.GPIO.Value) // which the PV has
	spec := device.RecoverySpec()
	if first, ok := c.taken[c.model.Prefix+d.Name+":"+spec.Name]; ok {
		c.problem(d.Value.Recover.Pos, "", "the name %s:%s is taken already by line %d", d.Name, spec.Name, first.Line)
		return
	}
	c.statusPV(statusModel{at: d.Value.Recover.Pos, name: d.Name, unit: d.Name, hub: dev.bus, asg: d.Value.Defaults.ASG.or(c.keys.Defaults.ASG.Value)}, spec, spec.Name)
	dev.recovery = m
}

// recoveries has the devices on a bus switched off and on, once their PVs are there.
func (b *builder) recoveries(m *busModel) {
	w := b.buses[m]
	for _, d := range m.devices {
		r := d.recovery
		if r == nil {
			continue
		}
		w.worker.Recover(device.Recovery{
			Unit: d.name, Supply: b.ioc.Database().Record(r.supply),
			After: r.after, Off: r.off, Settle: r.settle, Every: r.every,
			Restarted: func() { w.driver.Restarted(d.index) },
		})
		if b.sim != nil {
			b.sim.supplies(m, d, r)
		}
	}
}

// supplies has a simulated device hang on its pin: it loses its power, and with it what
// makes it hold the bus.
func (s *simulation) supplies(m *busModel, d *busDevice, r *recoveryModel) {
	devices := s.devices[m]
	s.lines.Follow(r.pin, func(high bool) {
		if devices.Power(d.index, high != r.activeLow) && s.records[d.name] != nil {
			_ = s.records[d.name].Post(pv.EnumValue(0), pv.Stamp{}, pv.Alarm{}) // NoFault, a state that it has
		}
	})
}
