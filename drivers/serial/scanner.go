package serial

import (
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// scanner reads a line that a device sends.
type scanner struct {
	format *format.Format
	answer answer
	own    int // index in args of the channel's own value, -1: none
	kind   format.Kind
	to     []target // redirected values
	array  *format.Array
	block  *Block // behind format; nil: there is none
	count  int    // 0: a scalar

	args []format.Arg // scratch, owned by who has the port's turn
}

type target struct {
	arg     int
	channel *channel
}

// scan reads the whole of line. The value is Invalid if the format has none of the
// channel's own. Redirected values wait in args for post.
func (s *scanner) scan(line []byte) (pv.Value, error) {
	switch {
	case s.block != nil:
		n, err := s.format.Scan(line, nil)
		if err != nil {
			return pv.Value{}, err
		}
		return s.block.scan(line[n:], s.count)
	case s.count > 0:
		return s.scanArray(line)
	}
	if err := s.format.ScanAll(line, s.args); err != nil {
		return pv.Value{}, err
	}
	if s.own < 0 {
		return pv.Value{}, nil
	}
	return valueOf(s.args[s.own]), nil
}

// post hands the redirected values to their channels.
func (s *scanner) post() {
	for _, t := range s.to {
		if t.channel.sink != nil {
			t.channel.sink.Post(valueOf(s.args[t.arg]), pv.Stamp{}, pv.Alarm{})
		}
	}
}

// fault tells the channels of redirected values that there are none.
func (s *scanner) fault(err error) {
	for _, t := range s.to {
		t.channel.fault(err)
	}
}

func valueOf(a format.Arg) pv.Value {
	switch a.Kind() {
	case format.Double:
		return pv.Float64Value(a.Float())
	case format.String:
		return pv.StringValue(a.Text())
	}
	return pv.Int64Value(a.Int())
}

func (s *scanner) scanArray(line []byte) (pv.Value, error) {
	switch s.kind {
	case format.Double:
		return elements(s, line, format.Arg.Float)
	case format.String:
		return elements(s, line, format.Arg.Text)
	}
	return elements(s, line, format.Arg.Int)
}

// elements reads at most s.count values.
func elements[T pv.Element](s *scanner, line []byte, get func(format.Arg) T) (pv.Value, error) {
	out := make([]T, 0, min(s.count, len(line)/2+1))
	if err := s.array.Scan(line, s.count, func(x format.Arg) { out = append(out, get(x)) }); err != nil {
		return pv.Value{}, err
	}
	return pv.ArrayValue(out), nil
}
