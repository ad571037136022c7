package config

import (
	"fmt"
	"math"
	"strings"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// textSource is a value of a text instrument.
type textSource struct {
	port    *portModel
	device  string
	channel serial.Channel
	options device.Options
}

func (s *textSource) describe() string {
	c := &s.channel
	var parts []string
	for _, part := range []string{c.Write, c.Read, c.Readback, c.Receive} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		parts = []string{"%(" + c.Name + ")"} // of another's line
	}
	return fmt.Sprintf("%s %s", s.device, strings.Join(parts, " | "))
}

func (s *textSource) support(simulated bool) string { return support("Text instrument", simulated) }

func (s *textSource) build(b *builder, p *PV) error {
	port, options := b.texts[s.port], s.options
	options.Unit = s.device
	_, err := port.worker.Add(b.ioc.Database(), b.spec(p), port.driver.Channel(s.device, s.channel.Name), options)
	return err
}

// text checks the lines of a PV of a text instrument.
func (c *checker) text(name string, k *pvKeys, t *textDevice) nature {
	s := &textSource{port: t.port, device: t.name, channel: serial.Channel{
		Name: name, Read: k.Read.Value, Write: k.Write.Value, Readback: k.Readback.Value,
		Reply: k.Reply.Value, Receive: k.Receive.Value, Length: k.Length.Value, Replies: k.Replies.Value,
	}}
	nat := nature{source: s, output: k.Write.Set, polled: k.Read.Set || k.Readback.Set, events: k.Receive.Set}
	if k.Sim.Set {
		t.port.sims[sim.ChannelID{Device: t.name, Channel: name}] = k.Sim.Value
	}
	if !k.Read.Set && !k.Write.Set && !k.Receive.Set {
		nat.events = true // filled by another line's %(NAME)
	}
	s.channel.Urgent, s.options.Urgent = k.Urgent.Value, k.Urgent.Value
	s.channel.Timeout = k.Timeout.Value
	c.notLong("timeout", k.Timeout)
	c.onlyIf(k.Write.Set, k.Urgent.Set, k.Urgent.Pos, "urgent", "write:")
	before := len(*c.problems)
	defer func() { t.device.Channels = append(t.device.Channels, s.channel) }()
	if k.Count.Set {
		s.channel.Count = int(min(k.Count.Value.Elements, math.MaxInt32))
		s.channel.Separator = k.Separator.or(",")
		if k.Count.Value.Elements == 0 {
			c.problem(k.Count.Pos, "1 or more", "count: 0")
		}
	}
	c.length(k.Length)
	c.onlyIf(k.Reply.Set || k.Receive.Set, k.Length.Set, k.Length.Pos, "length", "a line from the instrument: reply or receive")
	c.onlyIf(k.Reply.Set, k.Replies.Set, k.Replies.Pos, "replies", "reply")
	if k.Replies.Set && k.Replies.Value < 1 {
		c.problem(k.Replies.Pos, "1 or more", "replies: %d", k.Replies.Value)
	}
	if k.Block.Set {
		kind, ok := blockKinds[k.Block.Value]
		if !ok {
			kind = pv.Uint8 // reported by the decoder
		}
		s.channel.Block = &serial.Block{Kind: kind, Little: t.little}
		c.onlyIf(k.Count.Set, true, k.Block.Pos, "block", "count:")
		c.onlyIf(false, k.Separator.Set, k.Separator.Pos, "separator", "text, not a block")
	}
	c.onlyIf(k.Count.Set, k.Separator.Set, k.Separator.Pos, "separator", "an array, with count:")
	written := c.converter("write", k.Write, format.Output, name)
	replied := c.converter("reply", k.Reply, format.Input, name)
	received := c.converter("receive", k.Receive, format.Input, name)
	s.channel.Done = c.done(name, k, t)
	if k.Pulse.Set && k.Write.Set && written == nil && len(*c.problems) == before {
		c.problem(k.Pulse.Pos, "", "pulse: the command has no value, it would be sent once more when the pulse ends")
	}
	if len(*c.problems) > before {
		return nature{}
	}
	switch conv := firstOf(written, replied, received, t.others[name]); {
	case conv == nil && (len(k.States.Value) > 0 || k.Record.Value == "bo"):
		nat.kind, nat.idle = pv.Enum, pv.EnumValue(0)
	case conv == nil:
		nat.kind, nat.idle = pv.Float64, pv.Float64Value(0)
	default:
		nat.kind, nat.states, nat.stateValues = kindOf(conv)
	}
	if s.channel.Block != nil {
		nat.kind = s.channel.Block.Kind
	}
	if nat.kind == pv.String && k.Count.Set && !strings.HasPrefix(k.Record.Value, "wave") && !strings.HasPrefix(k.Record.Value, "aa") {
		s.channel.Count = 0 // the length of a long string, not of an array
	}
	if written != nil && written.Kind == format.String && len(k.States.Value) > 0 {
		s.options.WriteAs = pv.String // the command takes the state's name
	}
	s.options.Initial = c.outputValue("initial", k.Initial, k, nat, s.options.WriteAs)
	s.channel.OnExit = c.outputValue("on_exit", k.OnExit, k, nat, s.options.WriteAs)
	s.options.Exit = s.channel.OnExit
	return nat
}

