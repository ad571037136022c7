package calc

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// class is the role of a token.
type class uint8

const (
	operand class = iota
	number
	prefix // an operator or function before its operand, and (
	variadic
	infix
	assign
	comma
	closing
	emptyCall // ) right after ( in a call of a caller's function
	question
	colon
	terminator
)

// token is an entry of the tables below, or a function of the caller.
type token struct {
	name   string
	class  class
	op     op
	stack  int8 // binding strength on the operator stack
	income int8 // binding strength in the text
	effect int  // values added to the stack
	n      int  // of an operand: index of a variable
	v      float64
	call   *pending
	at     int // position in the text
}

// pending is a call of a caller's function whose arguments are being read.
type pending struct {
	name string
	f    Func
}

func functions(c class, effect int, names map[string]op) []token {
	var list []token
	for name, o := range names {
		list = append(list, token{name: name, class: c, op: o, stack: 7, income: 8, effect: effect})
	}
	return list
}

func infixes(strength int8, names map[string]op) []token {
	var list []token
	for name, o := range names {
		list = append(list, token{name: name, class: infix, op: o, stack: strength, income: strength, effect: -1})
	}
	return list
}

// constants are the operands with a fixed value.
var constants = []token{
	{name: "PI", op: opLiteral, effect: 1, v: math.Pi},
	{name: "D2R", op: opLiteral, effect: 1, v: math.Pi / 180},
	{name: "R2D", op: opLiteral, effect: 1, v: 180 / math.Pi},
	{name: "VAL", op: opLast, effect: 1},
	{name: "RNDM", op: opRandom, effect: 1},
}

// prefixes are what may stand where an operand is needed, without operands.
var prefixes = func() []token {
	list := functions(prefix, 0, map[string]op{
		"!": opNot, "-": opNeg, "~": opBitNot, "NOT": opBitNot, "ABS": opAbs, "ACOS": opAcos, "ASIN": opAsin,
		"ATAN": opAtan, "CEIL": opCeil, "COS": opCos, "COSH": opCosh, "EXP": opExp, "FLOOR": opFloor,
		"ISINF": opIsInf, "LN": opLn, "LOG": opLog10, "LOGE": opLn, "NINT": opNint, "SIN": opSin, "SINH": opSinh,
		"SQR": opSqrt, "SQRT": opSqrt, "TAN": opTan, "TANH": opTanh,
	})
	list = append(list, functions(prefix, -1, map[string]op{"ATAN2": opAtan2, "FMOD": opFmod})...)
	list = append(list, functions(variadic, 0, map[string]op{
		"FINITE": opFinite, "ISNAN": opIsNaN, "MAX": opMax, "MIN": opMin,
	})...)
	return append(list, token{name: "(", class: prefix, op: opNone, income: 8})
}()

// operators are what may stand after an operand.
var operators = func() []token {
	list := []token{
		{name: ")", class: closing},
		{name: ",", class: comma},
		{name: ":", class: colon, op: opElse, effect: -1},
		{name: ":=", class: assign, op: opStore, effect: -1},
		{name: ";", class: terminator},
		{name: "?", class: question, op: opIf, effect: -1},
	}
	for i, level := range []map[string]op{
		{"|": opBitOr, "||": opOr, "OR": opBitOr, "XOR": opBitXor},
		{"&": opBitAnd, "&&": opAnd, "AND": opBitAnd, "<<": opShiftLeft, ">>": opShiftRight, ">>>": opShiftRightLogic},
		{
			"!=": opNotEqual, "#": opNotEqual, "<": opLess, "<=": opLessEqual, "=": opEqual, "==": opEqual,
			">": opGreater, ">=": opGreaterEqual,
		},
		{"+": opAdd, "-": opSub},
		{"*": opMul, "/": opDiv, "%": opMod},
		{"**": opPow, "^": opPow},
	} {
		list = append(list, infixes(int8(i+1), level)...)
	}
	return list
}()

// find is the longest entry of a table that src begins with, without regard to
// case. Words of the extended language must be followed by no further letter.
func find(tables [][]token, src string, words bool) (token, bool) {
	best, ok := token{}, false
	for _, table := range tables {
		for i := range table {
			t := &table[i]
			if n := len(t.name); n > len(best.name) && len(src) >= n && strings.EqualFold(src[:n], t.name) &&
				!(words && isLetter(t.name[0]) && nameEnd(src) != n) {
				best, ok = *t, true
			}
		}
	}
	return best, ok
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// nameEnd is the length of the name that src begins with, 0 if it does not.
func nameEnd(src string) int {
	if src == "" || !isLetter(src[0]) {
		return 0
	}
	i := 1
	for i < len(src) && (isLetter(src[i]) || isDigit(src[i]) || src[i] == '.') {
		i++
	}
	return i
}

// numberEnd is the length of the number that src begins with and whether it is a
// hexadecimal integer: what C's strtod and, after 0x, strtoul take.
func numberEnd(src string) (n int, hex bool) {
	if len(src) >= 2 && src[0] == '0' && src[1]|0x20 == 'x' {
		for n = 2; n < len(src) && strings.IndexByte("0123456789abcdefABCDEF", src[n]) >= 0; n++ {
		}
		if n == 2 {
			return 1, true // the 0; the x may begin an XOR
		}
		return n, true
	}
	for _, word := range [...]string{"infinity", "inf", "nan"} {
		if len(src) >= len(word) && strings.EqualFold(src[:len(word)], word) {
			return len(word) + nanPayload(word, src[len(word):]), false
		}
	}
	digits := 0
	for ; n < len(src) && isDigit(src[n]); n++ {
		digits++
	}
	if n < len(src) && src[n] == '.' {
		for n++; n < len(src) && isDigit(src[n]); n++ {
			digits++
		}
	}
	if digits == 0 {
		return 0, false
	}
	if n < len(src) && src[n]|0x20 == 'e' {
		i := n + 1
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		if i < len(src) && isDigit(src[i]) {
			for n = i; n < len(src) && isDigit(src[n]); n++ {
			}
		}
	}
	return n, false
}

// nanPayload is the length of the (characters) that strtod takes after nan.
func nanPayload(word, rest string) int {
	if word != "nan" || rest == "" || rest[0] != '(' {
		return 0
	}
	for i := 1; i < len(rest); i++ {
		if rest[i] == ')' {
			return i + 1
		}
		if !isLetter(rest[i]) && !isDigit(rest[i]) {
			return 0
		}
	}
	return 0
}

// parseNumber is the value of a number found by numberEnd. Hexadecimal numbers
// are 32-bit and signed; others that overflow or underflow are errors (epicsStdlib.c).
func parseNumber(text string, hex bool) (v float64, ok bool) {
	switch {
	case text == "":
		return 0, false
	case hex:
		u, err := strconv.ParseUint(text, 0, 32)
		return float64(int32(uint32(u))), err == nil
	case text[0]|0x20 == 'n':
		return math.NaN(), true
	case text[0]|0x20 == 'i':
		return math.Inf(1), true
	}
	v, err := strconv.ParseFloat(text, 64)
	if errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	const smallest = 0x1p-1022 // what is less loses digits
	tiny := v < smallest && strings.ContainsAny(mantissa(text), "123456789")
	return v, err == nil && !tiny
}

// mantissa is the part of a decimal number before its exponent.
func mantissa(text string) string {
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		return text[:i]
	}
	return text
}

// units of time in seconds.
var units = map[string]float64{"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
