package filter

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tokenKind is what a [token] is: a punctuation mark is itself.
type tokenKind byte

const (
	tokEnd     tokenKind = 0
	tokWord    tokenKind = 'w' // a key without quotes
	tokText    tokenKind = '"'
	tokInteger tokenKind = 'i'
	tokNumber  tokenKind = 'f'
	tokBool    tokenKind = 'b'
	tokNull    tokenKind = 'n'
)

// token is the smallest part of a JSON5 text.
type token struct {
	kind    tokenKind
	at      int
	text    string // of a word or text
	integer int64  // of an integer; 0 or 1 of a bool
	number  float64
}

// lexer takes a JSON5 text apart as EPICS base does: strings are checked to be UTF-8,
// words are ASCII.
type lexer struct {
	text string
	pos  int
}

func (l *lexer) fault(at int, reason string) *Error {
	return &Error{Text: l.text, Offset: at, Reason: reason}
}

// space skips white space and comments. A comment without end is an error but behind
// the text, where tail is set.
func (l *lexer) space(tail bool) error {
	for l.pos < len(l.text) {
		switch rest := l.text[l.pos:]; {
		case strings.IndexByte(" \t\n\v\f\r", rest[0]) >= 0:
			l.pos++
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest) - 1
			}
			l.pos += end + 1
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			switch {
			case end >= 0:
				l.pos += end + 4
			case tail:
				l.pos = len(l.text)
			default:
				return l.fault(l.pos, "a comment without end")
			}
		default:
			return nil
		}
	}
	return nil
}

// next is the next token; at the end of the text it is of kind tokEnd.
func (l *lexer) next() (token, error) {
	if err := l.space(false); err != nil {
		return token{}, err
	}
	t := token{at: l.pos}
	if l.pos == len(l.text) {
		return t, nil
	}
	switch c := l.text[l.pos]; {
	case strings.IndexByte("{}:,", c) >= 0:
		l.pos++
		t.kind = tokenKind(c)
		return t, nil
	case c == '"' || c == '\'':
		return l.quoted(t, c)
	case isDigit(c) || c == '.' || c == '+' || c == '-':
		return l.numeral(t)
	case isLetter(c):
		return l.word(t), nil
	}
	return t, l.fault(l.pos, "no JSON5")
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isLetter reports whether a word may begin with c.
func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$'
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// span is how many bytes at the front of s are good.
func span(s string, good func(byte) bool) int {
	for i := range len(s) {
		if !good(s[i]) {
			return i
		}
	}
	return len(s)
}

func (l *lexer) word(t token) token {
	rest := l.text[l.pos:]
	t.text = rest[:span(rest, func(c byte) bool { return isLetter(c) || isDigit(c) })]
	l.pos += len(t.text)
	switch t.kind = tokWord; t.text {
	case "true":
		t.kind, t.integer = tokBool, 1
	case "false":
		t.kind = tokBool
	case "null":
		t.kind = tokNull
	case "Infinity":
		t.kind, t.number = tokNumber, math.Inf(1)
	case "NaN":
		t.kind, t.number = tokNumber, math.NaN()
	}
	return t
}

// numeral reads an integer, of 64 bits, or a number with a point or an exponent. What
// would be octal in C is none: 0 stands alone.
func (l *lexer) numeral(t token) (token, error) {
	s := l.text[l.pos:]
	n := 0
	if s[0] == '+' || s[0] == '-' {
		n = 1
	}
	sign, body := s[:n], s[n:]
	if strings.HasPrefix(body, "Infinity") && span(body, isLetter) == len("Infinity") {
		l.pos += n + len("Infinity")
		t.kind, t.number = tokNumber, math.Inf(1)
		if sign == "-" {
			t.number = math.Inf(-1)
		}
		return t, nil
	}
	if len(body) > 1 && body[0] == '0' && body[1]|0x20 == 'x' {
		digits := span(body[2:], isHex)
		return l.integer(t, sign, body[2:2+digits], 16, n+2+digits)
	}
	whole := span(body, isDigit)
	if whole > 1 && body[0] == '0' {
		whole = 1
	}
	end, fraction := whole, 0
	if end < len(body) && body[end] == '.' {
		fraction = span(body[end+1:], isDigit)
		end += 1 + fraction
	}
	if whole+fraction == 0 {
		return t, l.fault(t.at, "a number without digits")
	}
	if end < len(body) && body[end]|0x20 == 'e' {
		end++
		if end < len(body) && (body[end] == '+' || body[end] == '-') {
			end++
		}
		digits := span(body[end:], isDigit)
		if digits == 0 {
			return t, l.fault(t.at, "an exponent without digits")
		}
		end += digits
	}
	if end == whole {
		return l.integer(t, sign, body[:whole], 10, n+whole)
	}
	x, err := strconv.ParseFloat(s[:n+end], 64)
	if err != nil {
		return t, l.fault(t.at, "a number that is too large")
	}
	l.pos += n + end
	t.kind, t.number = tokNumber, x
	return t, nil
}

func (l *lexer) integer(t token, sign, digits string, base, size int) (token, error) {
	x, err := strconv.ParseInt(sign+digits, base, 64)
	if err != nil {
		return t, l.fault(t.at, "no integer of 64 bits")
	}
	l.pos += size
	t.kind, t.integer = tokInteger, x
	return t, nil
}

// quoted reads a string; l is at its quote.
func (l *lexer) quoted(t token, quote byte) (token, error) {
	t.kind = tokText
	var b []byte
	for i := l.pos + 1; i < len(l.text); {
		switch c := l.text[i]; {
		case c == quote:
			l.pos = i + 1
			t.text = string(b)
			return t, nil
		case c == '\\':
			var err error
			if b, i, err = l.escape(b, i+1); err != nil {
				return t, err
			}
		case c < ' ':
			return t, l.fault(i, "a control character in a string")
		default:
			r, n := utf8.DecodeRuneInString(l.text[i:])
			if r == utf8.RuneError && n == 1 {
				return t, l.fault(i, "a string that is no UTF-8")
			}
			b = append(b, l.text[i:i+n]...)
			i += n
		}
	}
	return t, l.fault(t.at, "a string without end")
}

// escapes are the characters that stand for others behind a backslash.
var escapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '0': 0}

