package config

import (
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
)

// portModel is a connection with the instruments on it: what one worker owns.
type portModel struct {
	name    string
	options serial.Options
	sims    map[sim.ChannelID]string // sim: expressions
	dones   map[sim.ChannelID]string // those of done:
	devices map[string]*sim.Behaviour

	pos    Pos
	shared bool // stands under ports:
	used   bool // by a device that names it
}

func newPortModel(name string, at Pos) *portModel {
	return &portModel{name: name, pos: at, options: serial.Options{Name: name}, sims: map[sim.ChannelID]string{}, dones: map[sim.ChannelID]string{}, devices: map[string]*sim.Behaviour{}}
}

// peer is how the instruments on the port behave when they are simulated.
func (m *portModel) peer() sim.PeerOptions {
	return sim.PeerOptions{Expressions: m.sims, Done: m.dones, Devices: m.devices, Seed: seedOf(m.name)}
}

// stuckMargin is how much longer than it may take by its settings an operation takes
// that counts as stuck.
const stuckMargin = 10 * time.Second

// longCommand is how many bytes a command may have that is given a pause after each.
const longCommand = 256

// stuck is after what time an operation counts as stuck: opening the port, which has
// to settle, or a write and its readback, each after the delay.
func (m *portModel) stuck() time.Duration {
	var timeout time.Duration
	for _, d := range m.options.Devices {
		timeout = max(timeout, d.Timeout+longCommand*d.CharDelay)
		for _, c := range d.Channels {
			timeout = max(timeout, c.Timeout+longCommand*d.CharDelay)
		}
	}
	return stuckMargin + max(settleOf(m.options.Transport), 2*(m.options.Delay+timeout))
}

// settleOf is how long it takes until a connection can be used.
func settleOf(t serial.Transport) time.Duration {
	switch t := t.(type) {
	case serial.Line:
		return t.Break + t.Settle
	case serial.RFC2217:
		return t.Line.Break + t.Line.Settle
	}
	return 0
}

// ports checks the connections of ports:.
func (c *checker) ports() {
	for _, p := range c.keys.Ports {
		if p.Name == "" {
			c.problem(p.Pos, "a name", "the name is empty")
		}
		var h hub
		if p.Value.Modbus.Set {
			m := c.modbusPort(p.Name, p.Pos, &p.Value)
			m.shared, h = true, m
		} else {
			m := c.port(p.Name, p.Pos, &p.Value)
			m.shared, h = true, m
		}
		c.shared[p.Name] = h
		c.wantStatus(p.Value.Status, statusModel{at: p.Pos, name: p.Name, whole: true, hub: h, asg: c.keys.Defaults.ASG.Value})
	}
}

// unusedPorts warns of those of ports: that no device names.
func (c *checker) unusedPorts() {
	unused := func(name string, at Pos) {
		c.model.Warnings = append(c.model.Warnings, Problem{Pos: at, What: fmt.Sprintf("port %s is used by no device", name)})
	}
	for _, p := range c.model.ports {
		if p.shared && !p.used {
			unused(p.name, p.pos)
		}
	}
	for _, m := range c.model.modbuses {
		if m.shared && !m.used {
			unused(m.name, m.pos)
		}
	}
}

// port checks one connection and adds it to the model.
func (c *checker) port(name string, at Pos, k *portKeys) *portModel {
	p := newPortModel(name, at)
	p.options.Delay = k.Delay.Value
	c.notLong("delay", k.Delay)
	p.options.Transport = c.transport(name, at, &k.transportKeys)
	if l, ok := p.options.Transport.(serial.Line); ok {
		c.usesPort(l.Path, name, at)
	}
	c.model.ports = append(c.model.ports, p)
	return p
}
