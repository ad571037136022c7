package sim

import (
	"errors"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/format"
)

// Behaviour is what a simulated instrument does beyond what follows from the lines of
// its device.
type Behaviour struct {
	// Delay is the time from a command to its answer.
	Delay time.Duration
	// Every is the time between lines that it sends unasked, instead of that of the
	// PeerOptions.
	Every time.Duration
	// State is what it has besides the values of its channels: names for expressions
	// and for %(NAME) in Commands.
	State []State
	// Start are values at the start, by the names of channels; the names of choices
	// count.
	Start map[string]string
	// Commands are commands that no channel has.
	Commands []Command
}

// State is a value inside a simulated instrument.
type State struct {
	Name       string
	Start      string // its value at first; "" is 0
	Expression string // how it behaves; "" keeps what it was set to last
}

// Command is a command of a simulated instrument:
//
//	{Line: "*RST", Set: []Assignment{{"VOLT", "0"}}}
//	{Line: "RAMP %(RATE)f", Answer: "OK"}
//
// With the line of a channel's Write that has no value it says what that does; the
// answer is the channel's then.
type Command struct {
	Line   string       // in an Output format; %(NAME)f sets NAME, of a channel or of State
	Answer string       // in an Input format, with values %(NAME)f; "" for none
	Set    []Assignment // done one after the other, after what Line sets
}

// Assignment sets a channel or a State to the value of an expression.
type Assignment struct{ Name, Expression string }

// BehaviourError says what is wrong with a Behaviour.
type BehaviourError struct {
	Device string
	Part   string // "state", "start" or "commands"
	Name   string // of a state, of a channel, or the line of a command
	Err    error
}

func (e *BehaviourError) Error() string {
	return fmt.Sprintf("device %q: simulation: %s: %s: %v", e.Device, e.Part, e.Name, e.Err)
}

func (e *BehaviourError) Unwrap() error { return e.Err }

// command is a command of a simulated instrument, beside those of its channels.
type command struct {
	line   *format.Format
	sets   []*simulated // by the values of line
	then   assignments
	answer *simulated // has it as its reply; nil: none
}

type assignment struct {
	to    *simulated
	value *simulated // has the expression
}

// states adds the values of b to the instrument, as channels without lines.
func (in *instrument) states(b *Behaviour, byName map[string]*simulated, c *clock) error {
	var errs []error
	for _, o := range b.State {
		if byName[o.Name] != nil {
			errs = append(errs, &BehaviourError{in.name, "state", o.Name, errors.New("a PV has this name")})
			continue
		}
		s := &simulated{name: o.Name, instrument: in, index: len(in.channels), clock: c, stored: []format.Arg{format.Text(o.Start)}}
		if o.Start == "" {
			s.stored[0] = format.Float(0)
		}
		in.channels = append(in.channels, s)
		byName[o.Name] = s
	}
	in.named = len(in.channels)
	return errors.Join(errs...)
}

// start gives channels the values that b says.
func (in *instrument) start(b *Behaviour, byName map[string]*simulated) error {
	var errs []error
	for name, text := range b.Start {
		s := byName[name]
		if s == nil {
			errs = append(errs, &BehaviourError{in.name, "start", name, errors.New("no such PV")})
			continue
		}
		s.stored = []format.Arg{s.choice(text)}
	}
	return errors.Join(errs...)
}

// choice is a text as a value: that of the choice of this name, if a line of the instrument
// has one for the channel.
func (s *simulated) choice(text string) format.Arg {
	var converters []format.Converter
	if s.write != nil {
		converters = s.write.Converters()
	}
	for _, c := range s.instrument.channels {
		for _, l := range []*spoken{c.reply, c.ack, c.receive} {
			if l != nil {
				converters = append(converters, l.of(s)...)
			}
		}
	}
	for _, c := range converters {
		for _, choice := range c.Choices {
			if choice.Text == text {
				return format.Choice(choice.Value)
			}
		}
	}
	return format.Text(text)
}

// of are the converters that have the value of s.
func (l *spoken) of(s *simulated) (converters []format.Converter) {
	arg := 0
	for _, c := range l.format.Converters() {
		if c.Skip {
			continue
		}
		if l.from[arg] == s {
			converters = append(converters, c)
		}
		arg++
	}
	return converters
}

