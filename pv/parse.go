package pv

import (
	"math"
	"strconv"
	"strings"
)

// parse reads a scalar of kind k (not String) from text; the error is one of those
// a [ConvertError] unwraps to.
func parse(text string, k Kind, info *Info) (Value, error) {
	if text == "" && k != Enum {
		return Int32Value(0).number(k), nil // dbFastLinkConv.c cvt_st_…
	}
	switch k {
	case Float64:
		x, err := parseFloat(text)
		return Float64Value(x), err
	case Float32:
		x, err := parseFloat(text)
		if err == nil && (x > 0 && x <= smallestNormal || !math.IsInf(x, 0) && math.Abs(x) >= math.MaxFloat32) {
			err = ErrRange // epicsStdlib.c epicsParseFloat
		}
		return Float32Value(float32(x)), err
	case Enum:
		return parseEnum(text, info)
	}
	negative, magnitude, rest, err := parseInt(text)
	if k == Uint32 && (err == ErrSyntax || err == nil && rest != "" && (rest[0] == '.' || rest[0]|0x20 == 'e')) {
		// A client sees a Uint32 as a double and may write it like one
		// (dbConvert.c putStringUlong).
		x, err := parseFloat(text)
		if err == nil && !(x >= 0 && x <= math.MaxUint32) {
			err = ErrRange
		}
		return IntValue(k, cutFloat(x, k)), err
	}
	if err != nil {
		return Value{}, err
	}
	// An unsigned kind takes a negative number whose magnitude fits it and wraps it
	// round, as strtoul does.
	limit := k.maxMagnitude()
	if negative && k.IsSigned() {
		limit++
	}
	if magnitude > limit {
		return Value{}, ErrRange
	}
	x := int64(magnitude)
	if negative {
		x = -x
	}
	return IntValue(k, x), nil
}

// maxMagnitude is the largest number of an integer kind.
func (k Kind) maxMagnitude() uint64 {
	bits := uint(k.elemSize()) * 8
	if k.IsSigned() {
		bits--
	}
	return 1<<bits - 1
}

func parseEnum(text string, info *Info) (Value, error) {
	if info != nil {
		for i, choice := range info.Choices {
			if choice == text {
				return EnumValue(uint16(i)), nil
			}
		}
	}
	limit := uint64(math.MaxUint16)
	if info != nil && len(info.Choices) > 0 {
		limit = uint64(len(info.Choices)) - 1
	}
	negative, index, rest, err := parseInt(text)
	if err != nil || negative || index > limit || skipSpace(rest) != "" {
		return Value{}, ErrChoice
	}
	return EnumValue(uint16(index)), nil
}

// parseInt reads the integer that text begins with, as strtol of base 0 does: spaces,
// a sign, then decimal digits, 0x and hexadecimal ones, or 0 and octal ones. rest is
// what follows.
func parseInt(text string) (negative bool, magnitude uint64, rest string, err error) {
	s := skipSpace(text)
	s, negative = skipSign(s)
	base := 10
	switch {
	case isHex(s):
		s, base = s[2:], 16
	case s != "" && s[0] == '0':
		base = 8
	}
	n := digits(s, base)
	if n == 0 {
		return false, 0, text, ErrSyntax
	}
	magnitude, err = strconv.ParseUint(s[:n], base, 64)
	if err != nil {
		err = ErrRange
	}
	return negative, magnitude, s[n:], err
}

// parseFloat reads the number that text begins with, as strtod does.
func parseFloat(text string) (float64, error) {
	text = skipSpace(text)
	s, negative := skipSign(text)
	sign := 1.0
	if negative {
		sign = -1
	}
	switch {
	case hasWord(s, "inf"):
		return math.Inf(int(sign)), nil
	case hasWord(s, "nan"):
		return math.NaN(), nil
	case hasWord(s, "0x") && mantissa(s[2:], 16) > 0:
		n := 2 + mantissa(s[2:], 16)
		number := s[:n]
		if e := exponent(s[n:], 'p'); e > 0 {
			number = s[:n+e]
		} else {
			number += "p0"
		}
		return finite(sign, number)
	}
	n := mantissa(s, 10)
	if n == 0 {
		return 0, ErrSyntax
	}
	return finite(sign, s[:n+exponent(s[n:], 'e')])
}

func finite(sign float64, number string) (float64, error) {
	x, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil:
		return 0, ErrRange
	case x == 0 && significant(number):
		return 0, ErrRange // underflow
	}
	return sign * x, nil
}

// significant reports whether a number's mantissa has a digit other than 0.
func significant(number string) bool {
	hex := hasWord(number, "0x")
	if hex {
		number = number[2:]
	}
	for _, c := range []byte(number) {
		switch {
		case c|0x20 == 'p', !hex && c|0x20 == 'e':
			return false
		case c != '0' && c != '.':
			return true
		}
	}
	return false
}

// mantissa is the length of digits with at most one point among them, 0 if there
// is no digit.
func mantissa(s string, base int) int {
	n := digits(s, base)
	if n == len(s) || s[n] != '.' {
		return n
	}
	fraction := digits(s[n+1:], base)
	if n+fraction == 0 {
		return 0
	}
	return n + 1 + fraction
}

// exponent is the length of an exponent marked by letter, 0 if there is none.
func exponent(s string, letter byte) int {
	if s == "" || s[0]|0x20 != letter {
		return 0
	}
	rest, _ := skipSign(s[1:])
	n := digits(rest, 10)
	if n == 0 {
		return 0
	}
	return len(s) - len(rest) + n
}

func digits(s string, base int) int {
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' && int(c-'0') < base || base == 16 && c|0x20 >= 'a' && c|0x20 <= 'f' {
			continue
		}
		return i
	}
	return len(s)
}

// isHex reports whether s begins with a hexadecimal integer.
func isHex(s string) bool {
	return len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' && digits(s[2:3], 16) == 1
}

// hasWord reports whether s begins with word in letters of either case.
func hasWord(s, word string) bool {
	return len(s) >= len(word) && strings.EqualFold(s[:len(word)], word)
}

func skipSign(s string) (rest string, negative bool) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[1:], s[0] == '-'
	}
	return s, false
}

func skipSpace(s string) string {
	for s != "" && (s[0] == ' ' || s[0] >= '\t' && s[0] <= '\r') {
		s = s[1:]
	}
	return s
}
