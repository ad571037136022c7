package format

import (
	"fmt"
	"strconv"
	"strings"
)

// Compile compiles a text for one direction. An error is a [*SyntaxError].
func Compile(text string, d Direction) (*Format, error) {
	c := compiler{src: text, dir: d}
	if len(text) > MaxLength {
		return nil, c.fail(MaxLength, "text of %d bytes, expected at most %d", len(text), MaxLength)
	}
	if err := c.run(); err != nil {
		return nil, err
	}
	f := &Format{source: text, direction: d, elements: c.elements, converters: c.converters}
	for i := range f.elements {
		if f.elements[i].takesArg() {
			f.args++
		}
	}
	if d == Output {
		lookAhead(f.elements)
	}
	return f, nil
}

// MustCompile is [Compile] for texts in a program; it panics on an error.
func MustCompile(text string, d Direction) *Format {
	f, err := Compile(text, d)
	if err != nil {
		panic(err)
	}
	return f
}

type compiler struct {
	src        string
	pos        int
	dir        Direction
	literal    []byte
	elements   []element
	converters []Converter
	converted  int // converters so far, with the checksums
}

func (c *compiler) fail(at int, reason string, args ...any) error {
	return &SyntaxError{Format: c.src, Column: at + 1, Reason: fmt.Sprintf(reason, args...)}
}

func (c *compiler) rest() string { return c.src[c.pos:] }

func (c *compiler) run() error {
	for c.pos < len(c.src) {
		switch b := c.src[c.pos]; {
		case b == '\\':
			if err := c.escape(); err != nil {
				return err
			}
		case b == '%' && strings.HasPrefix(c.rest(), "%%"):
			c.literal = append(c.literal, '%')
			c.pos += 2
		case b == '%':
			if err := c.converter(); err != nil {
				return err
			}
		default:
			c.literal = append(c.literal, b)
			c.pos++
		}
	}
	c.flush()
	return nil
}

// flush makes the literal bytes so far an element.
func (c *compiler) flush() {
	if len(c.literal) == 0 {
		return
	}
	text := string(c.literal)
	c.elements = append(c.elements, element{verb: literal, text: text, want: Quote(c.literal)})
	c.literal = c.literal[:0]
}

func (c *compiler) escape() error {
	s := c.rest()
	switch {
	case strings.HasPrefix(s, `\?`):
		c.flush()
		c.elements = append(c.elements, element{verb: anyByte, want: "any byte"})
		c.pos += 2
		return nil
	case strings.HasPrefix(s, `\_`):
		c.flush()
		c.elements = append(c.elements, element{verb: anySpace, want: "white space"})
		c.pos += 2
		return nil
	}
	b, n, err := escape(s)
	if err != nil {
		return c.fail(c.pos, "%v", err)
	}
	c.literal = append(c.literal, b)
	c.pos += n
	return nil
}

const verbs = "feEgGdiuoxXsc[{bBrRDm/<"

var flagBytes = map[byte]flags{
	'*': flagSkip, '#': flagAlt, ' ': flagSpace, '+': flagPlus, '0': flagZero,
	'-': flagMinus, '?': flagDefault, '=': flagCompare, '!': flagExact,
}

// converter compiles the converter at pos.
func (c *compiler) converter() error {
	c.flush()
	start := c.pos
	c.pos++
	if c.converted++; c.converted > MaxConverters {
		return c.fail(start, "more than %d converters", MaxConverters)
	}
	e := element{prec: -1}
	var name string
	if strings.HasPrefix(c.rest(), "(") {
		end := strings.IndexByte(c.rest(), ')')
		if end < 0 {
			return c.fail(c.pos, "( without ), expected %%(NAME)f")
		}
		name = c.rest()[1:end]
		if strings.TrimSpace(name) == "" {
			return c.fail(c.pos, "no name between ( and )")
		}
		c.pos += end + 1
	}
	for c.pos < len(c.src) {
		f, ok := flagBytes[c.src[c.pos]]
		if !ok {
			break
		}
		if c.dir == Output && f&(flagSkip|flagDefault|flagExact|flagCompare) != 0 {
			return c.fail(c.pos, "flag %c is only for what is read, this is written", c.src[c.pos])
		}
		e.flags |= f
		c.pos++
	}
	var err error
	if e.width, err = c.number(MaxWidth, "width"); err != nil {
		return err
	}
	e.width = max(e.width, 0)
	if strings.HasPrefix(c.rest(), ".") {
		c.pos++
		if e.prec, err = c.number(MaxPrecision, "precision"); err != nil {
			return err
		}
		if e.prec < 0 {
			return c.fail(c.pos, "expected digits after the period")
		}
	}
	if c.pos >= len(c.src) || strings.IndexByte(verbs, c.src[c.pos]) < 0 {
		return c.noVerb()
	}
	e.verb = c.src[c.pos]
	verbAt := c.pos
	c.pos++
	if err := c.details(&e, verbAt); err != nil {
		return err
	}
	if name != "" && e.kind == None {
		return c.fail(start, "a checksum has no value, expected no (%s)", name)
	}
	e.source = c.src[start:c.pos]
	e.want = e.describe()
	c.elements = append(c.elements, e)
	if e.kind != None {
		c.converters = append(c.converters, Converter{
			Source: e.source, Column: start + 1, Verb: e.verb, Kind: e.kind, Name: name,
			Skip: e.has(flagSkip), Compare: e.has(flagCompare), Choices: e.choices,
		})
	}
	return nil
}

