package chip

import "fmt"

// byteRegisters are those of a chip whose registers are bytes and follow each other, on
// either bus. On SPI the highest bit of an address says whether it is read or written.
type byteRegisters struct {
	bus         Bus
	read, write byte // the highest bit on SPI
}

// load reads registers from at on.
func (b byteRegisters) load(c Conn, at byte, into []byte) error {
	if b.bus == OnI2C {
		return c.Tx([]byte{at}, into)
	}
	w, r := make([]byte, 1+len(into)), make([]byte, 1+len(into))
	w[0] = at&0x7F | b.read
	err := c.Tx(w, r)
	copy(into, r[1:])
	return err
}

// store writes registers from at on.
func (b byteRegisters) store(c Conn, at byte, data ...byte) error {
	w := append([]byte{at}, data...)
	if b.bus == OnI2C {
		return c.Tx(w, nil)
	}
	w[0] = at&0x7F | b.write
	return c.Tx(w, make([]byte, len(w)))
}

// identify reads the one byte that tells what chip it is. Known are the names of the
// chips that have other ones.
func (b byteRegisters) identify(c Conn, at byte, known map[byte]string, want string) error {
	var id [1]byte
	if err := b.load(c, at, id[:]); err != nil {
		return err
	}
	switch name, ok := known[id[0]]; {
	case name == want:
		return nil
	case ok:
		return fmt.Errorf("%w: id 0x%02X is that of a %s, not of a %s", ErrWrongChip, id[0], name, want)
	case b.bus == OnSPI && idle(id[:]):
		return fmt.Errorf("%w: id 0x%02X", ErrNoAnswer, id[0])
	}
	return fmt.Errorf("%w: id 0x%02X is not that of a %s", ErrWrongChip, id[0], want)
}

// idle reports whether bytes are what is read on SPI when no chip answers: all bits
// alike.
func idle(b []byte) bool {
	for _, x := range b {
		if x != b[0] || x != 0x00 && x != 0xFF {
			return false
		}
	}
	return true
}
