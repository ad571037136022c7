package sim

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

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
		case n == s.instrument.named:
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
	case in.fault == Drop:
		return dst, c != nil
	case in.fault == NACK && c != nil:
		if !asked && c.ack == nil {
			return dst, true
		}
		return append(append(dst, nak), in.end...), true
	case c == nil:
		return in.obey(dst, command)
	case asked:
		return in.say(dst, c, c.reply), true
	}
	if len(args) > 0 {
		c.stored = args
	}
	c.then.do()
	if c.ack == nil {
		return dst, true
	}
	return in.say(dst, c, c.ack), true
}

// match finds the channel that a command means: one that asks with just these bytes,
// or the one whose write format fits and has the longest literal beginning, the first of
// several.
func (in *instrument) match(command []byte) (c *simulated, args []format.Arg, asked bool) {
	if s := in.asks[string(command)]; s != nil {
		return s, nil, true
	}
	for _, n := range in.prefixes {
		if n > len(command) {
			continue
		}
		for _, s := range in.writes[string(command[:n])] {
			if args, ok := s.scan(command); ok {
				return s, args, false
			}
		}
	}
	return nil, nil, false
}

// index makes what match looks at.
func (in *instrument) index() {
	in.asks, in.writes = map[string]*simulated{}, map[string][]*simulated{}
	lengths := map[int]bool{}
	for _, s := range in.channels {
		if s.reply != nil && in.asks[string(s.ask)] == nil {
			in.asks[string(s.ask)] = s
		}
		if s.write != nil {
			p := s.write.Prefix()
			in.writes[p] = append(in.writes[p], s)
			lengths[len(p)] = true
		}
	}
	in.prefixes = slices.SortedFunc(maps.Keys(lengths), func(a, b int) int { return b - a })
}

// scan reads what a command sets.
func (s *simulated) scan(command []byte) ([]format.Arg, bool) {
	if s.array == nil {
		args := make([]format.Arg, s.write.Args())
		return args, s.write.ScanAll(command, args) == nil
	}
	var all []format.Arg
	err := s.array.Scan(command, s.count, func(x format.Arg) { all = append(all, x) })
	return all, err == nil && len(all) > 0
}

// say appends a line with its terminator; nothing if a value cannot be printed in it.
func (in *instrument) say(dst []byte, c *simulated, l *spoken) []byte {
	out, err := in.print(dst, c, l)
	if err != nil {
		return dst
	}
	if l.length > 0 {
		return out
	}
	return append(out, in.end...)
}

func (in *instrument) print(dst []byte, c *simulated, l *spoken) (out []byte, err error) {
	n := c.count
	if c.expression == nil {
		n = len(c.stored)
	}
	if l.block != nil {
		out, err = l.format.Append(dst)
		return l.block.Append(out, n, func(i int) float64 { return c.value(i, format.Double).Float() }), err
	}
	if l.array != nil {
		return l.array.Append(dst, n, func(i int) (format.Arg, error) { return l.from[0].value(i, l.kinds[0]), nil })
	}
	for a, from := range l.from {
		l.args[a] = from.value(0, l.kinds[a])
	}
	return l.format.Append(dst, l.args...)
}
