package serial

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// scanner reads a line that a device sends.
type scanner struct {
	format    *format.Format
	answer    answer
	own       int // index in args of the channel's own value, -1: none
	kind      format.Kind
	to        []target // redirected values
	separator []byte
	count     int // 0: a scalar

	args []format.Arg // scratch, owned by who has the port's turn
}

type target struct {
	arg     int
	channel *channel
}

// scan reads the whole of line. The value is Invalid if the format has none of the
// channel's own. Redirected values wait in args for post.
func (s *scanner) scan(line []byte) (pv.Value, error) {
	if s.count > 0 {
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

// elements reads values with separators between them, at most s.count; an empty
// line is an empty array.
func elements[T pv.Element](s *scanner, line []byte, get func(format.Arg) T) (pv.Value, error) {
	out := make([]T, 0, min(s.count, len(line)/(1+len(s.separator))+1))
	for at := 0; at < len(line); {
		if len(out) == s.count {
			return pv.Value{}, &format.ScanError{Offset: at, Want: fmt.Sprintf("no more than %d elements", s.count)}
		}
		if len(out) > 0 {
			n, ok := skipSeparator(line[at:], s.separator)
			if !ok {
				return pv.Value{}, &format.ScanError{Offset: at, Want: "separator " + format.Quote(s.separator)}
			}
			at += n
		}
		n, err := s.format.Scan(line[at:], s.args)
		if err != nil {
			if se, ok := errors.AsType[*format.ScanError](err); ok {
				se.Offset += at
			}
			return pv.Value{}, err
		}
		if n == 0 && len(s.separator) == 0 {
			return pv.Value{}, &format.ScanError{Offset: at, Want: "an element"}
		}
		out = append(out, get(s.args[s.own]))
		at += n
	}
	return pv.ArrayValue(out), nil
}

func skipSeparator(b, separator []byte) (n int, ok bool) {
	rest := b
	if len(separator) > 0 && separator[0] == ' ' {
		rest = bytes.TrimLeft(b, " \t\r\n\v\f")
		if len(rest) == len(b) && len(separator) == 1 {
			return 0, false
		}
		separator = separator[1:]
	}
	if !bytes.HasPrefix(rest, separator) {
		return 0, false
	}
	return len(b) - len(rest) + len(separator), true
}
