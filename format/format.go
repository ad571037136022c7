package format

import "slices"

// Direction says which way the bytes of a format go.
type Direction uint8

const (
	// Output formats what is sent to an instrument: width is a minimum, the
	// flags * ? = ! are not allowed.
	Output Direction = iota
	// Input scans what an instrument sends: width is a maximum.
	Input
)

func (d Direction) String() string {
	if d == Input {
		return "input"
	}
	return "output"
}

// Limits of a format, so that a stranger's text costs a bounded amount of work
// and memory.
const (
	MaxLength     = 4096 // bytes of the text
	MaxWidth      = 4096 // width of a converter
	MaxPrecision  = 350  // precision of a converter
	MaxConverters = 256  // converters of a format
	MaxRegexp     = 512  // bytes of a regular expression
)

// Format is a compiled format. It is immutable and may be used by several
// goroutines at once. The zero Format is an empty text.
type Format struct {
	source     string
	direction  Direction
	elements   []element
	converters []Converter
	args       int
}

// Converter describes one converter of a format that has a value; checksums
// have none.
type Converter struct {
	Source  string // as written: "%(H)5.2f"
	Column  int    // of the % in the format, in bytes from 1
	Verb    byte   // conversion character: f e E g G d i u o x X s c [ { b B r R D m /
	Kind    Kind   // what it yields in Input and takes in Output
	Name    string // redirection: another record or field that has the value
	Skip    bool   // *: takes part in the text but has no Arg
	Compare bool   // =: Scan compares the Arg with the input instead of setting it
	Choices []EnumChoice
}

// EnumChoice is one choice of a %{…} converter.
type EnumChoice struct {
	Text    string
	Value   int64
	Default bool // =?: printed for every value that no other choice has
}

// String is the text f was compiled from.
func (f *Format) String() string { return f.source }

// Direction is which way f's bytes go.
func (f *Format) Direction() Direction { return f.direction }

// Args is the number of values that Append takes and Scan yields: one for each
// converter that is not a checksum and has no * flag, in order.
func (f *Format) Args() int { return f.args }

// Converters describes f's converters in order, those with the * flag too. The
// caller owns the slice, but not the choices in it.
func (f *Format) Converters() []Converter { return slices.Clone(f.converters) }

// Prefix is the literal bytes that f begins with.
func (f *Format) Prefix() string {
	if len(f.elements) > 0 && f.elements[0].verb == literal {
		return f.elements[0].text
	}
	return ""
}

// HasPrefix reports whether src begins with f's literal prefix: the cheap
// question to ask of many formats before Scan is tried. Of the formats that a
// received command may fit, the one with the longest prefix is meant.
func (f *Format) HasPrefix(src []byte) bool {
	p := f.Prefix()
	return len(src) >= len(p) && string(src[:len(p)]) == p
}

// element is a run of literal bytes or a converter.
type element struct {
	verb   byte // conversion character or literal, anyByte, anySpace
	flags  flags
	width  int    // 0: none
	prec   int    // -1: none
	text   string // literal bytes
	source string // as written
	want   string // what a ScanError says was expected
	kind   Kind

	choices   []EnumChoice
	set       *charset
	re        *pattern
	sum       *checksum
	zero, one byte // characters of %B

	// In an Output format, how a %s finds its end: the number of bytes that
	// follow it if that is fixed, else -1; and the literal that follows.
	tail int
	next string
}

// Verbs of elements that are no converters.
const (
	literal  byte = 0
	anyByte  byte = 1 // \?
	anySpace byte = 2 // \_
)

type flags uint16

const (
	flagSkip    flags = 1 << iota // *
	flagAlt                       // #
	flagSpace                     // blank
	flagPlus                      // +
	flagZero                      // 0
	flagMinus                     // -
	flagDefault                   // ?
	flagCompare                   // =
	flagExact                     // !
)

func (e *element) has(f flags) bool { return e.flags&f != 0 }

// takesArg reports whether e has a value of the caller.
func (e *element) takesArg() bool { return e.kind != None && !e.has(flagSkip) }
