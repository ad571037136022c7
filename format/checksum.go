package format

import (
	"hash/adler32"
	"math/bits"
	"strings"
)

// checksum is one of StreamDevice's checksum functions (ChecksumConverter.cc).
type checksum struct {
	name  string
	bytes int
	f     func([]byte) uint32
}

// checksums holds the functions by lower-case name. The sums are found with the
// prefixes neg, n, - and not, ~ too.
var checksums = map[string]checksum{
	"sum":      {"sum", 1, sum},
	"sum8":     {"sum8", 1, sum},
	"sum16":    {"sum16", 2, sum},
	"sum32":    {"sum32", 4, sum},
	"xor":      {"xor", 1, xor},
	"xor8":     {"xor8", 1, xor},
	"xor8ff":   {"xor8ff", 1, func(b []byte) uint32 { return ^xor(b) }},
	"xor7":     {"xor7", 1, func(b []byte) uint32 { return xor(b) & 0x7f }},
	"crc8":     {"crc8", 1, func(b []byte) uint32 { return crc(b, 0x07, 0, 8) }},
	"ccitt8":   {"ccitt8", 1, func(b []byte) uint32 { return crcReflected(b, 0x8c, 0) }},
	"crc16":    {"crc16", 2, func(b []byte) uint32 { return crc(b, 0x8005, 0, 16) }},
	"crc16r":   {"crc16r", 2, func(b []byte) uint32 { return crcReflected(b, 0xa001, 0) }},
	"modbus":   {"modbus", 2, func(b []byte) uint32 { return crcReflected(b, 0xa001, 0xffff) }},
	"ccitt16":  {"ccitt16", 2, func(b []byte) uint32 { return crc(b, 0x1021, 0xffff, 16) }},
	"ccitt16a": {"ccitt16a", 2, func(b []byte) uint32 { return crc(b, 0x1021, 0x1d0f, 16) }},
	"ccitt16x": {"ccitt16x", 2, xmodem},
	"crc16c":   {"crc16c", 2, xmodem},
	"xmodem":   {"xmodem", 2, xmodem},
	"crc32":    {"crc32", 4, func(b []byte) uint32 { return ^crc(b, 0x04c11db7, 0xffffffff, 32) }},
	"crc32r":   {"crc32r", 4, func(b []byte) uint32 { return ^crcReflected(b, 0xedb88320, 0xffffffff) }},
	"jamcrc":   {"jamcrc", 4, func(b []byte) uint32 { return crcReflected(b, 0xedb88320, 0xffffffff) }},
	"adler32":  {"adler32", 4, adler32.Checksum},
	"hexsum8":  {"hexsum8", 1, hexSum},
	"lrc":      {"lrc", 1, func(b []byte) uint32 { return -sum(b) }},
	"hexlrc":   {"hexlrc", 1, hexLRC},
	"cpi":      {"cpi", 1, func(b []byte) uint32 { return (sum(b)-uint32(len(b))<<5)%95 + 32 }},
	"leybold":  {"leybold", 1, leybold},
	"brkscryo": {"brksCryo", 1, brooks},
	"bitsum":   {"bitsum", 1, bitSum},
	"bitsum8":  {"bitsum8", 1, bitSum},
	"bitsum16": {"bitsum16", 2, bitSum},
	"bitsum32": {"bitsum32", 4, bitSum},
	"hv_mps":   {"hv_mps", 1, func(b []byte) uint32 { return ^(sum(b)+0xff)&0x7f | 0x40 }},
}

func findChecksum(name string) (checksum, bool) {
	lower := strings.ToLower(name)
	if c, ok := checksums[lower]; ok {
		return c, true
	}
	for _, prefix := range [...]string{"neg", "not", "n", "-", "~"} {
		rest, ok := strings.CutPrefix(lower, prefix)
		if !ok || !strings.HasPrefix(rest, "sum") {
			continue
		}
		c, ok := checksums[rest]
		c.name = name
		if prefix == "not" || prefix == "~" {
			c.f = func(b []byte) uint32 { return ^sum(b) }
		} else {
			c.f = func(b []byte) uint32 { return -sum(b) }
		}
		return c, ok
	}
	return checksum{}, false
}

// checksum reads name>.
func (c *compiler) checksum(e *element, at int) error {
	end := strings.IndexByte(c.rest(), '>')
	if end < 0 {
		return c.fail(at, "< without >, expected %%<sum8>")
	}
	name := c.rest()[:end]
	sum, ok := findChecksum(name)
	if !ok {
		return c.fail(c.pos, "unknown checksum %q, expected one such as sum8, xor, crc16, modbus, crc32r", name)
	}
	e.sum = &sum
	c.pos += end + 1
	return nil
}

