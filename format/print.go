package format

import "errors"

// Append appends the text of args to dst and returns the longer slice. There is
// one Arg for each converter that has a value and is not skipped, in order; a
// Long is taken for a Double and a Double, rounded to nearest, for a Long. What
// an Input format skips with * is printed as zeros, or as text that is scanned.
//
// An error is an [*ArgsError] or a [*ValueError]; dst is then returned as it was.
// Checksums cover what Append appends, not what dst held. Printing numbers does
// not allocate if dst has room.
func (f *Format) Append(dst []byte, args ...Arg) ([]byte, error) {
	if len(args) != f.args {
		return dst, &ArgsError{Got: len(args), Want: f.args}
	}
	start, next := len(dst), 0
	for i := range f.elements {
		e := &f.elements[i]
		switch {
		case e.verb == literal:
			dst = append(dst, e.text...)
		case e.verb == anySpace:
			dst = append(dst, ' ')
		case e.verb == anyByte:
			if f.direction == Input {
				dst = append(dst, '?')
			}
		case e.verb == '<':
			dst = appendChecksum(dst, dst[start:], e)
		default:
			var a Arg
			var err error
			at := next
			if e.takesArg() {
				a = args[next]
				next++
			}
			if dst, err = appendArg(dst, e, a, f.direction); err != nil {
				return dst[:start], &ValueError{Arg: at, Converter: e.source, Value: a, Reason: err.Error()}
			}
		}
	}
	return dst, nil
}

var (
	errNotNumber = errors.New("not a number that fits 64 bits")
	errNotText   = errors.New("not a text")
	errTooWide   = errors.New("longer than the width")
	errNotExact  = errors.New("not as long as the width")
)

// appendArg prints a, or what stands for it where it is skipped.
func appendArg(dst []byte, e *element, a Arg, d Direction) ([]byte, error) {
	start := len(dst)
	var err error
	switch {
	case e.has(flagCompare):
		return appendValue(dst, e, a, Output)
	case e.has(flagSkip):
		dst, err = appendSkipped(dst, e)
	default:
		dst, err = appendValue(dst, e, a, d)
	}
	if err == nil && e.has(flagExact) && len(dst)-start != e.width {
		err = errNotExact
	}
	return dst, err
}

func appendValue(dst []byte, e *element, a Arg, d Direction) ([]byte, error) {
	switch e.kind {
	case Double:
		if a.kind == String || a.kind == None {
			return dst, errNotNumber
		}
		return appendDouble(dst, e, a.Float(), d)
	case Long, Enum:
		if e.verb == 'c' && a.kind == String {
			if len(a.text) != 1 {
				return dst, errors.New("not one character")
			}
			return appendLong(dst, e, int64(a.text[0]), d)
		}
		v, ok := a.exactInt()
		if !ok {
			return dst, errNotNumber
		}
		return appendLong(dst, e, v, d)
	default:
		if a.kind != String {
			return dst, errNotText
		}
		return appendText(dst, e, a.text, d)
	}
}

func appendDouble(dst []byte, e *element, v float64, d Direction) ([]byte, error) {
	switch {
	case e.verb == 'R':
		return appendRawFloat(dst, e, v), nil
	case e.verb == 'm':
		return appendMantissa(dst, e, v, d)
	case d == Input:
		return appendInputFloat(dst, e, v)
	default:
		return appendFloat(dst, e, v), nil
	}
}

func appendLong(dst []byte, e *element, v int64, d Direction) ([]byte, error) {
	switch e.verb {
	case 'r':
		return appendRaw(dst, e, v, d)
	case 'D':
		return appendBCD(dst, e, v, d)
	case 'b', 'B':
		return appendBits(dst, e, uint64(v), d)
	case '{':
		return appendEnum(dst, e, v)
	case 'c':
		start := len(dst)
		return padText(append(dst, byte(v)), start, e, ' '), nil
	}
	if d == Input {
		return appendInputInt(dst, e, v)
	}
	return appendInt(dst, e, v), nil
}

func appendText(dst []byte, e *element, text string, d Direction) ([]byte, error) {
	if d == Input && e.width > 0 && len(text) > e.width {
		return dst, errTooWide
	}
	start := len(dst)
	switch {
	case e.verb == '[':
		return appendSet(dst, e, text)
	case e.verb == '/':
		return appendRegexp(dst, e, text)
	case d == Input && e.verb == 'c':
		return appendChars(dst, e, text)
	case d == Input:
		return appendWord(dst, e, text)
	}
	if e.prec >= 0 {
		text = text[:min(e.prec, len(text))]
	}
	fill := byte(' ')
	if e.has(flagZero) {
		fill = 0
	}
	return padText(append(dst, text...), start, e, fill), nil
}

// padText pads dst[start:] to e's width, at the right with the flag -.
func padText(dst []byte, start int, e *element, fill byte) []byte {
	pad := e.width - (len(dst) - start)
	if pad <= 0 {
		return dst
	}
	if e.has(flagMinus) {
		return appendRepeat(dst, fill, pad)
	}
	return insertRepeat(dst, start, fill, pad)
}

// appendChars is an instrument's answer to %3c: its width in bytes, blanks after
// a shorter text.
func appendChars(dst []byte, e *element, text string) ([]byte, error) {
	width := max(e.width, 1)
	if len(text) > width {
		return dst, errTooWide
	}
	for i := range len(text) {
		if text[i] == 0 {
			return dst, errors.New("text with a zero byte, which ends it")
		}
	}
	return appendRepeat(append(dst, text...), ' ', width-len(text)), nil
}

// appendWord is an instrument's answer to %s: a text that %s scans as a whole.
func appendWord(dst []byte, e *element, text string) ([]byte, error) {
	for i := range len(text) {
		switch {
		case text[i] == 0:
			return dst, errors.New("text with a zero byte, which ends it")
		case isSpace(text[i]) && !e.has(flagAlt):
			return dst, errors.New("text with white space, which ends it (%#s or %[^...] reads on)")
		case isSpace(text[i]) && i == 0 && !e.has(flagSpace):
			return dst, errors.New("text begins with white space, which is skipped (flag blank keeps it)")
		}
	}
	return append(dst, text...), nil
}

// appendSkipped prints something that a converter with the flag * scans.
func appendSkipped(dst []byte, e *element) ([]byte, error) {
	switch e.verb {
	case 's':
		return appendRepeat(dst, '-', max(1, e.exactWidth())), nil
	case 'c':
		return appendRepeat(dst, '-', max(1, e.width)), nil
	case '[':
		b, ok := e.set.sample()
		if !ok {
			return dst, nil
		}
		return appendRepeat(dst, b, max(1, e.exactWidth())), nil
	case '/':
		return appendRegexp(dst, e, "")
	case '{':
		return append(dst, e.choices[0].Text...), nil
	}
	if e.kind == Double {
		return appendDouble(dst, e, 0, Input)
	}
	return appendLong(dst, e, 0, Input)
}

// exactWidth is the width that the flag ! demands, else 0.
func (e *element) exactWidth() int {
	if e.has(flagExact) {
		return e.width
	}
	return 0
}

func appendRepeat(dst []byte, b byte, n int) []byte {
	for range n {
		dst = append(dst, b)
	}
	return dst
}

// insertRepeat inserts n bytes at dst[at].
func insertRepeat(dst []byte, at int, b byte, n int) []byte {
	end := len(dst)
	dst = appendRepeat(dst, b, n)
	copy(dst[at+n:], dst[at:end])
	for i := at; i < at+n; i++ {
		dst[i] = b
	}
	return dst
}
