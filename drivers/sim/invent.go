package sim

import (
	"slices"
	"strings"

	"github.com/ioclet/ioclet/format"
)

// mostInvented is the most elements of an array that is made up: what a file says that
// an array may have is not what its instrument sends.
const mostInvented = 100

// invent finds a value for a channel that nobody has set: 0 or the first choice, which
// any number is, or a text that its answers can bear.
func (s *simulated) invent() {
	s.stored[0] = format.Float(0)
	if s.count > 0 {
		s.stored = make([]format.Arg, min(s.count, mostInvented))
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