// size is the number of bytes of the checksum in the message: raw, in decimal
// (+) or two hexadecimal digits a byte (0 and -).
func (c *checksum) size(f flags) int {
	switch {
	case f&flagPlus != 0:
		return [...]int{1: 3, 2: 5, 4: 10}[c.bytes]
	case f&(flagZero|flagMinus) != 0:
		return 2 * c.bytes
	default:
		return c.bytes
	}
}

// appendChecksum appends the checksum of msg, which is also where it goes: dst
// continues msg. Width is the first byte that counts, precision the number of
// bytes at the end that do not.
func appendChecksum(dst, msg []byte, e *element) []byte {
	end := max(0, len(msg)-max(e.prec, 0))
	v := e.sum.f(msg[min(e.width, end):end])
	v &= 1<<(8*e.sum.bytes) - 1
	if e.has(flagPlus) {
		start := len(dst)
		dst = appendRepeat(dst, '0', e.sum.size(e.flags))
		for i := len(dst) - 1; i >= start; i-- {
			dst[i] += byte(v % 10)
			v /= 10
		}
		return dst
	}
	for i := range e.sum.bytes {
		if !e.has(flagAlt) {
			i = e.sum.bytes - 1 - i
		}
		b := byte(v >> (8 * i))
		switch {
		case e.has(flagZero):
			dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
		case e.has(flagMinus):
			dst = append(dst, 0x30|b>>4, 0x30|b&15)
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

// scanChecksum compares the checksum at src[pos:] with that of src[:pos].
func scanChecksum(src []byte, pos int, e *element) (n int, err error) {
	var buf [10]byte
	want := appendChecksum(buf[:0], src[:pos], e)
	got := src[pos:min(len(src), pos+len(want))]
	for i := range got {
		g, w := got[i], want[i]
		if e.has(flagZero) && !e.has(flagPlus) && g >= 'a' && g <= 'f' {
			g -= 'a' - 'A'
		}
		if g != w {
			return 0, ErrMismatch
		}
	}
	if len(got) < len(want) {
		return len(got), ErrShort
	}
	return len(want), nil
}

func sum(b []byte) (s uint32) {
	for _, c := range b {
		s += uint32(c)
	}
	return s
}

func xor(b []byte) (s uint32) {
	for _, c := range b {
		s ^= uint32(c)
	}
	return s
}

func bitSum(b []byte) (s uint32) {
	for _, c := range b {
		s += uint32(bits.OnesCount8(c))
	}
	return s
}

// crc is a cyclic redundancy check of width 8 to 32 bits, most significant bit
// first. Bit by bit: messages are short and a table would be longer.
func crc(b []byte, poly, init uint32, width int) uint32 {
	top := uint32(1) << (width - 1)
	r := init
	for _, c := range b {
		r ^= uint32(c) << (width - 8)
		for range 8 {
			if r&top != 0 {
				r = r<<1 ^ poly
			} else {
				r <<= 1
			}
		}
	}
	return r
}

// crcReflected is crc with the least significant bit first; poly is reflected too.
func crcReflected(b []byte, poly, init uint32) uint32 {
	r := init
	for _, c := range b {
		r ^= uint32(c)
		for range 8 {
			if r&1 != 0 {
				r = r>>1 ^ poly
			} else {
				r >>= 1
			}
		}
	}
	return r
}

func xmodem(b []byte) uint32 { return crc(b, 0x1021, 0, 16) }

// hexSum adds the values of the hexadecimal digits and ignores other bytes.
func hexSum(b []byte) (s uint32) {
	for _, c := range b {
		v, _ := hexValue(c)
		s += uint32(v)
	}
	return s
}

// hexLRC is the negative sum of bytes written as pairs of hexadecimal digits.
// Pairs are counted from the end; other bytes are ignored.
func hexLRC(b []byte) (s uint32) {
	high := uint32(0)
	for i, c := range b {
		v, ok := hexValue(c)
		if !ok {
			continue
		}
		if (len(b)-i)%2 == 0 {
			high = uint32(v) << 4
		} else {
			s += high + uint32(v)
			high = 0
		}
	}
	return -s
}

// leybold is 255 minus the sum, kept off the control characters.
func leybold(b []byte) uint32 {
	s := ^sum(b) & 0xff
	if s < 32 {
		s += 32
	}
	return s
}

// brooks is the checksum of Brooks cryopumps, one printable character.
func brooks(b []byte) uint32 {
	s := uint32(0)
	for _, c := range b {
		s += uint32(c & 0x7f)
	}
	return (s>>6^s)&0x3f + 0x30
}
