package format

import (
	"bytes"
	"errors"
	"math"
	"strconv"
)

// Scan reads src from its beginning, sets out and returns the number of bytes
// that matched; what follows them is the caller's affair ([Format.ScanAll] wants
// none). src is one message without its terminator. out has one Arg for each
// converter that has a value and is not skipped, in order; for a converter with
// the flag = it is the value to compare with.
//
// An error is an [*ArgsError] or a [*ScanError], which is [ErrShort] or
// [ErrMismatch]; a part of out may be set then. Scanning numbers does not
// allocate, nor does scanning a text that out holds already.
func (f *Format) Scan(src []byte, out []Arg) (int, error) {
	if len(out) != f.args {
		return 0, &ArgsError{Got: len(out), Want: f.args}
	}
	pos, next := 0, 0
	var dropped Arg
	for i := range f.elements {
		e := &f.elements[i]
		a := &dropped
		if e.takesArg() {
			a = &out[next]
			next++
		}
		n, err := f.scanElement(src, pos, e, a)
		if err != nil {
			return pos, &ScanError{Offset: pos + n, Want: e.want, Short: errors.Is(err, ErrShort)}
		}
		pos += n
	}
	return pos, nil
}

// ScanAll is [Format.Scan] of the whole of src: bytes left over are a mismatch.
func (f *Format) ScanAll(src []byte, out []Arg) error {
	n, err := f.Scan(src, out)
	if err == nil && n < len(src) {
		return &ScanError{Offset: n, Want: "the end of the input"}
	}
	return err
}

// scanElement matches e at src[pos:]. It returns the length of the match; with an
// error, how far src matched.
func (f *Format) scanElement(src []byte, pos int, e *element, a *Arg) (int, error) {
	in := src[pos:]
	switch e.verb {
	case literal:
		return scanLiteral(in, e.text)
	case anySpace:
		return skipSpace(in, 0), nil
	case anyByte:
		if f.direction == Input && len(in) > 0 {
			return 1, nil
		}
		return 0, nil
	case '<':
		return scanChecksum(src, pos, e)
	}
	if e.has(flagCompare) {
		return scanCompare(in, e, *a)
	}
	n, err := scanValue(in, e, a, f.direction)
	if err != nil && e.has(flagDefault) {
		*a = Arg{kind: e.kind}
		n, err = 0, nil
	}
	if err == nil && e.has(flagExact) && n != e.width {
		if n == len(in) && n < e.width {
			return n, ErrShort
		}
		return min(n, e.width), ErrMismatch
	}
	return n, err
}

func scanLiteral[T string | []byte](in []byte, text T) (int, error) {
	for i := range len(text) {
		if i >= len(in) {
			return i, ErrShort
		}
		if in[i] != text[i] {
			return i, ErrMismatch
		}
	}
	return len(text), nil
}

// scanCompare matches the text that a is printed as.
func scanCompare(in []byte, e *element, a Arg) (int, error) {
	var buf [64]byte
	want, err := appendArg(buf[:0], e, a, Output)
	if err != nil {
		return 0, ErrMismatch
	}
	return scanLiteral(in, want)
}

