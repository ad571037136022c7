package config

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/format"
)

// portModel is a connection with the instruments on it: what one worker owns.
type portModel struct {
	name    string
	options serial.Options
	sims    map[sim.ChannelID]string // sim: expressions

	pos    Pos
	shared bool // stands under ports:
}

// ports checks the connections of ports:.
func (c *checker) ports() {
	for _, p := range c.keys.Ports {
		c.port(p.Name, p.Pos, &p.Value).shared = true
	}
}

// port checks one connection and adds it to the model.
func (c *checker) port(name string, at Pos, k *portKeys) *portModel {
	p := &portModel{name: name, pos: at, sims: map[sim.ChannelID]string{}}
	p.options = serial.Options{Name: name, Delay: k.Delay.Value}
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
	}
	if t := p.options.Transport; t != nil {
		i := slices.IndexFunc(c.model.ports, func(q *portModel) bool {
			return q.options.Transport != nil && q.options.Transport.String() == t.String()
		})
		if i >= 0 {
			c.problem(at, "", "%v is used already in line %d; give it a name under ports: and use that in both devices", t, c.model.ports[i].pos.Line)
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
	l := serial.Line{
		Path: k.Serial.Value.Path.Value, Baud: baud.Value, Bits: bits.Value, Stop: stop.Value,
		Parity: parities[parity.Value], Settle: either(c, "settle", in.Settle, out.Settle).Value,
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
	case in.Set && out.Set:
		c.problem(out.Pos, "", "%s stands inside serial: already, in line %d", name, in.Pos.Line)
	case out.Set:
		return out
	}
	return in
}

// terminator reads what ends a line; nil is the default.
func (c *checker) terminator(k key[string]) *string {
	if !k.Set {
		return nil
	}
	b, err := format.Unescape(k.Value)
	if err != nil {
		c.problem(k.Pos, `a text such as "\n" or "\r\n"`, "terminator: %v", err)
	}
	s := string(b)
	return &s
}

// textDevice is an instrument while its PVs are checked.
type textDevice struct {
	name   string
	port   *portModel
	device *serial.Device
}

// chipDevice is a chip while its PVs are checked.
type chipDevice struct {
	name  string
	bus   *busModel
	index int // among the bus's devices
}

// device checks one device with its PVs.
func (c *checker) device(d named[deviceKeys]) {
	k := &d.Value
	s := scope{prefix: c.model.Prefix + d.Name + ":", defaults: []commonKeys{k.Defaults, c.keys.Defaults}}
	switch {
	case k.Port.Set && k.I2C.Set:
		c.problem(d.Pos, "one of port and i2c", "%s is connected in two ways", d.Name)
		return
	case k.Port.Set:
		s.text = c.instrument(d)
	case k.I2C.Set:
		s.chip = c.chip(d)
	default:
		c.problem(d.Pos, "port: or i2c:", "%s is not connected to anything", d.Name)
		return
	}
	if s.text == nil && s.chip == nil {
		return
	}
	if len(k.PVs) == 0 {
		c.problem(d.Pos, "pvs:", "%s has no PVs", d.Name)
	}
	before := len(*c.problems)
	for _, p := range k.PVs {
		c.pv(p, s)
	}
	if s.text != nil {
		c.instrumentLines(d, s.text, len(*c.problems) == before)
	}
}

// instrument checks how a text instrument is connected and how it ends its lines.
func (c *checker) instrument(d named[deviceKeys]) *textDevice {
	k := &d.Value
	t := &textDevice{name: d.Name, device: &serial.Device{Name: d.Name, Timeout: k.Timeout.Value}}
	in, out := k.Terminator, k.Terminator
	if k.InTerminator.Set {
		in = k.InTerminator
	}
	if k.OutTerminator.Set {
		out = k.OutTerminator
	}
	t.device.InTerminator, t.device.OutTerminator = c.terminator(in), c.terminator(out)
	for _, stray := range []struct {
		name string
		set  bool
		at   Pos
	}{{"byte_order", k.ByteOrder.Set, k.ByteOrder.Pos}, {"init", k.Init.Set, k.Init.Pos}} {
		c.onlyIf(false, stray.set, stray.at, stray.name, "a chip with i2c:")
	}
	if shared := k.Port.Value.Shared; shared.Set {
		for _, p := range c.model.ports {
			if p.shared && p.name == shared.Value {
				t.port = p
				return t
			}
		}
		var names []string
		for _, p := range c.keys.Ports {
			names = append(names, p.Name)
		}
		*c.problems = append(*c.problems, Problem{
			Pos: shared.Pos, What: fmt.Sprintf("no port %q", shared.Value),
			Expected: "{serial: …}, {tcp: …} or the name of one of ports: (" + strings.Join(names, ", ") + ")", Meant: nearest(shared.Value, names),
		})
		return nil
	}
	t.port = c.port(d.Name, k.Port.Pos, &k.Port.Value.portKeys)
	return t
}

// instrumentLines adds the instrument to its port once its lines are known. If
// nothing is wrong with them so far, the driver and the simulator look at them all
// together: what the one prints the other must be able to scan.
func (c *checker) instrumentLines(d named[deviceKeys], t *textDevice, good bool) {
	t.port.options.Devices = append(t.port.options.Devices, *t.device)
	if !good || t.port.options.Transport == nil {
		return
	}
	alone := t.port.options
	alone.Devices = []serial.Device{*t.device}
	if _, err := serial.New(alone); err != nil {
		c.objections(d, err)
		return
	}
	sims := map[sim.ChannelID]string{}
	for id, expression := range t.port.sims {
		if id.Device == d.Name {
			sims[id] = expression
		}
	}
	if _, err := sim.NewPeer(alone, sim.PeerOptions{Expressions: sims}); err != nil {
		c.objections(d, err)
	}
}

// objections reports what the driver or the simulator of a device says of it, each
// at the PV concerned.
func (c *checker) objections(d named[deviceKeys], err error) {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range all.Unwrap() {
			c.objections(d, e)
		}
		return
	}
	at := d.Pos
	var ce *serial.ChannelError
	if errors.As(err, &ce) {
		err = ce.Err
		for _, p := range d.Value.PVs {
			if p.Name == ce.Channel {
				at = p.Pos
			}
		}
	}
	c.problem(at, "", "%v", err)
}
