package format

import "errors"

// bcdDigits is the number of decimal digits a %D prints: the precision, else 16
// in output (what StreamDevice has on 64-bit machines) and all that fit in input.
func bcdDigits(e *element, d Direction) int {
	switch {
	case e.prec >= 0:
		return e.prec
	case d == Output:
		return 16
	case e.has(flagPlus):
		return 2*max(e.width, 1) - 1
	default:
		return 2 * max(e.width, 1)
	}
}

// bcdBytes is the number of bytes of a %D: two digits each, with + a half byte
// more for the sign; in output at least, in input exactly its width.
func bcdBytes(e *element, d Direction) int {
	if d == Input {
		return max(e.width, 1)
	}
	n := bcdDigits(e, d)
	if e.has(flagPlus) {
		n++
	}
	return max((n+1)/2, e.width)
}

func appendBCD(dst []byte, e *element, v int64, d Direction) ([]byte, error) {
	mag := uint64(v)
	if v < 0 {
		if !e.has(flagPlus) {
			return dst, errors.New("negative, and the converter has no flag + for a sign")
		}
		mag = -mag
	}
	start, size := len(dst), bcdBytes(e, d)
	digits := bcdDigits(e, d)
	dst = appendRepeat(dst, 0, size)
	for i := 0; i < digits && mag > 0 && i < 2*size; i++ {
		at := start + i/2
		if !e.has(flagAlt) {
			at = start + size - 1 - i/2
		}
		dst[at] |= byte(mag%10) << (4 * (i & 1))
		mag /= 10
	}
	if mag > 0 {
		return dst[:start], errors.New("more digits than the converter has")
	}
	if v < 0 {
		sign := start
		if e.has(flagAlt) {
			sign = start + size - 1
		}
		dst[sign] |= 0xf0
	}
	return dst, nil
}

// scanBCD reads up to the first byte that is not two decimal digits; at least
// one byte must be.
func scanBCD(src []byte, e *element, d Direction) (v int64, n int, err error) {
	size := bcdBytes(e, d)
	if len(src) < size {
		return 0, len(src), ErrShort
	}
	negative := false
	scale := uint64(1)
	mag := uint64(0)
	for n < size {
		lo, hi := src[n]&15, src[n]>>4
		signByte := 0
		if e.has(flagAlt) {
			signByte = size - 1
		}
		if e.has(flagPlus) && n == signByte && hi > 7 {
			negative, hi = true, 0
		}
		if lo > 9 || hi > 9 {
			break
		}
		pair := uint64(hi)*10 + uint64(lo)
		limit := uint64(1<<63 - 1)
		if negative {
			limit++
		}
		if e.has(flagAlt) {
			if n == 9 && pair > 9 || pair*scale > limit-mag {
				return 0, n, ErrMismatch
			}
			mag += pair * scale
			scale *= 100
		} else {
			if mag > (limit-pair)/100 {
				return 0, n, ErrMismatch
			}
			mag = mag*100 + pair
		}
		n++
	}
	if n == 0 {
		return 0, n, ErrMismatch
	}
	if negative {
		return -int64(mag), n, nil
	}
	return int64(mag), n, nil
}
