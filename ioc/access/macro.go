package access

import (
	"fmt"
	"sort"
	"strings"
)

// Limits of macros: of their nesting and of the text that they make.
const (
	maxMacroDepth = 20
	maxText       = 4 << 20
)

// source is a file with its macros replaced, and where each byte of it comes from.
type source struct {
	file     string
	original string
	lines    []int // for each line of original, where it begins
	text     []byte
	from     []int32 // for each byte of text, its or its macro's offset in original
	problems *Problems
}

func newSource(file, original string, problems *Problems) *source {
	s := &source{file: file, original: original, lines: []int{0}, problems: problems}
	for i := range len(original) {
		if original[i] == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// pos is the place in the file of the byte at text[i].
func (s *source) pos(i int) Pos {
	if i < len(s.from) {
		return s.at(int(s.from[i]))
	}
	return s.at(len(s.original))
}

// at is the place in the file of the byte at original[offset].
func (s *source) at(offset int) Pos {
	line := sort.SearchInts(s.lines, offset+1)
	return Pos{s.file, line, offset - s.lines[line-1] + 1}
}

// expand replaces $(X), ${X} and $(X=default) in the file, but for comments. What
// stands behind a backslash is left as it is.
func (s *source) expand(macros map[string]string) {
	text := s.original
	quoted := false
	for i := 0; i < len(text) && len(s.text) < maxText; {
		c := text[i]
		switch {
		case c == '#' && !quoted:
			n := strings.IndexByte(text[i:], '\n')
			if n < 0 {
				n = len(text) - i
			}
			s.add(text[i:i+n], i, true)
			i += n
			continue
		case c == '"':
			quoted = !quoted
		case c == '\n':
			quoted = false // the reader of tokens says so
		case c == '\\' && i+1 < len(text) && text[i+1] != '\n':
			s.add(text[i:i+2], i, true)
			i += 2
			continue
		case c == '$' && i+1 < len(text) && (text[i+1] == '(' || text[i+1] == '{'):
			m := macro{values: macros}
			value, n := m.reference(text[i:])
			if m.wrong != "" {
				s.problems.add(Problem{Pos: s.at(i), What: m.wrong})
				value = "_" // a word, so that what follows is read as it was meant
			}
			s.add(value, i, false)
			i += n
			continue
		}
		s.add(text[i:i+1], i, true)
		i++
	}
	if len(s.text) >= maxText {
		s.problems.add(Problem{Pos: Pos{File: s.file}, What: fmt.Sprintf("with its macros replaced the file is larger than %d MiB", maxText>>20)})
	}
}

// add appends text that stands at offset, or is the value of a macro there.
func (s *source) add(text string, offset int, literal bool) {
	s.text = append(s.text, text...)
	for i := range len(text) {
		at := offset
		if literal {
			at += i
		}
		s.from = append(s.from, int32(at))
	}
}

// macro replaces one reference and what it leads to.
type macro struct {
	values map[string]string
	depth  int
	size   int
	wrong  string // why it has no value
}

// reference is the value of the reference that text begins with, and its length.
func (m *macro) reference(text string) (value string, n int) {
	end := closing(text)
	if end < 0 {
		m.fail("the macro does not end in its line")
		if n = strings.IndexByte(text, '\n'); n < 0 {
			n = len(text)
		}
		return "", n
	}
	name, otherwise, hasDefault := cutDefault(text[2:end])
	name = m.expand(name)
	v, ok := m.values[name]
	switch {
	case m.wrong != "":
	case ok:
		value = m.expand(v)
	case hasDefault:
		value = m.expand(otherwise)
	default:
		m.fail(fmt.Sprintf("macro %q has no value", name))
	}
	return value, end + 1
}

// expand replaces the references in a value, or in the name of a macro.
func (m *macro) expand(text string) string {
	m.depth++
	defer func() { m.depth-- }()
	if m.depth > maxMacroDepth {
		m.fail("the macro is defined by itself")
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(text) && m.wrong == ""; {
		if text[i] == '$' && i+1 < len(text) && (text[i+1] == '(' || text[i+1] == '{') {
			value, n := m.reference(text[i:])
			b.WriteString(value)
			i += n
		} else {
			b.WriteByte(text[i])
			i++
			m.size++
		}
		if m.size > maxText {
			m.fail("the macro's value is too long")
		}
	}
	return b.String()
}

func (m *macro) fail(what string) {
	if m.wrong == "" {
		m.wrong = what
	}
}

// closing is where the reference that text begins with ends in its line, -1 if it
// does not.
func closing(text string) int {
	var open []byte
	for i := 0; i < len(text) && text[i] != '\n'; i++ {
		switch c := text[i]; {
		case c == '$' && i+1 < len(text) && text[i+1] == '(':
			open = append(open, ')')
			i++
		case c == '$' && i+1 < len(text) && text[i+1] == '{':
			open = append(open, '}')
			i++
		case c == open[len(open)-1]:
			if open = open[:len(open)-1]; len(open) == 0 {
				return i
			}
		}
	}
	return -1
}

// cutDefault cuts what is inside of a reference at the = that is not inside of
// another.
func cutDefault(text string) (name, otherwise string, ok bool) {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '=':
			return text[:i], text[i+1:], true
		case text[i] == '$' && i+1 < len(text) && (text[i+1] == '(' || text[i+1] == '{'):
			if n := closing(text[i:]); n > 0 {
				i += n
			}
		}
	}
	return text, "", false
}
