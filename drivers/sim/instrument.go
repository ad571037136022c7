package sim

import (
	"errors"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/format"
)

// instrument is a simulated device. Everything is guarded by its peer's lock.
type instrument struct {
	name       string
	terminator []byte                  // of commands
	end        []byte                  // of answers
	channels   []*simulated            // those of the device, what else it has inside, then the questions of done
	named      int                     // how many of them have names
	asks       map[string]*simulated   // by command
	writes     map[string][]*simulated // by literal beginning
	prefixes   []int                   // lengths of those, the longest first
	commands   []*command              // that are no channel's
	length     int                     // bytes of an answer that has no terminator
	echo       bool                    // commands are sent back
	delay      time.Duration
	late       time.Duration // delay with the fault Late
	every      time.Duration // between lines that nobody asked for
	fault      Fault
	clock      *clock
}

// simulated is a channel of an instrument.
type simulated struct {
	name       string
	key        string // of the file, before those of the lines: "done: " or ""
	instrument *instrument
	index      int // in instrument.channels
	clock      *clock

	ask       []byte // command, without terminator
	reply     *spoken
	write     *format.Format
	array     *format.Array // of write; nil: of a scalar
	ack       *spoken
	receive   *spoken
	separator []byte
	count     int // 0: a scalar

	then       assignments // what a write does besides
	expression *expression
	stored     []format.Arg // one for a scalar; never empty
}

// spoken is a line that an instrument sends.
type spoken struct {
	format *format.Format
	array  *format.Array // nil: of scalars
	block  *serial.Block // behind format; nil: there is none
	length int           // bytes that it must have; 0: it ends with the terminator
	from   []*simulated  // whose value each Arg is
	kinds  []format.Kind
	args   []format.Arg // scratch
}

func newInstrument(d *serial.Device, opts *PeerOptions, c *clock, used map[ChannelID]bool) (*instrument, error) {
	b := opts.behaviour(d)
	in := &instrument{
		name: d.Name, terminator: []byte("\n"), end: []byte("\n"), clock: c,
		delay: b.Delay, late: latest(d), every: b.Every, fault: NoFault,
	}
	if in.every <= 0 {
		in.every = opts.Every
	}
	if d.OutTerminator != nil {
		in.terminator = []byte(*d.OutTerminator)
	}
	if d.InTerminator != nil {
		in.end = []byte(*d.InTerminator)
	}
	in.length, in.echo = d.Length, d.Echo != serial.EchoNone
	names := make([]string, 0, len(d.Channels)+1)
	byName := map[string]*simulated{}
	for i := range d.Channels {
		o := &d.Channels[i]
		s := &simulated{
			name: o.Name, instrument: in, index: i, clock: c,
			separator: []byte(o.Separator), count: o.Count, stored: make([]format.Arg, 1),
		}
		in.channels = append(in.channels, s)
		byName[o.Name] = s
		names = append(names, o.Name)
	}
	var errs []error
	errs = append(errs, in.states(b, byName, c))
	for _, s := range in.channels[len(d.Channels):] {
		names = append(names, s.name)
	}
	reads := make([][]int, len(in.channels))
	for i, s := range in.channels[:len(d.Channels)] {
		length := in.length
		if d.Channels[i].Length > 0 {
			length = d.Channels[i].Length
		}
		err := s.compile(&d.Channels[i], length, byName)
		id := ChannelID{d.Name, s.name}
		if text, ok := opts.Expressions[id]; ok {
			used[id] = true
			scope := names
			if s.count > 0 && byName["i"] == nil {
				scope = append(names[:len(names):len(names)], "i")
			}
			var bad error
			if s.expression, bad = compile(text, scope, c); bad != nil {
				err = errors.Join(err, fmt.Errorf("sim: %w", bad))
			} else {
				reads[i] = s.expression.program.Reads()
			}
		}
		if err != nil {
			errs = append(errs, &serial.ChannelError{Device: d.Name, Channel: s.name, Err: err})
		}
	}
	for _, o := range b.State {
		s := byName[o.Name]
		if o.Expression == "" || s.index < len(d.Channels) {
			continue
		}
		var err error
		if s.expression, err = compile(o.Expression, names, c); err != nil {
			errs = append(errs, &BehaviourError{d.Name, "state", o.Name, err})
			continue
		}
		reads[s.index] = s.expression.program.Reads()
	}
	for i := range d.Channels {
		if o := &d.Channels[i]; o.Done != nil {
			errs = append(errs, in.finish(o, opts.Done[ChannelID{d.Name, o.Name}], names, byName, c))
		}
	}
	errs = append(errs, in.compileCommands(b, names, byName, c))
	if err := circle(names, reads); err != nil {
		errs = append(errs, fmt.Errorf("device %q: sim: %w", d.Name, err))
	}
	if err := errors.Join(errs...); err != nil {
		return in, err
	}
	for _, s := range in.channels[:len(d.Channels)] {
		s.invent()
	}
	in.index()
	return in, errors.Join(in.start(b, byName), in.attach(b))
}

