package format

import "math/bits"

// bits reads the two characters of %B.
func (c *compiler) bits(e *element, at int) error {
	e.kind = Long
	if e.prec > 64 {
		return c.fail(at, "%d bits, expected at most 64", e.prec)
	}
	if e.verb == 'b' {
		e.zero, e.one = '0', '1'
		return nil
	}
	for _, p := range []*byte{&e.zero, &e.one} {
		if c.pos >= len(c.src) {
			return c.fail(at, "%%B ends, expected the characters for zero and one: %%B01")
		}
		b, err := c.setByte()
		if err != nil {
			return err
		}
		*p = b
	}
	if e.zero == e.one {
		return c.fail(at, "%%B has the same character for zero and one")
	}
	return nil
}

// appendBits prints v most significant bit first, with # least first. Precision
// is the number of bits; without it there are as many as v has, and in an Input
// format at least as many as the width.
func appendBits(dst []byte, e *element, v uint64, d Direction) ([]byte, error) {
	n, width := e.prec, e.width
	if n < 0 {
		n = max(1, bits.Len64(v))
	}
	if d == Input {
		if width > 0 && n > width {
			return dst, errTooWide
		}
		n, width = max(n, min(width, 64)), 0
	}
	pad := max(0, width-n)
	left, right := byte(' '), byte(' ')
	if e.has(flagZero) {
		if e.has(flagAlt) {
			right = e.zero
		} else {
			left = e.zero
		}
	}
	if !e.has(flagMinus) {
		dst = appendRepeat(dst, left, pad)
	}
	for i := range n {
		shift := n - 1 - i
		if e.has(flagAlt) {
			shift = i
		}
		if v>>shift&1 != 0 {
			dst = append(dst, e.one)
		} else {
			dst = append(dst, e.zero)
		}
	}
	if e.has(flagMinus) {
		dst = appendRepeat(dst, right, pad)
	}
	return dst, nil
}

func scanBits(src []byte, e *element, d Direction) (v uint64, n int, err error) {
	if !isSpace(e.zero) && !isSpace(e.one) {
		n = skipSpace(src, 0)
	}
	if n >= len(src) {
		return 0, n, ErrShort
	}
	limit := 64
	if d == Input && e.width > 0 {
		limit = min(limit, e.width)
	}
	start := n
	for n < len(src) && n-start < limit && (src[n] == e.zero || src[n] == e.one) {
		bit := uint64(0)
		if src[n] == e.one {
			bit = 1
		}
		if e.has(flagAlt) {
			v |= bit << (n - start)
		} else {
			v = v<<1 | bit
		}
		n++
	}
	if n == start {
		return 0, n, ErrMismatch
	}
	if d == Output && e.has(flagMinus) {
		for n < len(src) && n < e.width && (src[n] == ' ' || src[n] == e.zero) {
			n++
		}
	}
	return v, n, nil
}
