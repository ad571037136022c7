package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/format"
)

// textDevice is an instrument while its PVs are checked.
type textDevice struct {
	name   string
	port   *portModel
	device *serial.Device
	little bool                         // byte_order
	others map[string]*format.Converter // %(NAME) in a line of another PV, by name
}

// device checks one device with its PVs.
func (c *checker) device(d *named[deviceKeys]) {
	k := &d.Value
	c.name(d.Pos, d.Name)
	c.common(&k.Defaults)
	s := scope{prefix: c.model.Prefix + d.Name + ":", defaults: []*commonKeys{&k.Defaults, &c.keys.Defaults}}
	if len(k.With) > 0 && !k.Instrument.Set && !k.Chip.Set && !k.Chip.Bad {
		c.problem(k.With[0].Pos, "", "with needs instrument: or chip:")
	}
	for i := range k.PVs {
		k.PVs[i].Bad = k.PVs[i].Bad || k.undefined
	}
	before := len(*c.problems)
	const belongs = "belongs to devices with %s:, this one has %s:"
	switch connections := k.connections(); {
	case len(connections) > 1:
		c.problem(d.Pos, "one of port, i2c, spi and onewire", "%s is connected in two ways", d.Name)
		return
	case k.OneWire.Set:
		c.oneWire(d, s)
		return
	case k.Port.Set && c.isModbus(k):
		c.modbusDevice(d, s)
		return
	case k.Port.Set:
		c.strangers(blockOf(k), "port", belongs)
		s.text = c.instrument(d)
		s.text.others = redirected(k)
	case len(connections) == 1:
		c.strangers(blockOf(k), connections[0], belongs)
		s.bus = c.onBus(d)
	case d.Bad: // perhaps meant one of them
		return
	default:
		c.problem(d.Pos, "port:, i2c:, spi: or onewire:", "%s is not connected to anything", d.Name)
		return
	}
	if len(k.PVs) == 0 && !d.Bad && !k.Chip.Set && !k.Console.Value {
		c.problem(d.Pos, "pvs:", "%s has no PVs", d.Name)
	}
	bad := map[string]bool{"": len(*c.problems) > before} // PVs whose problems are known; "": the device
	for _, p := range c.pvsOf(d, s) {
		if c.problems.full() {
			return
		}
		before := len(*c.problems)
		c.pv(p.named, p.scope)
		bad[p.named.Name] = len(*c.problems) > before
	}
	if s.text != nil {
		c.console(d, s.text)
		c.instrumentLines(d, s.text, bad)
		c.deviceStatus(d, s.text.port, !s.text.port.shared)
	} else {
		c.recovery(d, s.bus)
		c.simulatedDevice(d, s.bus, bad)
		c.deviceStatus(d, s.bus.bus, false)
	}
}

// connections are the keys that say how the device is connected.
func (k *deviceKeys) connections() (keys []string) {
	for _, c := range []struct {
		name string
		set  bool
	}{{"port", k.Port.Set}, {"i2c", k.I2C.Set}, {"spi", k.SPI.Set}, {"onewire", k.OneWire.Set}} {
		if c.set {
			keys = append(keys, c.name)
		}
	}
	return keys
}

