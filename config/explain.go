package config

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/gpio"
	"github.com/ioclet/ioclet/drivers/modbus"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// Fact is something that is known of a PV: "scan" is "every 1s".
type Fact struct{ Name, Text string }

// Explanation is what a file says of a PV.
type Explanation struct {
	PV    *PV
	Facts []Fact // for people, in the order in which they are understood best
	// Status names the PVs that say how what is behind the PV is doing: "CONNECTED",
	// "ERROR", "TRACE:LAST" and others. There are none without status: in the file.
	Status map[string]string
}

// ErrNoPV says that there is no PV of a name.
var ErrNoPV = errors.New("no such PV")

// Explain says what is behind the PV of that name, of which the prefix may be left out.
func (m *Model) Explain(name string) (*Explanation, error) {
	i := slices.IndexFunc(m.PVs, func(p PV) bool { return p.Name == name })
	if i < 0 {
		i = slices.IndexFunc(m.PVs, func(p PV) bool { return p.Name == m.Prefix+name })
	}
	if i < 0 {
		names := make([]string, 0, 2*len(m.PVs))
		for _, p := range m.PVs {
			names = append(names, p.Name, strings.TrimPrefix(p.Name, m.Prefix))
		}
		err := fmt.Errorf("%q: %w", name, ErrNoPV)
		of := slices.IndexFunc(names, func(s string) bool { return name != "" && strings.HasPrefix(s, name+":") })
		if near := nearest(name, names); of >= 0 {
			err = fmt.Errorf("%w (one of its PVs is %q)", err, names[of])
		} else if near != "" {
			err = fmt.Errorf("%w (did you mean %q?)", err, near)
		}
		return nil, err
	}
	p := &m.PVs[i]
	e := &Explanation{PV: p, Status: map[string]string{}}
	e.add("file", "%v", p.Pos)
	e.add("record", "%v", p.Type)
	e.add("is", "%s", p.spec.Desc)
	e.value(p)
	e.add("scan", "%s", scanText(p))
	e.add("source", "%s", p.Source)
	e.add("device support", "%s", p.from.support(false))
	e.source(m, p)
	e.add("access group", "%s", p.spec.ASG)
	return e, nil
}

// add adds a fact, unless it is no text.
func (e *Explanation) add(name, form string, args ...any) {
	if text := fmt.Sprintf(form, args...); text != "" {
		e.Facts = append(e.Facts, Fact{name, text})
	}
}

// value says what values there are.
func (e *Explanation) value(p *PV) {
	s := &p.spec
	e.add("units", "%s", s.Info.Units)
	e.add("states", "%s", strings.Join(s.Info.Choices, ", "))
	if s.Elements > 0 && p.Type.Array() {
		e.add("elements", "%d at most", s.Elements)
	}
	if l := s.Info.Control; l != (pv.Limits{}) {
		e.add("drive", "%v to %v", l.Low, l.High)
	}
	var alarms []string
	for _, a := range []struct {
		name     string
		limit    float64
		severity pv.Severity
	}{
		{"lolo", s.Info.Alarm.Low, s.LLSV},
		{"low", s.Info.Warning.Low, s.LSV},
		{"high", s.Info.Warning.High, s.HSV},
		{"hihi", s.Info.Alarm.High, s.HHSV},
	} {
		if a.severity != pv.NoAlarm && !math.IsNaN(a.limit) {
			alarms = append(alarms, fmt.Sprintf("%s %v %v", a.name, a.limit, a.severity))
		}
	}
	e.add("alarms", "%s", strings.Join(alarms, ", "))
}

// scanText says when the record processes.
func scanText(p *PV) string {
	text := "when it is written to"
	switch {
	case p.Scan > 0:
		text = fmt.Sprintf("every %v", p.Scan)
	case p.spec.Scan.String() == "I/O Intr":
		text = "when the hardware reports something"
	case !p.Type.Output():
		text = "when it is told to"
	}
	if p.spec.PINI {
		text += ", and once at start"
	}
	return text
}

// source says more of what is behind a PV than its Source, where there is more.
func (e *Explanation) source(m *Model, p *PV) {
	switch s := p.from.(type) {
	case *textSource:
		e.text(s)
		e.exit(p, s.channel.OnExit)
		e.status(m, s.port, s.device)
	case *slaveSource:
		e.slave(p, s)
		e.status(m, s.model, s.name)
	case *registerSource:
		e.register(&s.registers.Registers[s.index])
		e.onBus(m, s.busDevice, s.index)
	case *chipSource:
		e.add("chip", "%s: %s", s.model.Name, s.model.Title)
		e.onBus(m, s.busDevice, s.index)
	case *lineSource:
		for _, pin := range s.lines.options.Pins {
			if pin.Chip != "" {
				e.add("line", "%d of GPIO chip %s", pin.Offset, pin.Chip)
			} else {
				e.add("line", "%s, by its name", pin.Line)
			}
			for _, h := range pin.Hazards {
				e.add("look twice", "%v %s", pin, h)
			}
		}
		if s.lines.options.Direction == gpio.Output {
			e.add("at start", "%v", s.lines.options.Initial)
			e.add("at exit", "%v", s.lines.options.OnExit)
		}
	case *sensorSource:
		e.status(m, &m.oneWire, s.name)
	case *statusSource:
		e.status(m, s.hub, s.unit)
	}
}

