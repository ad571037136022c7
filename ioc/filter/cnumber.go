package filter

import (
	"math"
	"strconv"
	"strings"
)

// cSpace is what C's isspace takes for white space.
const cSpace = " \t\n\v\f\r"

// cInteger reads the integer at the front of s as C's strtol does with base 0: white
// space, a sign, 0x for hexadecimal, 0 for octal. It returns how many bytes it has
// taken, 0 if there is no integer; one that is too large is the largest there is.
func cInteger(s string) (x int64, n int) {
	rest := strings.TrimLeft(s, cSpace)
	sign := ""
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		sign, rest = rest[:1], rest[1:]
	}
	base, good := 10, isDigit
	switch {
	case len(rest) > 2 && rest[0] == '0' && rest[1]|0x20 == 'x' && isHex(rest[2]):
		base, good, rest = 16, isHex, rest[2:]
	case rest != "" && rest[0] == '0':
		base, good = 8, func(c byte) bool { return c >= '0' && c <= '7' }
	}
	digits := span(rest, good)
	if digits == 0 {
		return 0, 0
	}
	x, _ = strconv.ParseInt(sign+rest[:digits], base, 64) // out of range: the nearest
	return x, len(s) - len(rest) + digits
}

// cNumber reads the number at the front of s as C's strtod does; ok is false if there
// is none, or none that a float64 can hold.
func cNumber(s string) (x float64, ok bool) {
	s = strings.TrimLeft(s, cSpace)
	n := 0
	if s != "" && (s[0] == '+' || s[0] == '-') {
		n = 1
	}
	switch lower := strings.ToLower(s[n:min(len(s), n+3)]); lower {
	case "nan":
		return math.NaN(), true
	case "inf":
		if s[0] == '-' {
			return math.Inf(-1), true
		}
		return math.Inf(1), true
	}
	digits, power, mark := isDigit, "", byte('e')
	body := s[n:]
	if len(body) > 2 && body[0] == '0' && body[1]|0x20 == 'x' && (isHex(body[2]) || body[2] == '.') {
		digits, power, mark = isHex, "p0", 'p'
		n += 2
	}
	whole := span(s[n:], digits)
	end, fraction := n+whole, 0
	if end < len(s) && s[end] == '.' {
		fraction = span(s[end+1:], digits)
		end += 1 + fraction
	}
	if whole+fraction == 0 {
		return 0, mark == 'p' // "0x" without digits is 0
	}
	if e := end; e < len(s) && s[e]|0x20 == mark {
		if e++; e < len(s) && (s[e] == '+' || s[e] == '-') {
			e++
		}
		if k := span(s[e:], isDigit); k > 0 {
			end, power = e+k, ""
		}
	}
	x, err := strconv.ParseFloat(s[:end]+power, 64)
	small := math.Abs(x) < 0x1p-1022 && strings.ContainsFunc(s[n:n+whole+fraction], func(r rune) bool { return r > '0' })
	return x, err == nil && !small
}