// instrument checks how a text instrument is connected and how it ends its lines.
func (c *checker) instrument(d *named[deviceKeys]) *textDevice {
	k := &d.Value
	c.notLong("timeout", k.Timeout)
	c.notLong("stale_after", k.StaleAfter)
	t := &textDevice{name: d.Name, device: &serial.Device{Name: d.Name, Timeout: k.Timeout.Value, StaleAfter: k.StaleAfter.Value}}
	for _, line := range k.Init.Value {
		f, err := format.Compile(line.Value, format.Output)
		switch {
		case err != nil:
			c.problem(line.Pos, "", "init: %v", err)
		case f.Args() > 0:
			c.problem(line.Pos, "a command without a value", "init: %q has a converter", line.Value)
		default:
			t.device.Init = append(t.device.Init, line.Value)
		}
	}
	if k.StaleAfter.Set && !d.Bad && !slices.ContainsFunc(k.PVs, func(p named[pvKeys]) bool { return p.Value.Receive.Set }) {
		c.problem(k.StaleAfter.Pos, "a PV with receive:", "stale_after: %s says nothing by itself", d.Name)
	}
	in, out := k.Terminator, k.Terminator
	if k.InTerminator.Set {
		in = k.InTerminator
	}
	if k.OutTerminator.Set {
		out = k.OutTerminator
	}
	t.little = k.ByteOrder.Value == "little"
	t.device.InTerminator, t.device.OutTerminator = c.terminator(in), c.terminator(out)
	c.framing(k, t.device)
	if k.Port.Value.Shared.Set {
		t.port = c.sharedPort(k.Port.Value.Shared)
	} else {
		at := k.Port.Pos
		if at.usedBy() != nil { // only the settings of the line are the instrument's
			at = d.Pos
		}
		t.port = c.port(d.Name, at, &k.Port.Value.portKeys)
	}
	if k.Sim.Set {
		t.port.devices[d.Name] = c.behaviour(&k.Sim.Value)
	}
	if _, ok := t.port.options.Transport.(serial.UDP); ok {
		const alone = "%s sends bytes one by one, but over udp each would be a datagram"
		if k.CharDelay.Set {
			c.problem(k.CharDelay.Pos, "", alone, "char_delay")
		}
		if t.device.Echo == serial.EchoCharacter {
			c.problem(k.Echo.Pos, "", alone, "echo: character")
		}
	}
	return t
}

var echoes = map[string]serial.Echo{"yes": serial.EchoCommand, "character": serial.EchoCharacter}

// framing checks what a line of the instrument ends with, if not with a terminator, and how
// it wants its commands.
func (c *checker) framing(k *deviceKeys, d *serial.Device) {
	for _, other := range []struct {
		name string
		at   Pos
		set  bool
	}{{"in_terminator", k.InTerminator.Pos, k.InTerminator.Set}, {"gap", k.Gap.Pos, k.Gap.Set && k.Length.Set}} {
		switch {
		case !other.set:
		case k.Length.Set:
			c.problem(other.at, "only one of them", "%s: a line ends after length: %d bytes", other.name, k.Length.Value)
		case k.Gap.Set:
			c.problem(other.at, "only one of them", "%s: a line ends after gap: %v", other.name, k.Gap.Value)
		}
	}
	c.length(k.Length)
	c.notLong("gap", k.Gap)
	c.notLong("char_delay", k.CharDelay)
	if k.Gap.Set {
		empty := ""
		d.InTerminator, d.ReadTimeout = &empty, k.Gap.Value
	}
	d.Length, d.Echo, d.CharDelay = k.Length.Value, echoes[k.Echo.Value], k.CharDelay.Value
}

// length checks how many bytes a line has.
func (c *checker) length(k key[int]) {
	if k.Set && (k.Value < 1 || k.Value > serial.MaxLength) {
		c.problem(k.Pos, fmt.Sprintf("1 to %d bytes", serial.MaxLength), "length: %d", k.Value)
	}
}

// maxListed is how many names of the file's own are listed of those that can stand somewhere.
const maxListed = 20