// compile compiles the channel's lines; those that the instrument sends have length bytes,
// if it is not 0, and then no terminator.
func (s *simulated) compile(o *serial.Channel, length int, siblings map[string]*simulated) error {
	ask := o.Read + o.Readback // one of them is empty
	var errs []error
	line := func(key, text string) *spoken {
		l, err := s.compileSpoken(serial.WholeLine(text), siblings)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
			return nil
		}
		l.length = length
		return l
	}
	if ask != "" {
		f, err := format.Compile(ask, format.Output)
		if err == nil {
			s.ask, err = f.Append(nil)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("read: %w", err))
		}
	}
	if o.Write != "" {
		f, err := format.Compile(o.Write, format.Output)
		if err != nil {
			errs = append(errs, fmt.Errorf("write: %w", err))
		}
		if s.write = f; err == nil && s.count > 0 && f.Args() == 1 {
			if s.array, err = f.Array(s.separator); err != nil {
				errs = append(errs, fmt.Errorf("write: %w", err))
			}
		}
	}
	switch {
	case o.Block != nil:
		if s.reply = line("reply", o.Reply); s.reply != nil {
			s.reply.block = o.Block
		}
	case o.Reply != "" && ask != "":
		s.reply = line("reply", o.Reply)
	case o.Reply != "" && o.Write != "":
		s.ack = line("reply", o.Reply)
	}
	if o.Receive != "" {
		s.receive = line("receive", o.Receive)
	}
	return errors.Join(errs...)
}

// finish adds the question whether a write has done its work. It has, always, if no
// expression says what is answered.
func (in *instrument) finish(o *serial.Channel, expression string, names []string, byName map[string]*simulated, c *clock) error {
	s := &simulated{name: o.Name, key: "done: ", instrument: in, index: len(in.channels), clock: c, stored: make([]format.Arg, 1)}
	err := s.compile(&serial.Channel{Read: o.Done.Ask, Reply: o.Done.Reply}, in.length, byName)
	if expression != "" && err == nil {
		if s.expression, err = compile(expression, names, c); err != nil {
			err = fmt.Errorf("sim: %w", err)
		}
	}
	if err != nil {
		return &serial.ChannelError{Device: in.name, Channel: o.Name, Err: fmt.Errorf("done: %w", err)}
	}
	if len(o.Done.Until) > 0 {
		s.store(o.Done.Until[0])
	}
	in.channels = append(in.channels, s)
	return nil
}

func (s *simulated) compileSpoken(text string, siblings map[string]*simulated) (*spoken, error) {
	f, err := format.Compile(text, format.Input)
	if err != nil {
		return nil, err
	}
	l := &spoken{format: f, args: make([]format.Arg, f.Args())}
	for _, c := range f.Converters() {
		if c.Skip {
			continue
		}
		from := s
		if c.Name != "" {
			if from = siblings[c.Name]; from == nil {
				return nil, fmt.Errorf("%q: no channel %q in this device", text, c.Name)
			}
		}
		l.from = append(l.from, from)
		l.kinds = append(l.kinds, c.Kind)
	}
	if s.count > 0 && len(l.args) == 1 {
		if l.array, err = f.Array(s.separator); err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
	}
	return l, nil
}
