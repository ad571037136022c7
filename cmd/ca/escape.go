package main

import (
	"fmt"
	"strconv"
)

// escapes are the characters with a name of their own in C, and their letters.
const (
	escaped = "\a\b\f\n\r\t\v\\'\""
	letters = `abfnrtv\'"`
)

// appendEscaped writes s so that it stays on one line and is pure ASCII, as
// base's tools do: \n, \", \xC2 … [unescape] turns it back.
func appendEscaped(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		switch letter := letterOf(c); {
		case letter != 0:
			dst = append(dst, '\\', letter)
		case c == 0:
			dst = append(dst, '\\', '0')
		case c < ' ' || c > '~':
			dst = fmt.Appendf(dst, `\x%02x`, c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func letterOf(c byte) byte {
	for i := range len(escaped) {
		if escaped[i] == c {
			return letters[i]
		}
	}
	return 0
}

// unescape reads C's escapes in s: \n …, \0, and \x with one or two hexadecimal
// digits. A backslash before anything else stands for that character; a lone
// one at the end for nothing.
func unescape(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		i++
		if i == len(s) {
			break
		}
		n := 0
		if s[i] == 'x' {
			for n < 2 && i+1+n < len(s) && isHex(s[i+1+n]) {
				n++
			}
		}
		if n == 0 {
			b = append(b, named(s[i]))
			continue
		}
		code, _ := strconv.ParseUint(s[i+1:i+1+n], 16, 8) // one or two valid digits
		b = append(b, byte(code))
		i += n
	}
	return string(b)
}

func named(letter byte) byte {
	if letter == '0' {
		return 0
	}
	for i := range len(letters) {
		if letters[i] == letter {
			return escaped[i]
		}
	}
	return letter
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
