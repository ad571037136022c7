package format

import (
	"fmt"
	"strconv"
	"strings"
)

// enum reads a|b|c} with the flags' =value and =?.
func (c *compiler) enum(e *element, at int) error {
	next := int64(0)
	var text []byte
	choice := EnumChoice{}
	done := func() {
		choice.Text = string(text)
		e.choices = append(e.choices, choice)
		next = choice.Value + 1
		text, choice = text[:0], EnumChoice{Value: next}
	}
	for c.pos < len(c.src) {
		switch b := c.src[c.pos]; {
		case b == '}':
			done()
			c.pos++
			return nil
		case b == '|':
			if choice.Default {
				return c.fail(c.pos, "the default =? must be the last choice")
			}
			done()
			c.pos++
		case b == '=' && e.has(flagAlt):
			if err := c.enumValue(&choice); err != nil {
				return err
			}
		case b == '\\':
			if s := c.rest(); strings.HasPrefix(s, `\?`) || strings.HasPrefix(s, `\_`) {
				return c.fail(c.pos, `%s is not possible in a choice, expected its byte as \x..`, s[:2])
			}
			v, n, err := escape(c.rest())
			if err != nil {
				return c.fail(c.pos, "%v", err)
			}
			text = append(text, v)
			c.pos += n
		default:
			text = append(text, b)
			c.pos++
		}
	}
	return c.fail(at, "{ without }, expected %%{a|b|c}")
}

// enumValue reads =number or =? at the end of a choice.
func (c *compiler) enumValue(choice *EnumChoice) error {
	at := c.pos
	s := c.rest()[1:]
	end := strings.IndexAny(s, "|}")
	if end < 0 {
		end = len(s)
	}
	c.pos += 1 + end
	if s[:end] == "?" {
		if c.dir == Input {
			return c.fail(at, "the default =? is only for what is written, this is read")
		}
		choice.Default = true
		return nil
	}
	v, err := strconv.ParseInt(s[:end], 0, 64)
	if err != nil {
		return c.fail(at, "=%s, expected an integer or ? after = (\\= is an equals sign)", s[:end])
	}
	choice.Value = v
	return nil
}

func appendEnum(dst []byte, e *element, v int64) ([]byte, error) {
	for i := range e.choices {
		if c := &e.choices[i]; c.Value == v || c.Default {
			return append(dst, c.Text...), nil
		}
	}
	return dst, fmt.Errorf("no choice has this number")
}

// scanEnum takes the first choice that src begins with, as StreamDevice does.
func scanEnum(src []byte, e *element) (v int64, n int, err error) {
	short := false
	for i := range e.choices {
		c := &e.choices[i]
		if len(src) >= len(c.Text) && string(src[:len(c.Text)]) == c.Text {
			return c.Value, len(c.Text), nil
		}
		short = short || strings.HasPrefix(c.Text, string(src))
	}
	if short {
		return 0, len(src), ErrShort
	}
	return 0, 0, ErrMismatch
}