// onBus says of the index-th value of a device on a bus what all such have to be said of.
func (e *Explanation) onBus(m *Model, d *busDevice, index int) {
	e.add("simulated as", "%s", d.bus.sims[sim.ValueID{Device: d.index, Index: index}].Expression)
	if r := d.recovery; r != nil {
		e.add("switched off", "by %s for %v when it has been silent for %v, every %v at most", r.supply, r.off, r.after, r.every)
	}
	e.status(m, d.bus, d.name)
}

// text shows the lines of a text instrument.
func (e *Explanation) text(s *textSource) {
	e.port(s.port.options.Transport, s.port.shared, s.port.name)
	c := &s.channel
	for _, line := range []Fact{
		{"asks", c.Read},
		{"writes", c.Write},
		{"asks back", c.Readback},
		{"expects", c.Reply},
		{"receives", c.Receive},
	} {
		if line.Text != "" {
			e.add(line.Name, "%q", line.Text)
		}
	}
	if c.Done != nil {
		e.add("has done it when", "%q is answered by %q with one of %v", c.Done.Ask, c.Done.Reply, c.Done.Until)
	}
	for _, d := range s.port.options.Devices {
		if d.Name == s.device {
			in, out := terminators(d)
			e.add("lines end with", "%s from it, %s to it", format.Quote([]byte(in)), format.Quote([]byte(out)))
			e.add("timeout", "%v", cmp.Or(c.Timeout, d.Timeout, time.Second))
		}
	}
	e.add("simulated as", "%s", s.port.sims[sim.ChannelID{Device: s.device, Channel: c.Name}])
}

// terminators are those of a device.
func terminators(d serial.Device) (in, out string) {
	in, out = "\n", "\n"
	if d.InTerminator != nil {
		in = *d.InTerminator
	}
	if d.OutTerminator != nil {
		out = *d.OutTerminator
	}
	return in, out
}

// port says how an instrument is connected.
func (e *Explanation) port(t serial.Transport, shared bool, name string) {
	if shared {
		e.add("port", "%v (port %s)", t, name)
	} else {
		e.add("port", "%v", t)
	}
}

// exit says what an output is set to when the IOC ends.
func (e *Explanation) exit(p *PV, v pv.Value) {
	states := p.spec.Info.Choices
	switch i := v.Int64(); {
	case v.Kind() == pv.Invalid:
	case i < int64(len(states)) && v.Kind() != pv.String:
		e.add("at exit", "%s", states[i])
	default:
		e.add("at exit", "%v", v)
	}
}

// slave shows the value of a Modbus slave.
func (e *Explanation) slave(p *PV, s *slaveSource) {
	e.port(s.model.transport, s.model.shared, s.model.name)
	slave := s.slave()
	v := &slave.Values[s.index]
	if v.Table == modbus.Holding || v.Table == modbus.Input {
		text := v.Type.String()
		if v.Type == modbus.Bit {
			text += fmt.Sprintf(" %d", v.Bit)
		} else if o := cmp.Or(v.Order, slave.Order, modbus.ABCD); o != modbus.ABCD {
			text += fmt.Sprintf(", %v", o)
		}
		e.holds(text, v.Scale, v.Offset)
	}
	e.add("timeout", "%v", cmp.Or(slave.Timeout, time.Second))
	e.exit(p, v.OnExit)
	e.add("simulated as", "%s", s.model.sims[sim.ValueID{Device: s.slaveDevice.index, Index: s.index}].Expression)
}

// register says how a number is made of bytes.
func (e *Explanation) register(r *bus.Register) {
	text := r.Type.String()
	if r.Mask != 0 {
		text += fmt.Sprintf(", bits 0x%X", r.Mask)
	}
	e.holds(text, r.Scale, r.Offset)
}

// holds says what is in a register, and what it is worth.
func (e *Explanation) holds(text string, scale, offset float64) {
	if scale != 0 {
		text += fmt.Sprintf(", times %v", scale)
	}
	if offset != 0 {
		text += fmt.Sprintf(", plus %v", offset)
	}
	e.add("holds", "%s", text)
}

// status finds the PVs about a port or bus, and about one device on it.
func (e *Explanation) status(m *Model, h hub, unit string) {
	for _, p := range m.PVs {
		if s, ok := p.from.(*statusSource); ok && s.hub == h && (s.unit == "" || s.unit == unit) {
			if _, own := e.Status[s.name]; !own || s.unit != "" {
				e.Status[s.name] = p.Name
			}
		}
	}
}
