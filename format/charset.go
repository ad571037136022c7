package format

import "fmt"

// charset is a set of bytes.
type charset [4]uint64

func (s *charset) add(lo, hi byte) {
	for b := int(lo); b <= int(hi); b++ {
		s[b>>6] |= 1 << (b & 63)
	}
}

func (s *charset) has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }

// charset reads a-z_] as scanf does: ^ first negates, ] first and - last are
// themselves.
func (c *compiler) charset(e *element, at int) error {
	set := new(charset)
	e.set = set
	negate := false
	if c.pos < len(c.src) && c.src[c.pos] == '^' {
		negate = true
		c.pos++
	}
	for first := true; ; first = false {
		if c.pos >= len(c.src) {
			return c.fail(at, "[ without ], expected %%[a-z]")
		}
		if c.src[c.pos] == ']' && !first {
			c.pos++
			break
		}
		lo, err := c.setByte()
		if err != nil {
			return err
		}
		hi := lo
		if s := c.rest(); len(s) >= 2 && s[0] == '-' && s[1] != ']' {
			c.pos++
			if hi, err = c.setByte(); err != nil {
				return err
			}
		}
		set.add(min(lo, hi), max(lo, hi))
	}
	if negate {
		for i := range set {
			set[i] = ^set[i]
		}
	}
	set[0] &^= 1 // text ends at a zero byte
	return nil
}

func (c *compiler) setByte() (byte, error) {
	if c.src[c.pos] != '\\' {
		c.pos++
		return c.src[c.pos-1], nil
	}
	b, n, err := escape(c.rest())
	if err != nil {
		return 0, c.fail(c.pos, "%v", err)
	}
	c.pos += n
	return b, nil
}

// sample is a byte of the set that can be printed, if there is one.
func (s *charset) sample() (byte, bool) {
	for _, r := range [...][2]int{{'0', '~'}, {' ', '/'}, {1, 255}} {
		for b := r[0]; b <= r[1]; b++ {
			if s.has(byte(b)) {
				return byte(b), true
			}
		}
	}
	return 0, false
}

func appendSet(dst []byte, e *element, text string) ([]byte, error) {
	for i := range len(text) {
		if !e.set.has(text[i]) {
			return dst, fmt.Errorf("byte %s is not in the set", Quote([]byte{text[i]}))
		}
	}
	return append(dst, text...), nil
}

func scanSet(src []byte, e *element) int {
	n := 0
	for n < len(src) && (e.width == 0 || n < e.width) && e.set.has(src[n]) {
		n++
	}
	return n
}
