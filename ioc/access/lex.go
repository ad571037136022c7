package access

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// token is a word, a quoted text, a number or a sign.
type token struct {
	kind  tokenKind
	text  string
	at    int // in the source's text
	depth int // of braces around it
}

type tokenKind uint8

const (
	endOfFile tokenKind = iota
	sign                // one of ( ) { } ,
	word                // a bare word that means nothing, or a quoted text
	keyword             // UAG, HAG, ASG, RULE, CALC, INPA to INPU
	integer
	float
)

// is reports whether t is the sign or keyword text.
func (t *token) is(text string) bool {
	return (t.kind == sign || t.kind == keyword) && t.text == text
}

// String is the token for messages.
func (t *token) String() string {
	switch {
	case t.kind == endOfFile:
		return "the end of the file"
	case len(t.text) > 60:
		return strconv.Quote(t.text[:60] + "…")
	}
	return strconv.Quote(t.text)
}

// Numbers are told from words by their whole form (base: asLib_lex.l).
var (
	integerForm = regexp.MustCompile(`^[-+]?[0-9]+$`)
	floatForm   = regexp.MustCompile(`^[-+]?[0-9]*\.[0-9]+([eE][-+]?[0-9]+)?$`)
)

// inputIndex is the index of INPA to INPU, -1 for other words.
func inputIndex(word string) int {
	if len(word) == 4 && strings.HasPrefix(word, "INP") && word[3] >= 'A' && word[3] <= 'U' {
		return int(word[3] - 'A')
	}
	return -1
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_-+:.[]<>;", c) >= 0
}

// tokens splits the text; what is no token is reported and passed over.
func (s *source) tokens() []token {
	var list []token
	depth := 0
	for i := 0; i < len(s.text) && len(*s.problems) < maxProblems; {
		c := s.text[i]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			i++
		case c == '#':
			for i < len(s.text) && s.text[i] != '\n' {
				i++
			}
		case strings.IndexByte("(){},", c) >= 0:
			if c == '}' {
				depth = max(depth-1, 0)
			}
			list = append(list, token{sign, string(c), i, depth})
			if c == '{' {
				depth++
			}
			i++
		case c == '"':
			n := s.quoted(i)
			if n == 0 {
				s.problems.add(Problem{Pos: s.pos(i), What: "a quoted text does not end in its line", Expected: `"`})
				for i < len(s.text) && s.text[i] != '\n' {
					i++
				}
				continue
			}
			list = append(list, token{word, string(s.text[i+1 : i+n-1]), i, depth})
			i += n
		case isWordByte(c):
			n := 1
			for i+n < len(s.text) && isWordByte(s.text[i+n]) {
				n++
			}
			text := string(s.text[i : i+n])
			list = append(list, token{kindOfWord(text), text, i, depth})
			i += n
		default:
			what := fmt.Sprintf("character %q", rune(c))
			if c < ' ' || c > '~' {
				what = fmt.Sprintf("character 0x%02x", c)
			}
			s.problems.add(Problem{Pos: s.pos(i), What: what, Expected: "quotes around it"})
			i++
		}
	}
	return append(list, token{kind: endOfFile, at: len(s.text)})
}

// quoted is the length of the quoted text at i, 0 if it does not end in its line. A
// backslash keeps a quote from ending it, and stays in the text as in base.
func (s *source) quoted(i int) int {
	for n := 1; i+n < len(s.text) && s.text[i+n] != '\n'; n++ {
		switch s.text[i+n] {
		case '"':
			return n + 1
		case '\\':
			n++
		}
	}
	return 0
}

func kindOfWord(text string) tokenKind {
	switch text {
	case "UAG", "HAG", "ASG", "RULE", "CALC":
		return keyword
	}
	switch {
	case inputIndex(text) >= 0:
		return keyword
	case integerForm.MatchString(text):
		return integer
	case floatForm.MatchString(text):
		return float
	}
	return word
}