func (c *compiler) noVerb() error {
	if c.pos >= len(c.src) {
		return c.fail(c.pos, "format ends in a converter, expected one of %s, or %%%% for a percent sign", verbs)
	}
	switch b := c.src[c.pos]; b {
	case 'l', 'h':
		return c.fail(c.pos, "converters have no size here, expected %%d instead of %%%cd", b)
	case 'T':
		return c.fail(c.pos, "%%T (time stamps) is not supported")
	default:
		return c.fail(c.pos, "unknown converter %s, expected one of %s, or %%%% for a percent sign",
			Quote([]byte{b}), verbs)
	}
}

// number reads decimal digits, -1 if there are none.
func (c *compiler) number(limit int, what string) (int, error) {
	n := span(c.src, c.pos, len(c.src), isDigit)
	if n == c.pos {
		return -1, nil
	}
	v, err := strconv.Atoi(c.src[c.pos:n])
	if err != nil || v > limit {
		return 0, c.fail(c.pos, "%s %s is too large, expected at most %d", what, c.src[c.pos:n], limit)
	}
	c.pos = n
	return v, nil
}

// details checks what a converter may have and reads what follows its character.
func (c *compiler) details(e *element, at int) error {
	deny := func(f flags, names string) error {
		if e.has(f) {
			return c.fail(at, "%%%c takes none of the flags %s", e.verb, names)
		}
		return nil
	}
	if c.dir == Input && e.prec >= 0 && !e.has(flagCompare) && strings.IndexByte("diuoxXsc[", e.verb) >= 0 {
		return c.fail(at, "%%%c takes no precision when it is read", e.verb)
	}
	if e.has(flagCompare) && strings.IndexByte("[/<", e.verb) >= 0 {
		return c.fail(at, "%%%c takes no flag =", e.verb)
	}
	if e.has(flagCompare) && e.has(flagSkip) {
		return c.fail(at, "flag = has no value to compare with, * takes none")
	}
	if c.dir == Input && !e.has(flagCompare) && strings.IndexByte("bBD", e.verb) >= 0 {
		e.prec = -1 // it only says how much is printed
	}
	if e.has(flagExact) && e.width == 0 {
		return c.fail(at, "flag ! needs a width")
	}
	switch e.verb {
	case 'f', 'e', 'E', 'g', 'G':
		e.kind = Double
	case 'm':
		e.kind = Double
		return deny(flagAlt|flagZero, "# 0")
	case 'R':
		e.kind = Double
		if e.width != 0 && e.width != 4 && e.width != 8 {
			return c.fail(at, "%%R has width %d, expected 4 or 8", e.width)
		}
	case 'd', 'i', 'u', 'o', 'x', 'X', 'r':
		e.kind = Long
	case 'D':
		e.kind = Long
		if bytes := bcdBytes(e, c.dir); bytes > 10 {
			return c.fail(at, "%%D of %d bytes, expected at most 10", bytes)
		}
	case 'b', 'B':
		return c.bits(e, at)
	case 's':
		e.kind = String
		return deny(flagPlus, "+")
	case 'c':
		e.kind = Long
		if c.dir == Input {
			e.kind = String
		}
		return deny(flagPlus|flagSpace|flagZero|flagAlt, "+ blank 0 #")
	case '[':
		e.kind = String
		if c.dir == Output {
			return c.fail(at, "%%[ is only for what is read, expected %%s here")
		}
		if err := deny(flagMinus|flagPlus|flagSpace|flagZero|flagAlt, "- + blank 0 #"); err != nil {
			return err
		}
		return c.charset(e, at)
	case '{':
		e.kind = Enum
		if err := deny(flagMinus|flagPlus|flagSpace|flagZero, "- + blank 0"); err != nil {
			return err
		}
		return c.enum(e, at)
	case '/':
		e.kind = String
		if e.has(flagAlt) {
			return c.fail(at, "%%#/regex/subst/ is not supported")
		}
		if c.dir == Output {
			return c.fail(at, "%%/ is only for what is read, expected %%s here")
		}
		return c.regexp(e, at)
	case '<':
		e.kind = None
		if e.has(flagSkip | flagDefault | flagExact | flagSpace) {
			return c.fail(at, "a checksum takes only the flags # 0 - +")
		}
		return c.checksum(e, at)
	}
	return nil
}

// describe is what e wants to see, for errors.
func (e *element) describe() string {
	what := ""
	switch e.verb {
	case 'f', 'e', 'E', 'g', 'G', 'm':
		what = "a number"
	case 'd', 'i', 'u':
		what = "an integer"
	case 'o':
		what = "an octal integer"
	case 'x', 'X':
		what = "a hexadecimal integer"
	case 'b', 'B':
		what = fmt.Sprintf("bits of %s and %s", Quote([]byte{e.zero}), Quote([]byte{e.one}))
	case 'r', 'R':
		what = "raw bytes"
	case 'D':
		what = "packed decimal digits"
	case '{':
		what = "one of the choices"
	case '<':
		what = "checksum " + e.sum.name
	default:
		what = "text"
	}
	return what + " (" + e.source + ")"
}

// lookAhead tells each %s how the field it printed can be found again.
func lookAhead(elements []element) {
	tail := 0
	for i := len(elements) - 1; i >= 0; i-- {
		e := &elements[i]
		e.tail = tail
		if i+1 < len(elements) && elements[i+1].verb == literal {
			e.next = elements[i+1].text
		}
		if size := e.size(); size < 0 || tail < 0 {
			tail = -1
		} else {
			tail += size
		}
	}
}

// size is the number of bytes e prints in an Output format, -1 if it depends on
// the value.
func (e *element) size() int {
	switch e.verb {
	case literal:
		return len(e.text)
	case anyByte:
		return 0
	case anySpace:
		return 1
	case 'r':
		return rawBytes(e, Output)
	case 'R':
		return floatBytes(e)
	case 'D':
		return bcdBytes(e, Output)
	case '<':
		return e.sum.size(e.flags)
	default:
		return -1
	}
}
