package config

import (
	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/ioc/record"
)

// consoleSize is the longest command and the longest answer of a console, with a NUL.
const consoleSize = 1024

// consoleSource is a PV by which people speak with a text instrument.
type consoleSource struct {
	port            *portModel
	device, channel string
}

func (s *consoleSource) describe() string { return "console of " + s.device }

func (*consoleSource) support(simulated bool) string { return support("Text instrument", simulated) }

func (s *consoleSource) build(b *builder, p *PV) error {
	port := b.texts[s.port]
	// Not part of the device's Unit: what people try says nothing about its health.
	_, err := port.worker.Add(b.ioc.Database(), b.spec(p), port.driver.Channel(s.device, s.channel), device.Options{})
	return err
}

// console makes the PVs of a device with console: yes.
func (c *checker) console(d *named[deviceKeys], t *textDevice) {
	t.device.Console = d.Value.Console.Value
	if !t.device.Console {
		return
	}
	asg := d.Value.Defaults.ASG.or(c.keys.Defaults.ASG.Value)
	for _, spec := range []record.Spec{
		{Name: serial.ConsoleCommand, Type: record.LSO, Desc: "what is sent, with escapes such as \\x05"},
		{Name: serial.ConsoleReply, Type: record.LSI, Desc: "what came back", Scan: record.IOIntr, Fields: map[string]string{"MPST": "Always", "APST": "Always"}},
	} {
		source := &consoleSource{t.port, d.Name, spec.Name}
		p := PV{Name: c.model.Prefix + d.Name + ":" + spec.Name, Pos: d.Value.Console.Pos, Type: spec.Type, Source: source.describe(), from: source}
		spec.Name, spec.Elements, spec.ASG = p.Name, consoleSize, asg
		spec.Link = "@" + p.Source
		p.spec = spec
		if first, ok := c.taken[p.Name]; ok {
			c.problem(p.Pos, "no PV of this name beside a console", "console: the name %s is taken already by line %d", p.Name, first.Line)
			t.device.Console = false
			continue
		}
		c.pvName(&p)
		c.model.PVs = append(c.model.PVs, p)
	}
}
