package format

import (
	"bytes"
	"errors"
	"fmt"
)

// Array is a format whose one value is repeated, with separators in between, as
// StreamDevice does it for waveforms: with "," the format "WAVE (%f)" is
// "WAVE (1,2,3)".
type Array struct {
	head, element, tail *Format
	separator           []byte
}

// Array makes f the format of an array. A leading blank of the separator stands for any
// white space in what is scanned. f must have one converter with a value, and no
// checksum.
func (f *Format) Array(separator []byte) (*Array, error) {
	at := -1
	for i := range f.elements {
		e := &f.elements[i]
		switch {
		case e.verb == '<':
			return nil, errors.New("a checksum in the line of an array")
		case e.takesArg() && at >= 0:
			return nil, errors.New("several values in the line of an array")
		case e.takesArg():
			at = i
		}
	}
	if at < 0 {
		return nil, errors.New("no value in the line of an array")
	}
	one := f.elements[at]
	if len(separator) > 0 {
		one.tail, one.next = -1, string(separator)
	}
	part := func(elements []element, args int) *Format {
		return &Format{source: f.source, direction: f.direction, elements: elements, args: args}
	}
	return &Array{
		head: part(f.elements[:at], 0), element: part([]element{one}, 1), tail: part(f.elements[at+1:], 0),
		separator: separator,
	}, nil
}

// Append appends the text of n elements, for each of which arg is called, in order. dst is
// returned as it was with an error, that of arg or of [Format.Append].
func (a *Array) Append(dst []byte, n int, arg func(i int) (Arg, error)) ([]byte, error) {
	out, err := a.head.Append(dst)
	for i := 0; i < n && err == nil; i++ {
		if i > 0 {
			out = append(out, a.separator...)
		}
		var x Arg
		if x, err = arg(i); err == nil {
			out, err = a.element.Append(out, x)
		}
	}
	if err == nil {
		out, err = a.tail.Append(out)
	}
	if err != nil {
		return dst, err
	}
	return out, nil
}

// Scan reads the whole of src, which has most elements at most, and gives each to take.
// An error is a [*ScanError]; some elements may have been taken then.
func (a *Array) Scan(src []byte, most int, take func(Arg)) error {
	pos, err := a.head.Scan(src, nil)
	if err != nil {
		return err
	}
	var x [1]Arg
	for n := 0; ; n++ {
		if a.tail.ScanAll(src[pos:], nil) == nil {
			return nil
		}
		if n == most {
			return &ScanError{Offset: pos, Want: fmt.Sprintf("no more than %d elements", most)}
		}
		if n > 0 {
			size, ok := a.skip(src[pos:])
			if !ok {
				return &ScanError{Offset: pos, Want: "separator " + Quote(a.separator)}
			}
			pos += size
		}
		size, err := a.element.Scan(src[pos:], x[:])
		if err != nil {
			var se *ScanError
			if errors.As(err, &se) {
				se.Offset += pos
			}
			return err
		}
		if size == 0 && len(a.separator) == 0 {
			return &ScanError{Offset: pos, Want: "an element"}
		}
		take(x[0])
		pos += size
	}
}

// skip is the length of the separator that b begins with.
func (a *Array) skip(b []byte) (n int, ok bool) {
	rest, separator := b, a.separator
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