// compileCommands compiles the commands of b over names.
func (in *instrument) compileCommands(b *Behaviour, names []string, byName map[string]*simulated, c *clock) error {
	var errs []error
	for _, o := range b.Commands {
		one, err := in.compileCommand(&o, names, byName, c)
		if err != nil {
			errs = append(errs, &BehaviourError{in.name, "commands", o.Line, err})
		}
		in.commands = append(in.commands, one)
	}
	return errors.Join(errs...)
}

func (in *instrument) compileCommand(o *Command, names []string, byName map[string]*simulated, c *clock) (*command, error) {
	one := &command{}
	var err error
	if one.line, err = format.Compile(o.Line, format.Output); err != nil {
		return nil, err
	}
	for _, conv := range one.line.Converters() {
		to := byName[conv.Name]
		if to == nil {
			return nil, fmt.Errorf("%s sets nothing that there is, expected %%(NAME)%c", conv.Source, conv.Verb)
		}
		one.sets = append(one.sets, to)
	}
	for _, a := range o.Set {
		to := byName[a.Name]
		if to == nil {
			return nil, fmt.Errorf("set: no PV or state %q", a.Name)
		}
		value := &simulated{name: a.Name, instrument: in, index: -1, clock: c}
		if value.expression, err = compile(a.Expression, names, c); err != nil {
			return nil, fmt.Errorf("set: %s: %w", a.Name, err)
		}
		one.then = append(one.then, assignment{to, value})
	}
	if o.Answer == "" {
		return one, nil
	}
	one.answer = &simulated{name: o.Line, instrument: in, index: -1, clock: c, stored: make([]format.Arg, 1)}
	if one.answer.reply, err = one.answer.compileSpoken(o.Answer, byName); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	one.answer.reply.length = in.length
	for i, from := range one.answer.reply.from {
		if from == one.answer {
			return nil, fmt.Errorf("answer: value %d is of nothing, expected %%(NAME)", i+1)
		}
	}
	return one, nil
}

// obey carries out a command that no channel has.
func (in *instrument) obey(dst, line []byte) (out []byte, heard bool) {
	for _, c := range in.commands {
		args := make([]format.Arg, c.line.Args())
		if c.line.ScanAll(line, args) != nil {
			continue
		}
		for i, to := range c.sets {
			to.stored = []format.Arg{args[i]}
		}
		c.then.do()
		if c.answer != nil {
			dst = in.say(dst, c.answer, c.answer.reply)
		}
		return dst, true
	}
	return dst, false
}

// assignments are done one after the other.
type assignments []assignment

func (list assignments) do() {
	for _, a := range list {
		a.to.stored = []format.Arg{format.Float(a.value.evaluate(0))}
	}
}

// attach gives what commands do to the channels that have them as writes without a value.
// No other channel may have them.
func (in *instrument) attach(b *Behaviour) error {
	var errs []error
	var rest []*command
	for i, c := range in.commands {
		line, ok := c.example()
		of, _, asked := in.match(line)
		switch {
		case !ok || of == nil:
			rest = append(rest, c)
		case asked || of.write.Args() > 0 || c.line.Args() > 0 || c.answer != nil:
			errs = append(errs, &BehaviourError{in.name, "commands", b.Commands[i].Line, fmt.Errorf("%s is a command of %s", format.Quote(line), of.name)})
		default:
			of.then = c.then
		}
	}
	in.commands = rest
	return errors.Join(errs...)
}

// example is how the port would say the command; ok is false if that cannot be guessed.
func (c *command) example() (line []byte, ok bool) {
	args := make([]format.Arg, c.line.Args())
	for i, conv := range c.line.Converters() {
		args[i] = as(format.Float(0), conv.Kind)
		if len(conv.Choices) > 0 {
			args[i] = format.Choice(conv.Choices[0].Value)
		}
	}
	line, err := c.line.Append(nil, args...)
	return line, err == nil
}

// behaviour is that of a device, never nil.
func (o *PeerOptions) behaviour(d *serial.Device) *Behaviour {
	if b := o.Devices[d.Name]; b != nil {
		return b
	}
	return new(Behaviour)
}
