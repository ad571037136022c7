package format

import (
	"bytes"
	"errors"
	"math"
	"strconv"
)

// appendInt prints v as C's printf does with 64-bit longs, but %x and %X keep
// only as many digits as the width (StreamDevice).
func appendInt(dst []byte, e *element, v int64) []byte {
	start := len(dst)
	mag := uint64(v)
	base := 10
	switch e.verb {
	case 'd', 'i':
		dst, mag = appendSign(dst, e, v < 0), magnitude(v)
	case 'o':
		base = 8
	case 'x', 'X':
		base = 16
		if e.width > 0 && e.width < 16 {
			mag &= 1<<(4*e.width) - 1
		}
		if e.has(flagAlt) && mag != 0 {
			dst = append(dst, '0', e.verb)
		}
	}
	body := len(dst)
	if mag != 0 || e.prec != 0 {
		dst = strconv.AppendUint(dst, mag, base)
	}
	if e.verb == 'X' {
		upper(dst[body:])
	}
	if e.verb == 'o' && e.has(flagAlt) && (len(dst) == body || dst[body] != '0') && e.prec <= len(dst)-body {
		dst = insertRepeat(dst, body, '0', 1)
	}
	if missing := e.prec - (len(dst) - body); missing > 0 {
		dst = insertRepeat(dst, body, '0', missing)
	}
	return padNumber(dst, start, body, e, e.has(flagZero) && e.prec < 0)
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

func appendSign(dst []byte, e *element, negative bool) []byte {
	switch {
	case negative:
		return append(dst, '-')
	case e.has(flagPlus):
		return append(dst, '+')
	case e.has(flagSpace):
		return append(dst, ' ')
	default:
		return dst
	}
}

// padNumber pads dst[start:] to the width: right with the flag -, else with
// zeros before body or blanks before the sign.
func padNumber(dst []byte, start, body int, e *element, zeros bool) []byte {
	pad := e.width - (len(dst) - start)
	switch {
	case pad <= 0:
		return dst
	case e.has(flagMinus):
		return appendRepeat(dst, ' ', pad)
	case zeros:
		return insertRepeat(dst, body, '0', pad)
	default:
		return insertRepeat(dst, start, ' ', pad)
	}
}

func upper(b []byte) {
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
}

// appendFloat prints v as C's printf does.
func appendFloat(dst []byte, e *element, v float64) []byte {
	start := len(dst)
	dst = appendSign(dst, e, math.Signbit(v))
	body := len(dst)
	v = math.Abs(v)
	finite := !math.IsNaN(v) && !math.IsInf(v, 0)
	prec := e.prec
	if prec < 0 {
		prec = 6
	}
	switch {
	case math.IsNaN(v):
		dst = append(dst, "nan"...)
	case !finite:
		dst = append(dst, "inf"...)
	case e.verb == 'g' || e.verb == 'G':
		dst = appendGeneral(dst, v, max(prec, 1), e.has(flagAlt))
	case e.verb == 'f':
		dst = strconv.AppendFloat(dst, v, 'f', prec, 64)
	default:
		dst = strconv.AppendFloat(dst, v, 'e', prec, 64)
	}
	if finite && e.has(flagAlt) {
		dst = insertPoint(dst, body)
	}
	if e.verb == 'E' || e.verb == 'G' {
		upper(dst[body:])
	}
	return padNumber(dst, start, body, e, e.has(flagZero) && finite)
}

// appendGeneral prints v ≥ 0 with prec significant digits as C's %g, with keep
// without dropping zeros at the end (%#g).
func appendGeneral(dst []byte, v float64, prec int, keep bool) []byte {
	if !keep {
		return strconv.AppendFloat(dst, v, 'g', prec, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'e', prec-1, 64)
	exp := 0
	if i := bytes.IndexByte(dst[start:], 'e'); i >= 0 {
		exp = parseExponent(dst[start+i+1:])
	}
	if exp < -4 || exp >= prec {
		return dst
	}
	return strconv.AppendFloat(dst[:start], v, 'f', prec-1-exp, 64)
}

// parseExponent is the value of an exponent such as +05 that strconv wrote.
func parseExponent(b []byte) int {
	n := 0
	for _, c := range b[1:] {
		n = n*10 + int(c-'0')
	}
	if b[0] == '-' {
		return -n
	}
	return n
}

// insertPoint gives the number dst[body:] a decimal point if it has none.
func insertPoint(dst []byte, body int) []byte {
	if bytes.IndexByte(dst[body:], '.') >= 0 {
		return dst
	}
	at := bytes.IndexByte(dst[body:], 'e')
	if at < 0 {
		return append(dst, '.')
	}
	return insertRepeat(dst, body+at, '.', 1)
}

// appendInputInt prints an instrument's answer to an integer converter: padded
// with zeros to the width, so that fields without a separator can be scanned.
func appendInputInt(dst []byte, e *element, v int64) ([]byte, error) {
	start := len(dst)
	negative := v < 0 && e.verb != 'o' && e.verb != 'x' && e.verb != 'X'
	mag := uint64(v)
	if negative {
		if e.verb == 'u' {
			return dst, errors.New("negative, and the converter is unsigned")
		}
		mag = magnitude(v)
		dst = append(dst, '-')
	}
	body := len(dst)
	switch e.verb {
	case 'o':
		dst = strconv.AppendUint(dst, mag, 8)
	case 'x', 'X':
		dst = strconv.AppendUint(dst, mag, 16)
	default:
		dst = strconv.AppendUint(dst, mag, 10)
	}
	if e.verb == 'X' {
		upper(dst[body:])
	}
	pad := e.width - (len(dst) - start)
	switch {
	case e.width > 0 && pad < 0:
		return dst[:start], errTooWide
	case pad <= 0:
		return dst, nil
	case e.verb == 'i': // leading zeros would make it octal
		return insertRepeat(dst, start, ' ', pad), nil
	default:
		return insertRepeat(dst, body, '0', pad), nil
	}
}

// appendInputFloat prints an instrument's answer to a floating point converter:
// with the precision if there is one, else the shortest text that is v, with
// fewer digits if the width asks for it.
func appendInputFloat(dst []byte, e *element, v float64) ([]byte, error) {
	start := len(dst)
	if math.IsNaN(v) {
		v = math.Copysign(v, 1)
	}
	if math.Signbit(v) {
		dst = append(dst, '-')
	}
	body := len(dst)
	mag := math.Abs(v)
	switch {
	case math.IsNaN(mag):
		dst = append(dst, "nan"...)
	case math.IsInf(mag, 0):
		dst = append(dst, "inf"...)
	default:
		dst = appendAnswer(dst, e, mag)
		for prec := 17; prec > 0 && e.width > 0 && len(dst)-start > e.width; prec-- {
			dst = strconv.AppendFloat(dst[:body], mag, 'g', prec, 64)
		}
	}
	pad := e.width - (len(dst) - start)
	switch {
	case e.width > 0 && pad < 0:
		return dst[:start], errTooWide
	case pad <= 0:
		return dst, nil
	case math.IsNaN(mag) || math.IsInf(mag, 0):
		return insertRepeat(dst, start, ' ', pad), nil
	default:
		return insertRepeat(dst, body, '0', pad), nil
	}
}

func appendAnswer(dst []byte, e *element, mag float64) []byte {
	switch {
	case (e.verb == 'g' || e.verb == 'G') && e.prec >= 0:
		return appendGeneral(dst, mag, max(e.prec, 1), false)
	case e.verb == 'e' || e.verb == 'E':
		return strconv.AppendFloat(dst, mag, e.verb, e.prec, 64)
	case e.verb == 'f' && (e.prec >= 0 || mag == 0 || mag >= 1e-6 && mag < 1e15):
		return strconv.AppendFloat(dst, mag, 'f', e.prec, 64)
	default:
		return strconv.AppendFloat(dst, mag, 'g', -1, 64)
	}
}

// appendMantissa prints v as %m does: prec digits (6), then sign and exponent.
func appendMantissa(dst []byte, e *element, v float64, d Direction) ([]byte, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dst, errors.New("not finite")
	}
	start := len(dst)
	if d == Output {
		dst = appendSign(dst, e, math.Signbit(v) && v != 0)
	} else if v < 0 {
		dst = append(dst, '-')
	}
	body := len(dst)
	prec := e.prec
	if prec < 1 {
		prec = 6
		if d == Input {
			prec = 17
		}
	}
	prec = min(prec, 18)
	dst = strconv.AppendFloat(dst, math.Abs(v), 'e', prec-1, 64)
	i := body + bytes.IndexByte(dst[body:], 'e')
	exp := parseExponent(dst[i+1:])
	if v != 0 {
		exp -= prec - 1
	}
	dst = dst[:i]
	if prec > 1 {
		dst = append(dst[:body+1], dst[body+2:]...)
	}
	if exp < 0 {
		dst = append(dst, '-')
		exp = -exp
	} else {
		dst = append(dst, '+')
	}
	if exp < 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendInt(dst, int64(exp), 10)
	if d == Input {
		return dst, nil
	}
	return padNumber(dst, start, body, e, false), nil
}
