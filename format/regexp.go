package format

import (
	"errors"
	"regexp"
	"strings"
)

// pattern is the regular expression of a %/regex/.
type pattern struct {
	re    *regexp.Regexp
	group int
}

// regexp reads regex/; the slash is written \/ in it.
func (c *compiler) regexp(e *element, at int) error {
	start := c.pos
	var text strings.Builder
	for {
		if c.pos >= len(c.src) {
			return c.fail(at, "/ without a second /, expected %%/regex/")
		}
		b := c.src[c.pos]
		c.pos++
		if b == '/' {
			break
		}
		if b == '\\' && c.pos < len(c.src) {
			switch next := c.src[c.pos]; next {
			case '/':
				text.WriteByte('/')
			case 'e':
				text.WriteString(`\x1b`)
			default:
				text.WriteByte('\\')
				text.WriteByte(next)
			}
			c.pos++
			continue
		}
		text.WriteByte(b)
	}
	if text.Len() > MaxRegexp {
		return c.fail(start, "regular expression of %d bytes, expected at most %d", text.Len(), MaxRegexp)
	}
	re, err := regexp.Compile(text.String())
	if err != nil {
		return c.fail(start, "%v", err)
	}
	e.re = &pattern{re: re, group: max(e.prec, 0)}
	if e.re.group > re.NumSubexp() {
		return c.fail(start, "no sub-expression %d, the regular expression has %d", e.re.group, re.NumSubexp())
	}
	return nil
}

// appendRegexp prints text if the expression, scanning it, would yield it again.
func appendRegexp(dst []byte, e *element, text string) ([]byte, error) {
	m := e.re.re.FindStringSubmatchIndex(text)
	g := 2 * e.re.group
	if m == nil || m[1] != len(text) || m[g] != 0 || m[g+1] != len(text) {
		return dst, errors.New("the regular expression does not match it as a whole")
	}
	return append(dst, text...), nil
}

// scanRegexp finds the first match in src, skipping what is before it.
func scanRegexp(src []byte, e *element) (text []byte, n int, err error) {
	if e.width > 0 {
		src = src[:min(e.width, len(src))]
	}
	m := e.re.re.FindSubmatchIndex(src)
	g := 2 * e.re.group
	if m == nil || m[g] < 0 {
		return nil, 0, ErrMismatch
	}
	return src[m[g]:m[g+1]], m[1], nil
}
