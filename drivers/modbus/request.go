package modbus

import (
	"encoding/binary"
	"fmt"
)

// Table is one of the four address spaces of a slave.
type Table uint8

// The tables.
const (
	Holding  Table = iota // registers that are read and written
	Input                 // registers that are read
	Coil                  // bits that are read and written
	Discrete              // bits that are read
)

var tables = [...]struct {
	name string
	read byte // function
	most int  // that are read at once
}{
	Holding: {"holding", readHolding, maxReadRegisters}, Input: {"input", readInput, maxReadRegisters},
	Coil: {"coil", readCoils, maxReadBits}, Discrete: {"discrete", readDiscrete, maxReadBits},
}

func (t Table) String() string {
	if int(t) < len(tables) {
		return tables[t].name
	}
	return fmt.Sprintf("Table(%d)", uint8(t))
}

func (t Table) bits() bool { return t == Coil || t == Discrete }

func (t Table) writable() bool { return t == Holding || t == Coil }

// appendRead appends a request for count registers or bits.
func appendRead(dst []byte, t Table, address uint16, count int) []byte {
	dst = append(dst, tables[t].read)
	dst = binary.BigEndian.AppendUint16(dst, address)
	return binary.BigEndian.AppendUint16(dst, uint16(count))
}

// appendWrite appends a request that sets registers, or bits, which are 0 or not. One is
// set by a function for one, unless multiple is true.
func appendWrite(dst []byte, t Table, address uint16, values []uint16, multiple bool) []byte {
	one := len(values) == 1 && !multiple
	switch {
	case t == Coil && one:
		dst = binary.BigEndian.AppendUint16(append(dst, writeCoil), address)
		if values[0] != 0 {
			return append(dst, 0xff, 0)
		}
		return append(dst, 0, 0)
	case one:
		dst = binary.BigEndian.AppendUint16(append(dst, writeRegister), address)
		return binary.BigEndian.AppendUint16(dst, values[0])
	case t == Coil:
		dst = binary.BigEndian.AppendUint16(append(dst, writeCoils), address)
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(values)))
		dst = append(dst, byte((len(values)+7)/8))
		return appendBits(dst, values)
	}
	dst = binary.BigEndian.AppendUint16(append(dst, writeRegisters), address)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(values)))
	dst = append(dst, byte(2*len(values)))
	return appendRegisters(dst, values)
}

func appendRegisters(dst []byte, values []uint16) []byte {
	for _, v := range values {
		dst = binary.BigEndian.AppendUint16(dst, v)
	}
	return dst
}

// appendBits packs bits, the first into the lowest bit of the first byte.
func appendBits(dst []byte, values []uint16) []byte {
	for i, v := range values {
		if i%8 == 0 {
			dst = append(dst, 0)
		}
		if v != 0 {
			dst[len(dst)-1] |= 1 << (i % 8)
		}
	}
	return dst
}

// scanRead reads the registers, or bits, of the answer to a request for len(into).
func scanRead(pdu []byte, t Table, into []uint16) error {
	want := 2 * len(into)
	if t.bits() {
		want = (len(into) + 7) / 8
	}
	if len(pdu) != 2+want || int(pdu[1]) != want {
		return fmt.Errorf("answer has %d bytes of data, expected %d", len(pdu)-2, want)
	}
	unpack(pdu[2:], t, into)
	return nil
}

// unpack reads registers or bits from b, which is as long as they are.
func unpack(b []byte, t Table, into []uint16) {
	for i := range into {
		if t.bits() {
			into[i] = uint16(b[i/8]>>(i%8)) & 1
		} else {
			into[i] = binary.BigEndian.Uint16(b[2*i:])
		}
	}
}