// sharedPort finds one of ports:; one of no use, but not nil, if there is none of that
// name.
func (c *checker) sharedPort(name key[string]) *portModel {
	if p, ok := c.shared[name.Value].(*portModel); ok {
		p.used = true
		return p
	}
	var names []string
	for i := range min(len(c.keys.Ports), maxGuesses) {
		names = append(names, c.keys.Ports[i].Name)
	}
	expected := "{serial: …}, {tcp: …}, another connection, or the name of one of ports:"
	if few := names[:min(len(names), maxListed)]; len(few) > 0 {
		expected += " (" + strings.Join(few, ", ") + ")"
	}
	c.problems.add(Problem{Pos: name.Pos, What: fmt.Sprintf("no port %q", name.Value), Expected: expected, Meant: nearest(name.Value, names)})
	return newPortModel("", name.Pos)
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

// instrumentLines adds the instrument to its port and has the driver and the simulator
// look at its lines all together: what the one prints the other must be able to scan.
func (c *checker) instrumentLines(d *named[deviceKeys], t *textDevice, bad map[string]bool) {
	t.port.options.Devices = append(t.port.options.Devices, *t.device)
	alone := serial.Options{Transport: serial.TCP("127.0.0.1:1"), Devices: []serial.Device{*t.device}}
	if _, err := serial.New(alone); err != nil {
		c.objections(d, err, bad)
	}
	peer := t.port.peer()
	peer.Expressions = map[sim.ChannelID]string{} // of this device
	for _, ch := range t.device.Channels {
		id := sim.ChannelID{Device: d.Name, Channel: ch.Name}
		if text, ok := t.port.sims[id]; ok {
			peer.Expressions[id] = text
		}
	}
	if _, err := sim.NewPeer(alone, peer); err != nil {
		c.objections(d, err, bad)
	}
}

// sharedPorts has the drivers look at the instruments of each port together, when each
// for itself is good.
func (c *checker) sharedPorts() {
	for _, p := range c.model.ports {
		if !p.shared || len(p.options.Devices) < 2 {
			continue
		}
		_, err := serial.New(p.options)
		if err == nil {
			_, err = sim.NewPeer(p.options, p.peer())
		}
		for _, e := range split(err) {
			var ce *serial.ChannelError
			if !errors.As(e, &ce) {
				c.problem(p.pos, "", "%v", e)
				continue
			}
			i := slices.IndexFunc(c.keys.Devices, func(d named[deviceKeys]) bool { return d.Name == ce.Device })
			c.objections(&c.keys.Devices[i], e, map[string]bool{})
		}
	}
}

// split is the errors that err joins.
func split(err error) []error {
	if err == nil {
		return nil
	}
	all, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var errs []error
	for _, e := range all.Unwrap() {
		errs = append(errs, split(e)...)
	}
	return errs
}

// objections reports what the driver or the simulator of a device says of its lines,
// each at the line concerned, but for PVs whose problems are known. Those it reports are
// known then.
func (c *checker) objections(d *named[deviceKeys], err error, bad map[string]bool) {
	found, pvs := map[string]bool{}, pvsByName(&d.Value)
	for _, e := range split(err) {
		var ce *serial.ChannelError
		if !errors.As(e, &ce) {
			if be := (*sim.BehaviourError)(nil); errors.As(e, &be) {
				c.problem(d.Value.Sim.Value.placeOf(be), "", "sim: %s: %s: %v", be.Part, be.Name, be.Err)
			} else if !bad[""] {
				c.problem(d.Pos, "", "%v", e)
			}
			found[""] = true
			continue
		}
		if bad[ce.Channel] {
			continue
		}
		found[ce.Channel] = true
		if p := pvs[ce.Channel]; p != nil {
			for _, e := range split(ce.Err) {
				c.problem(p.Value.lineAt(e.Error(), p.Pos), "", "%v", e)
			}
		}
	}
	for name := range found {
		bad[name] = true
	}
}

// pvsByName are the PVs of a device.
func pvsByName(d *deviceKeys) map[string]*named[pvKeys] {
	pvs := make(map[string]*named[pvKeys], len(d.PVs))
	for i := range d.PVs {
		pvs[d.PVs[i].Name] = &d.PVs[i]
	}
	return pvs
}

// lineAt is where the key stands that an error's text begins with, otherwise if it
// begins with none.
func (k *pvKeys) lineAt(text string, otherwise Pos) Pos {
	name, rest, _ := strings.Cut(text, ":")
	if name == "done" && k.Done.Set {
		return k.Done.Value.lineAt(strings.TrimSpace(rest), k.Done.Pos)
	}
	for of, at := range map[string]key[string]{
		"read": k.Read, "write": k.Write, "readback": k.Readback, "reply": k.Reply, "block": k.Block, "receive": k.Receive, "sim": k.Sim, "on_exit": k.OnExit,
	} {
		if of == name && at.Set {
			return at.Pos
		}
	}
	if name == "replies" && k.Replies.Set {
		return k.Replies.Pos
	}
	return otherwise
}
