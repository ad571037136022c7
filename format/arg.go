package format

import (
	"math"
	"strconv"
)

// Kind is the type of value a converter takes or yields.
type Kind uint8

// The kinds, named as StreamDevice names its data types.
const (
	None   Kind = iota // no value: a converter that cannot print
	Double             // float64
	Long               // int64
	Enum               // int64, the number of a choice
	String             // bytes as a string
)

var kindNames = [...]string{"none", "double", "long", "enum", "string"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "none"
}

// Arg is one value, printed by [Format.Append] or set by [Format.Scan]: a small
// union that is passed by value and never boxed. The zero Arg has Kind None.
type Arg struct {
	kind Kind
	num  uint64 // float64 bits or int64
	text string
}

// Float is the Arg of a floating point number.
func Float(v float64) Arg { return Arg{kind: Double, num: math.Float64bits(v)} }

// Int is the Arg of an integer.
func Int(v int64) Arg { return Arg{kind: Long, num: uint64(v)} }

// Choice is the Arg of an enum's number.
func Choice(v int64) Arg { return Arg{kind: Enum, num: uint64(v)} }

// Text is the Arg of a string of bytes.
func Text(s string) Arg { return Arg{kind: String, text: s} }

// Kind is the kind of a's value.
func (a Arg) Kind() Kind { return a.kind }

// Float is a's value as a float64; 0 if it is text or nothing.
func (a Arg) Float() float64 {
	switch a.kind {
	case Double:
		return math.Float64frombits(a.num)
	case Long, Enum:
		return float64(int64(a.num))
	default:
		return 0
	}
}

// Int is a's value as an int64, a Double rounded to nearest (halves away from
// zero) and held to the range of int64; 0 if it is text, NaN or nothing.
// [Format.Append] refuses what Int would hold to the range.
func (a Arg) Int() int64 {
	switch a.kind {
	case Long, Enum:
		return int64(a.num)
	case Double:
		switch f := math.Round(math.Float64frombits(a.num)); {
		case f != f:
			return 0
		case f >= 1<<63:
			return math.MaxInt64
		case f < -1<<63:
			return math.MinInt64
		default:
			return int64(f)
		}
	default:
		return 0
	}
}

// Text is a's text; "" if it is a number or nothing.
func (a Arg) Text() string { return a.text }

// String is a's value for people: a number, or quoted text.
func (a Arg) String() string {
	switch a.kind {
	case Double:
		return strconv.FormatFloat(a.Float(), 'g', -1, 64)
	case Long, Enum:
		return strconv.FormatInt(a.Int(), 10)
	case String:
		return Quote([]byte(a.text))
	default:
		return "none"
	}
}

// setText makes a the text b. The string a holds already is kept if it is the
// same, so that scanning an unchanged text does not allocate.
func (a *Arg) setText(b []byte) {
	if a.kind == String && a.text == string(b) {
		return
	}
	*a = Text(string(b))
}

// exactInt is a's value as an int64, if it is a number that has one.
func (a Arg) exactInt() (int64, bool) {
	if a.kind == Double {
		f := math.Round(math.Float64frombits(a.num))
		if !(f >= -1<<63 && f < 1<<63) {
			return 0, false
		}
	}
	return a.Int(), a.kind != String && a.kind != None
}
