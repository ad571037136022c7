package format

import (
	"fmt"
	"strconv"
)

const hexDigits = "0123456789ABCDEF"

// escape reads the escape sequence at the start of s, which begins with a
// backslash, and returns its byte and its length. \? and \_ are left to the
// caller: here they are the bytes ? and _.
func escape(s string) (b byte, n int, err error) {
	if len(s) < 2 {
		return 0, 0, fmt.Errorf(`nothing after \, expected an escape such as \r, \x0D or \\`)
	}
	switch c := s[1]; {
	case c == 'a':
		return '\a', 2, nil
	case c == 'b':
		return '\b', 2, nil
	case c == 't':
		return '\t', 2, nil
	case c == 'n':
		return '\n', 2, nil
	case c == 'r':
		return '\r', 2, nil
	case c == 'e':
		return 0x1b, 2, nil
	case c == 'x':
		n = span(s, 2, 4, isHex)
		if n == 2 {
			return 0, 0, fmt.Errorf(`no hexadecimal digit after \x`)
		}
		v, _ := strconv.ParseUint(s[2:n], 16, 8)
		return byte(v), n, nil
	case c == '0':
		n = span(s, 1, 5, func(c byte) bool { return c >= '0' && c <= '7' })
		return number(s[:n], s[1:n], 8)
	case isDigit(c):
		n = span(s, 1, 4, isDigit)
		return number(s[:n], s[1:n], 10)
	default:
		return c, 2, nil
	}
}

func number(sequence, digits string, base int) (byte, int, error) {
	v, err := strconv.ParseUint(digits, base, 8)
	if err != nil {
		return 0, 0, fmt.Errorf("%s is more than a byte (255)", sequence)
	}
	return byte(v), len(sequence), nil
}

// span is the end of the run of bytes of a class in s[from:to].
func span(s string, from, to int, class func(byte) bool) int {
	i := from
	for i < min(to, len(s)) && class(s[i]) {
		i++
	}
	return i
}

// Unescape is the bytes that a text with escapes means, for terminators and
// separators such as `\r\n`. There are no converters in it and % is itself;
// \? and \_, which are no bytes, are errors.
func Unescape(s string) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			out = append(out, s[i])
			i++
			continue
		}
		if i+1 < len(s) && (s[i+1] == '?' || s[i+1] == '_') {
			return nil, &SyntaxError{Format: s, Column: i + 1, Reason: s[i:i+2] + " stands for input, not for a byte"}
		}
		b, n, err := escape(s[i:])
		if err != nil {
			return nil, &SyntaxError{Format: s, Column: i + 1, Reason: err.Error()}
		}
		out = append(out, b)
		i += n
	}
	return out, nil
}

// Quote is b for logs and messages: in double quotes, what is not printable
// ASCII as an escape that [Unescape] understands.
func Quote(b []byte) string {
	dst := []byte{'"'}
	for _, c := range b {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ' && c < 0x7f:
			dst = append(dst, c)
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == 0x1b:
			dst = append(dst, '\\', 'e')
		default:
			dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return string(append(dst, '"'))
}

// isSpace is C's isspace in the C locale.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { _, ok := hexValue(c); return ok }

func hexValue(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	default:
		return 0, false
	}
}