// escape appends what the escape at i, behind its backslash, stands for, and returns
// where it ends. A character without a meaning of its own stands for itself, the end
// of a line for nothing.
func (l *lexer) escape(b []byte, i int) ([]byte, int, error) {
	if i == len(l.text) {
		return b, i, l.fault(i, "a string without end")
	}
	c := l.text[i]
	if e, ok := escapes[c]; ok {
		return append(b, e), i + 1, nil
	}
	switch {
	case c == '\r' && strings.HasPrefix(l.text[i:], "\r\n"):
		return b, i + 2, nil
	case c == '\n' || c == '\r':
		return b, i + 1, nil
	case c == 'x':
		x, err := l.hex(i+1, 2)
		return utf8.AppendRune(b, rune(x)), i + 3, err
	case c == 'u':
		x, err := l.hex(i+1, 4)
		if i += 5; err == nil && x>>10 == 0xD800>>10 && strings.HasPrefix(l.text[i:], `\u`) {
			if low, err := l.hex(i+2, 4); err == nil && low>>10 == 0xDC00>>10 {
				return utf8.AppendRune(b, rune(0x10000+(x&0x3FF)<<10|low&0x3FF)), i + 6, nil
			}
		}
		return utf8.AppendRune(b, rune(x)), i, err
	case isDigit(c) || c >= utf8.RuneSelf:
		return b, i, l.fault(i, "an unknown escape")
	}
	return append(b, c), i + 1, nil
}

func (l *lexer) hex(at, digits int) (uint32, error) {
	s := l.text[min(at, len(l.text)):]
	if len(s) < digits || span(s[:digits], isHex) < digits {
		return 0, l.fault(at, "an escape without its hexadecimal digits")
	}
	x, _ := strconv.ParseUint(s[:digits], 16, 32) // nothing but digits
	return uint32(x), nil
}