func scanValue(in []byte, e *element, a *Arg, d Direction) (n int, err error) {
	switch e.verb {
	case 'f', 'e', 'E', 'g', 'G', 'm', 'R':
		var v float64
		switch e.verb {
		case 'R':
			v, n, err = scanRawFloat(in, e)
		case 'm':
			v, n, err = scanMantissa(in, e, d)
		default:
			v, n, err = scanFloat(in, e, d)
		}
		if err == nil {
			*a = Float(v)
		}
	case '{':
		var v int64
		if v, n, err = scanEnum(in, e); err == nil {
			*a = Choice(v)
		}
	case 's', 'c', '[', '/':
		return scanText(in, e, a, d)
	default:
		var v int64
		switch e.verb {
		case 'r':
			v, n, err = scanRaw(in, e, d)
		case 'D':
			v, n, err = scanBCD(in, e, d)
		case 'b', 'B':
			var u uint64
			u, n, err = scanBits(in, e, d)
			v = int64(u)
		default:
			v, n, err = scanInt(in, e, d)
		}
		if err == nil {
			*a = Int(v)
		}
	}
	return n, err
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

// scanSign finds the digits of a number: after white space and a sign, before
// the end of the width of an Input format, in which white space counts only with
// the flag blank.
func scanSign(in []byte, e *element, d Direction) (from, to int, negative bool, err error) {
	i := skipSpace(in, 0)
	to = len(in)
	if d == Input && e.width > 0 {
		width := e.width
		if e.has(flagSpace) {
			width = max(0, width-i)
		}
		to = min(to, i+width)
	}
	if i < to && (in[i] == '+' || in[i] == '-') {
		negative = in[i] == '-'
		i++
	}
	if i < to && isSpace(in[i]) && e.has(flagAlt) {
		i = skipSpace(in[:to], i)
	}
	if i >= to {
		if to == len(in) {
			return i, to, negative, ErrShort
		}
		return i, to, negative, ErrMismatch
	}
	return i, to, negative, nil
}

// skipPadding skips the blanks that the flag - of an Output format put after a
// field of n bytes.
func skipPadding(in []byte, n int, e *element, d Direction) int {
	if d == Output && e.has(flagMinus) {
		for n < len(in) && n < e.width && in[n] == ' ' {
			n++
		}
	}
	return n
}

func scanInt(in []byte, e *element, d Direction) (v int64, n int, err error) {
	i, to, negative, err := scanSign(in, e, d)
	if err != nil {
		return 0, i, err
	}
	signed := e.verb == 'd' || e.verb == 'i'
	if negative && (e.verb == 'u' || !signed && !e.has(flagMinus)) {
		return 0, i - 1, ErrMismatch
	}
	base := uint64(10)
	switch e.verb {
	case 'o':
		base = 8
	case 'x', 'X':
		base = 16
	}
	prefixed := i+2 < to && in[i] == '0' && in[i+1]|0x20 == 'x' && isHex(in[i+2])
	if e.verb == 'i' && d == Input && in[i] == '0' {
		base = 8
		if prefixed {
			base = 16
		}
	}
	if prefixed && base == 16 {
		i += 2
	}
	start := i
	mag := uint64(0)
	for ; i < to; i++ {
		digit, ok := hexValue(in[i])
		if !ok || uint64(digit) >= base {
			break
		}
		if mag > (math.MaxUint64-uint64(digit))/base {
			return 0, i, ErrMismatch
		}
		mag = mag*base + uint64(digit)
	}
	if i == start {
		return 0, i, ErrMismatch
	}
	if signed && mag > 1<<63-1 && !(negative && mag == 1<<63) {
		return 0, i, ErrMismatch
	}
	v = int64(mag)
	if negative {
		v = -v
	}
	return v, skipPadding(in, i, e, d), nil
}

func scanFloat(in []byte, e *element, d Direction) (v float64, n int, err error) {
	i, to, negative, err := scanSign(in, e, d)
	if err != nil {
		return 0, i, err
	}
	end := floatEnd(in[:to], i)
	if end == i {
		return 0, i, ErrMismatch
	}
	// Out of range is ±Inf or 0, as in C.
	v, err = strconv.ParseFloat(string(in[i:end]), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, i, ErrMismatch
	}
	if negative {
		v = -v
	}
	return v, skipPadding(in, end, e, d), nil
}

// floatEnd is the end of the decimal number, infinity or nan at b[i:], i if
// there is none.
func floatEnd(b []byte, i int) int {
	if c := b[i] | 0x20; c == 'i' || c == 'n' {
		for _, word := range [...]string{"infinity", "inf", "nan"} {
			if len(b)-i >= len(word) && bytes.EqualFold(b[i:i+len(word)], []byte(word)) {
				return i + len(word)
			}
		}
		return i
	}
	start, digits := i, 0
	for ; i < len(b) && isDigit(b[i]); i++ {
		digits++
	}
	if i < len(b) && b[i] == '.' {
		i++
		for ; i < len(b) && isDigit(b[i]); i++ {
			digits++
		}
	}
	if digits == 0 {
		return start
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		j := i + 1
		if j < len(b) && (b[j] == '+' || b[j] == '-') {
			j++
		}
		if j < len(b) && isDigit(b[j]) {
			for j < len(b) && isDigit(b[j]) {
				j++
			}
			return j
		}
	}
	return i
}

// scanMantissa reads a mantissa of at most 18 digits and a signed exponent.
func scanMantissa(in []byte, e *element, d Direction) (v float64, n int, err error) {
	var buf [40]byte
	text := buf[:0]
	i := skipSpace(in, 0)
	if i < len(in) && (in[i] == '+' || in[i] == '-') {
		text = append(text, in[i])
		i++
	}
	start := i
	for ; i < len(in) && isDigit(in[i]) && i-start < 18; i++ {
		text = append(text, in[i])
	}
	if i >= len(in) {
		return 0, i, ErrShort
	}
	if i == start || in[i] != '+' && in[i] != '-' {
		return 0, i, ErrMismatch
	}
	text = append(text, 'e', in[i])
	i++
	start = i
	for ; i < len(in) && isDigit(in[i]) && i-start < 4; i++ {
		text = append(text, in[i])
	}
	if i == start {
		if i >= len(in) {
			return 0, i, ErrShort
		}
		return 0, i, ErrMismatch
	}
	v, err = strconv.ParseFloat(string(text), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, 0, ErrMismatch
	}
	return v, skipPadding(in, i, e, d), nil
}

// scanText sets a from a converter that yields a string, or for an Output %c the
// character's number.
func scanText(in []byte, e *element, a *Arg, d Direction) (n int, err error) {
	var text []byte
	switch {
	case e.verb == '/':
		text, n, err = scanRegexp(in, e)
	case e.verb == '[':
		n = scanSet(in, e)
		text = in[:n]
	case d == Output && e.verb == 's':
		text, n, err = scanField(in, e)
	case d == Output:
		return scanChar(in, e, a)
	case e.verb == 'c':
		for n < len(in) && n < max(e.width, 1) && in[n] != 0 {
			n++
		}
		text = in[:n]
	default:
		text, n = scanWord(in, e)
	}
	if err == nil && !e.has(flagSkip) {
		a.setText(text)
	}
	return n, err
}

// scanWord reads a %s of an Input format: leading white space, which is part of
// the text and the width only with the flag blank, then all up to white space or,
// with the flag #, up to a zero byte.
func scanWord(in []byte, e *element) (text []byte, n int) {
	left := e.width
	if left == 0 {
		left = len(in)
	}
	start := 0
	for n < len(in) && left > 0 && isSpace(in[n]) {
		n++
		if e.has(flagSpace) {
			left--
		} else {
			start = n
		}
	}
	for n < len(in) && left > 0 && in[n] != 0 && (e.has(flagAlt) || !isSpace(in[n])) {
		n++
		left--
	}
	return in[start:n], n
}

// scanField reads back what a %s of an Output format printed: all bytes up to
// what follows it in the format, without the padding.
func scanField(in []byte, e *element) (text []byte, n int, err error) {
	switch {
	case e.tail >= 0:
		if n = len(in) - e.tail; n < 0 {
			return nil, len(in), ErrShort
		}
	case e.next != "":
		if n = bytes.Index(in, []byte(e.next)); n < 0 {
			return nil, len(in), ErrShort
		}
	default:
		for n = skipSpace(in, 0); n < len(in) && !isSpace(in[n]); n++ {
		}
	}
	text = in[:n]
	if n == e.width {
		pad := byte(' ')
		if e.has(flagZero) {
			pad = 0
		}
		for len(text) > 0 && e.has(flagMinus) && text[len(text)-1] == pad {
			text = text[:len(text)-1]
		}
		for len(text) > 0 && !e.has(flagMinus) && text[0] == pad {
			text = text[1:]
		}
	}
	return text, n, nil
}

// scanChar reads back what a %c of an Output format printed.
func scanChar(in []byte, e *element, a *Arg) (n int, err error) {
	width := max(e.width, 1)
	if len(in) < width {
		return len(in), ErrShort
	}
	if e.has(flagMinus) {
		*a = Int(int64(in[0]))
	} else {
		*a = Int(int64(in[width-1]))
	}
	return width, nil
}
