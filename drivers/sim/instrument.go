package sim

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// instrument is a simulated device. Everything is guarded by its peer's lock.
type instrument struct {
	name       string
	terminator []byte // of commands
	end        []byte // of answers
	channels   []*simulated
	silent     bool
}

// simulated is a channel of an instrument.
type simulated struct {
	name       string
	instrument *instrument
	index      int // in instrument.channels
	clock      *clock

	ask       []byte // command, without terminator
	reply     *spoken
	write     *format.Format
	ack       *spoken
	receive   *spoken
	separator []byte
	count     int // 0: a scalar

	expression *expression
	stored     []format.Arg // one for a scalar; never empty
}

// spoken is a line that an instrument sends.
type spoken struct {
	format *format.Format
	from   []*simulated // whose value each Arg is
	kinds  []format.Kind
	args   []format.Arg // scratch
}

func newInstrument(d *serial.Device, expressions map[ChannelID]string, c *clock, used map[ChannelID]bool) (*instrument, error) {
	in := &instrument{name: d.Name, terminator: []byte("\n"), end: []byte("\n")}
	if d.OutTerminator != nil {
		in.terminator = []byte(*d.OutTerminator)
	}
	if d.InTerminator != nil {
		in.end = []byte(*d.InTerminator)
	}
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
	reads := make([][]int, len(in.channels))
	var errs []error
	for i, s := range in.channels {
		err := s.compile(&d.Channels[i], byName)
		id := ChannelID{d.Name, s.name}
		if text, ok := expressions[id]; ok {
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
	if err := circle(names, reads); err != nil {
		errs = append(errs, fmt.Errorf("device %q: sim: %w", d.Name, err))
	}
	if err := errors.Join(errs...); err != nil {
		return in, err
	}
	for _, s := range in.channels {
		s.invent()
	}
	return in, nil
}

func (s *simulated) compile(o *serial.Channel, siblings map[string]*simulated) error {
	ask := o.Read + o.Readback // one of them is empty
	var errs []error
	line := func(key, text string) *spoken {
		l, err := s.compileSpoken(serial.WholeLine(text), siblings)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
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
		s.write = f
	}
	switch {
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
	return l, nil
}

// invent finds a value for a channel that nobody has set: 0 or the first choice, which
// any number is, or a text that its answers can bear.
func (s *simulated) invent() {
	s.stored[0] = format.Float(0)
	if s.count > 0 {
		s.stored = make([]format.Arg, s.count)
		for i := range s.stored {
			s.stored[i] = format.Float(0)
		}
	}
	if s.write != nil {
		for _, c := range s.write.Converters() {
			if len(c.Choices) > 0 {
				s.stored[0] = format.Choice(c.Choices[0].Value)
			}
		}
	}
	for _, l := range []*spoken{s.reply, s.ack, s.receive} {
		if l == nil {
			continue
		}
		arg := -1
		for _, c := range l.format.Converters() {
			if !c.Skip {
				arg++
			}
			if c.Skip || l.from[arg] != s {
				continue
			}
			switch {
			case c.Kind == format.String:
				s.inventText(l, arg)
			case len(c.Choices) > 0 && s.write == nil:
				s.stored[0] = format.Choice(c.Choices[0].Value)
			}
		}
	}
}

// inventText finds a text that the line can bear as its value number arg.
func (s *simulated) inventText(l *spoken, arg int) {
	args := make([]format.Arg, len(l.args))
	for i, k := range l.kinds {
		args[i] = format.Float(0)
		if k == format.String {
			args[i] = format.Text("")
		}
	}
	texts := []string{"simulated", "SIMULATED", "sim", "SIM", "0", ""}
	if string(s.ask) == "*IDN?" {
		texts = slices.Insert(texts, 0, "ioclet,simulated-"+strings.ReplaceAll(s.instrument.name, " ", "-")+",0,1")
	}
	for _, text := range texts {
		args[arg] = format.Text(text)
		if line, err := l.format.Append(nil, args...); err == nil && l.format.ScanAll(line, args) == nil {
			s.stored[0] = format.Text(text)
			return
		}
	}
}

// number is the channel's value for expressions.
func (s *simulated) number() float64 {
	if s.expression == nil {
		return numberOf(s.stored[0])
	}
	return s.evaluate(0)
}

func (s *simulated) evaluate(i int) float64 {
	channels := s.instrument.channels
	return s.expression.eval(func(n int) float64 {
		switch {
		case n == len(channels):
			return float64(i)
		case n == s.index:
			return numberOf(s.stored[min(i, len(s.stored)-1)])
		}
		return channels[n].number()
	})
}

// value is what the channel answers as a converter of kind k; i is the index in an array.
func (s *simulated) value(i int, k format.Kind) format.Arg {
	a := s.stored[min(i, len(s.stored)-1)]
	if s.expression != nil {
		a = format.Float(s.evaluate(i))
	}
	return as(a, k)
}

// as is a in the form that a converter of kind k prints.
func as(a format.Arg, k format.Kind) format.Arg {
	switch k {
	case format.String:
		if a.Kind() != format.String {
			a = format.Text(strconv.FormatFloat(a.Float(), 'g', -1, 64))
		}
	case format.Double:
		a = format.Float(numberOf(a))
	default:
		a = format.Float(math.Round(numberOf(a)))
	}
	return a
}

func numberOf(a format.Arg) float64 {
	if a.Kind() != format.String {
		return a.Float()
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(a.Text()), 64)
	if err != nil {
		return 0
	}
	return x
}

// store keeps a value as a write does.
func (s *simulated) store(v pv.Value) {
	s.stored = nil
	for i := range v.Len() {
		e := v.At(i)
		if e.Kind() == pv.String {
			s.stored = append(s.stored, format.Text(e.Str()))
		} else {
			s.stored = append(s.stored, format.Float(e.Float64()))
		}
	}
	if len(s.stored) == 0 {
		s.stored = append(s.stored, format.Float(0))
	}
}

// answer appends the answer to a command; heard is false if it fits nothing.
func (in *instrument) answer(dst, command []byte) (out []byte, heard bool) {
	c, args, asked := in.match(command)
	switch {
	case c == nil:
		return dst, false
	case in.silent:
		return dst, true
	case asked:
		return in.say(dst, c, c.reply), true
	}
	if len(args) > 0 {
		c.stored = args
	}
	if c.ack == nil {
		return dst, true
	}
	return in.say(dst, c, c.ack), true
}

// match finds the channel that a command means: one that asks with just these bytes,
// or the one whose write format fits and has the longest literal beginning.
func (in *instrument) match(command []byte) (c *simulated, args []format.Arg, asked bool) {
	least := -1
	for _, s := range in.channels {
		if s.reply != nil && bytes.Equal(s.ask, command) {
			return s, nil, true
		}
		if s.write == nil || len(s.write.Prefix()) <= least || !s.write.HasPrefix(command) {
			continue
		}
		if a, ok := s.scan(command); ok {
			c, args, least = s, a, len(s.write.Prefix())
		}
	}
	return c, args, false
}

// scan reads what a command sets.
func (s *simulated) scan(command []byte) ([]format.Arg, bool) {
	args := make([]format.Arg, s.write.Args())
	if s.count == 0 || len(args) != 1 {
		return args, s.write.ScanAll(command, args) == nil
	}
	var all []format.Arg
	for at := 0; at < len(command); {
		if len(all) > 0 {
			if !bytes.HasPrefix(command[at:], s.separator) {
				return nil, false
			}
			at += len(s.separator)
		}
		n, err := s.write.Scan(command[at:], args)
		if err != nil || n == 0 || len(all) == s.count {
			return nil, false
		}
		all = append(all, args[0])
		at += n
	}
	return all, len(all) > 0
}

// say appends a line with its terminator; nothing if a value cannot be printed in it.
func (in *instrument) say(dst []byte, c *simulated, l *spoken) []byte {
	out, err := in.print(dst, c, l)
	if err != nil {
		return dst
	}
	return append(out, in.end...)
}

func (in *instrument) print(dst []byte, c *simulated, l *spoken) (out []byte, err error) {
	elements := 1
	if c.count > 0 && len(l.args) == 1 {
		elements = c.count
		if c.expression == nil {
			elements = len(c.stored)
		}
	}
	out = dst
	for i := range elements {
		for a, from := range l.from {
			l.args[a] = from.value(i, l.kinds[a])
		}
		if i > 0 {
			out = append(out, c.separator...)
		}
		if out, err = l.format.Append(out, l.args...); err != nil {
			return dst, err
		}
	}
	return out, nil
}

// check tries each line in both directions.
func (p *Peer) check(in *instrument) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock.now = time.Now()
	var errs []error
	for _, c := range in.channels {
		bad := func(key string, err error) {
			if err != nil {
				errs = append(errs, &serial.ChannelError{Device: in.name, Channel: c.name, Err: fmt.Errorf("%s: %w", key, err)})
			}
		}
		bad("reply", in.checkSpoken(c, c.reply))
		bad("reply", in.checkSpoken(c, c.ack))
		bad("receive", in.checkSpoken(c, c.receive))
		bad("write", in.checkWrite(c))
	}
	return errors.Join(errs...)
}

// checkSpoken: what the instrument prints, the port must scan. Expressions are not
// tried, they would begin here.
func (in *instrument) checkSpoken(c *simulated, l *spoken) error {
	if l == nil || c.count > 0 || slices.ContainsFunc(l.from, func(s *simulated) bool { return s.expression != nil }) {
		return nil
	}
	line, err := in.print(nil, c, l)
	switch {
	case err != nil && slices.Contains(l.kinds, format.String):
		return nil // what text a pattern wants is hard to know: it stays unanswered until it is Set
	case err != nil:
		return fmt.Errorf("no example of it can be made: %w", err)
	}
	if err := l.format.ScanAll(line, make([]format.Arg, len(l.args))); err != nil {
		return fmt.Errorf("%s is how the instrument says it, but that does not read back: %w", format.Quote(line), err)
	}
	return nil
}

// checkWrite: what the port prints, an instrument must take for a setting, not for a
// question.
func (in *instrument) checkWrite(c *simulated) error {
	if c.write == nil {
		return nil
	}
	args := make([]format.Arg, c.write.Args())
	at := 0
	for _, conv := range c.write.Converters() {
		args[at] = as(c.stored[0], conv.Kind)
		at++
	}
	line, err := c.write.Append(nil, args...)
	if err != nil {
		return fmt.Errorf("no example of it can be made: %w", err)
	}
	switch got, _, asked := in.match(line); {
	case got == nil:
		return fmt.Errorf("%s is how the port says it, but that does not read back", format.Quote(line))
	case asked:
		return fmt.Errorf("%s is also what asks for %s", format.Quote(line), got.name)
	}
	return nil
}