// redirected are the converters of a device's lines that have values of other PVs, by the
// names of these.
func redirected(k *deviceKeys) map[string]*format.Converter {
	found := map[string]*format.Converter{}
	for i := range k.PVs {
		p := &k.PVs[i]
		for _, line := range []key[string]{p.Value.Reply, p.Value.Receive} {
			f, err := format.Compile(serial.WholeLine(line.Value), format.Input)
			if err != nil {
				continue // reported where the PV is checked
			}
			for _, conv := range f.Converters() {
				if conv.Name != "" && conv.Name != p.Name {
					found[conv.Name] = &conv
				}
			}
		}
	}
	return found
}

// blockKinds are the numbers that blocks are made of.
var blockKinds = map[string]pv.Kind{
	"int8": pv.Int8, "uint8": pv.Uint8, "int16": pv.Int16, "uint16": pv.Uint16, "int32": pv.Int32, "uint32": pv.Uint32,
	"int64": pv.Int64, "float32": pv.Float32, "float64": pv.Float64,
}

func firstOf(cs ...*format.Converter) *format.Converter {
	for _, c := range cs {
		if c != nil {
			return c
		}
	}
	return nil
}

// converter compiles a line and returns the converter that has the PV's own value,
// nil if there is none.
func (c *checker) converter(what string, k key[string], d format.Direction, name string) *format.Converter {
	if !k.Set {
		return nil
	}
	if d == format.Input {
		k.Value = serial.WholeLine(k.Value)
	}
	f, err := format.Compile(k.Value, d)
	if err != nil {
		c.problem(k.Pos, "", "%s: %v", what, err)
		return nil
	}
	for _, conv := range f.Converters() {
		if !conv.Skip && (conv.Name == "" || conv.Name == name) {
			return &conv
		}
	}
	return nil
}

// kindOf is the kind of value that a converter prints and scans, with the states
// that it names itself and what it has instead of their indices.
func kindOf(conv *format.Converter) (k pv.Kind, states []string, values []uint32) {
	switch conv.Kind {
	case format.Double:
		return pv.Float64, nil, nil
	case format.Long:
		return pv.Int64, nil, nil
	case format.String:
		return pv.String, nil, nil
	}
	numbered := false
	for i, choice := range conv.Choices {
		states = append(states, choice.Text)
		values = append(values, uint32(choice.Value))
		numbered = numbered || choice.Value != int64(i)
	}
	if !numbered {
		values = nil
	}
	return pv.Enum, states, values
}

// outputValue reads what an output is to be set to, Invalid for keep.
func (c *checker) outputValue(what string, k key[string], pvk *pvKeys, nat nature, as pv.Kind) pv.Value {
	switch {
	case !k.Set || strings.EqualFold(k.Value, "keep"):
		return pv.Value{}
	case !nat.output:
		c.problem(k.Pos, "", "%s: a PV that is only read cannot be set", what)
		return pv.Value{}
	}
	states := nat.states
	if pvk.States.Set {
		states = names(pvk.States.Value)
	}
	switch {
	case len(states) > 0:
		i, ok := stateIndex(states, k.Value)
		if !ok {
			c.noState(k.Pos, k.Value, states, "keep")
		} else if as == pv.String {
			return pv.StringValue(states[i])
		}
		return pv.EnumValue(i)
	case nat.kind == pv.String:
		return pv.StringValue(k.Value)
	}
	x, err := parseNumber(k.Value)
	if err != nil {
		c.problem(k.Pos, "a number", "%s: %q", what, k.Value)
		return pv.Value{}
	}
	c.inDrive(pvk, k.Pos, what, pv.Float64Value(x))
	return pv.Float64Value(x)
}
