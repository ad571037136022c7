package config

import (
	"fmt"
	"net"
	"strconv"
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

	pos    Pos
	shared bool // stands under ports:
	used   bool // by a device that names it
}

func newPortModel(name string, at Pos) *portModel {
	return &portModel{name: name, pos: at, options: serial.Options{Name: name}, sims: map[sim.ChannelID]string{}, dones: map[sim.ChannelID]string{}}
}

// peer is how the instruments on the port behave when they are simulated.
func (m *portModel) peer() sim.PeerOptions {
	return sim.PeerOptions{Expressions: m.sims, Done: m.dones, Seed: seedOf(m.name)}
}

// stuckMargin is how much longer than it may take by its settings an operation takes
// that counts as stuck.
const stuckMargin = 10 * time.Second

// longCommand is how many bytes a command may have that is given a pause after each.
const longCommand = 256

// stuck is after what time an operation counts as stuck: opening the port, which has
// to settle, or a write and its readback, each after the delay.
func (m *portModel) stuck() time.Duration {
	var settle, timeout time.Duration
	if l, ok := m.options.Transport.(serial.Line); ok {
		settle = l.Settle
	}
	for _, d := range m.options.Devices {
		timeout = max(timeout, d.Timeout+longCommand*d.CharDelay)
		for _, c := range d.Channels {
			timeout = max(timeout, c.Timeout+longCommand*d.CharDelay)
		}
	}
	return stuckMargin + max(settle, 2*(m.options.Delay+timeout))
}

// ports checks the connections of ports:.
func (c *checker) ports() {
	for _, p := range c.keys.Ports {
		if p.Name == "" {
			c.problem(p.Pos, "a name", "the name is empty")
		}
		m := c.port(p.Name, p.Pos, &p.Value)
		m.shared = true
		c.wantStatus(p.Value.Status, statusModel{at: p.Pos, name: p.Name, whole: true, hub: m, asg: c.keys.Defaults.ASG.Value})
	}
}

// unusedPorts warns of those of ports: that no device names.
func (c *checker) unusedPorts() {
	for _, p := range c.model.ports {
		if p.shared && !p.used {
			c.model.Warnings = append(c.model.Warnings, Problem{Pos: p.pos, What: fmt.Sprintf("port %s is used by no device", p.name)})
		}
	}
}

// port checks one connection and adds it to the model.
func (c *checker) port(name string, at Pos, k *portKeys) *portModel {
	p := newPortModel(name, at)
	p.options.Delay = k.Delay.Value
	c.notLong("delay", k.Delay)
	line := &k.Serial.Value
	switch {
	case k.Serial.Set && k.TCP.Set:
		c.problem(at, "one of serial and tcp", "%s is connected in two ways", name)
	case k.TCP.Set:
		if host, port, err := net.SplitHostPort(k.TCP.Value); err != nil || host == "" || !isPortNumber(port) {
			c.problem(k.TCP.Pos, `host:port such as "192.0.2.7:5025"`, "tcp: %q", k.TCP.Value)
		}
		p.options.Transport = serial.TCP(k.TCP.Value)
	case !k.Serial.Set:
		c.problem(at, "one of serial and tcp", "%s is not connected to anything", name)
	case line.Path.Set == line.USB.Set:
		c.problem(k.Serial.Pos, "one of path and usb", "serial: which port?")
	default:
		p.options.Transport = c.line(k)
		c.usesPort(line.Path.Value, name, at)
	}
	if t := p.options.Transport; t != nil {
		if first, ok := c.wires[t.String()]; ok {
			c.problem(at, "", "%v is used already in line %d; give it a name under ports: and use that in both devices", t, first.Line)
		} else {
			c.wires[t.String()] = at
		}
	}
	c.model.ports = append(c.model.ports, p)
	return p
}

func isPortNumber(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

var parities = map[string]serial.Parity{
	"none": serial.ParityNone, "odd": serial.ParityOdd, "even": serial.ParityEven, "mark": serial.ParityMark, "space": serial.ParitySpace,
}

// line checks the settings of a serial line, which stand inside serial: or beside
// it.
func (c *checker) line(k *portKeys) serial.Line {
	in, out := &k.Serial.Value.lineKeys, &k.lineKeys
	baud, bits := either(c, "baud", in.Baud, out.Baud), either(c, "bits", in.Bits, out.Bits)
	stop, parity := either(c, "stop", in.Stop, out.Stop), either(c, "parity", in.Parity, out.Parity)
	settle := either(c, "settle", in.Settle, out.Settle)
	c.notLong("settle", settle)
	l := serial.Line{
		Path: k.Serial.Value.Path.Value, Baud: baud.Value, Bits: bits.Value, Stop: stop.Value,
		Parity: parities[parity.Value], Settle: settle.Value,
	}
	if u := k.Serial.Value.USB; u.Set {
		l.USB = &serial.USB{VID: u.Value.VID.Value, PID: u.Value.PID.Value, Serial: u.Value.Serial.Value}
	}
	if baud.Set && (baud.Value < 50 || baud.Value > 20_000_000) {
		c.problem(baud.Pos, "bits per second such as 9600 or 115200", "baud: %d", baud.Value)
	}
	if bits.Set && (bits.Value < 5 || bits.Value > 8) {
		c.problem(bits.Pos, "5, 6, 7 or 8", "bits: %d", bits.Value)
	}
	if stop.Set && stop.Value != 1 && stop.Value != 1.5 && stop.Value != 2 {
		c.problem(stop.Pos, "1, 1.5 or 2", "stop: %v", stop.Value)
	}
	return l
}

// either is the one of two keys of the same name that is set.
func either[T any](c *checker, name string, in, out key[T]) key[T] {
	switch {
	case in.Set && out.Set && in.Pos.By != out.Pos.By: // one is an instrument file's
	case in.Set && out.Set:
		c.problem(out.Pos, "", "%s stands inside serial: already, in line %d", name, in.Pos.Line)
	case out.Set:
		return out
	}
	return in
}
