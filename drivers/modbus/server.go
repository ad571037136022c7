package modbus

import (
	"encoding/binary"
	"errors"
)

// Memory is what a slave, or several, are made of. Values of bits are 0 or 1.
type Memory interface {
	// Get fills into with the registers or bits of a table from address on. The error is an
	// [Exception], or ErrNoUnit.
	Get(unit uint8, t Table, address uint16, into []uint16) error
	// Set writes registers or coils.
	Set(unit uint8, t Table, address uint16, values []uint16) error
}

// ErrNoUnit means that there is no slave of that number: nobody answers.
var ErrNoUnit = errors.New("no such slave")

// Answer does what the complete requests at the beginning of in say, appends the answers to
// dst, and returns what is left of in. It is the other end of a [Driver], for simulations and
// tests. What is no request is dropped: a byte of RTU, all of TCP.
func Answer(dst, in []byte, mode Mode, m Memory) (answers, rest []byte) {
	for len(in) > 0 {
		var transaction uint16
		var unit uint8
		var pdu []byte
		var n int
		var err error
		if mode == TCP {
			transaction, unit, pdu, n, err = cutTCP(in)
		} else {
			unit, pdu, n, err = cutRTU(in, requestSize)
		}
		switch {
		case errors.Is(err, errPart):
			return dst, in
		case err != nil && mode == TCP:
			return dst, in[len(in):]
		case err != nil:
			in = in[1:]
			continue
		}
		in = in[n:]
		if answer := reply(unit, pdu, m); answer != nil {
			dst = appendFrame(dst, mode, transaction, unit, answer)
		}
	}
	return dst, in
}

// reply is the answer to a request; nil: there is none.
func reply(unit uint8, pdu []byte, m Memory) []byte {
	answer, err := carryOut(unit, pdu, m)
	if errors.Is(err, ErrNoUnit) {
		return nil
	}
	if err != nil {
		code := DeviceFailure
		errors.As(err, &code)
		return []byte{pdu[0] | failed, byte(code)}
	}
	return answer
}

func carryOut(unit uint8, pdu []byte, m Memory) ([]byte, error) {
	if requestSize(pdu) < 0 {
		return nil, IllegalFunction
	}
	if len(pdu) != requestSize(pdu) {
		return nil, IllegalValue
	}
	function, address, last := pdu[0], binary.BigEndian.Uint16(pdu[1:]), binary.BigEndian.Uint16(pdu[3:])
	count := int(last)
	switch function {
	case writeCoil:
		if last != 0 && last != 0xff00 {
			return nil, IllegalValue
		}
		return pdu, m.Set(unit, Coil, address, []uint16{last >> 15})
	case writeRegister:
		return pdu, m.Set(unit, Holding, address, []uint16{last})
	case writeCoils, writeRegisters:
		t, size, most := Holding, 2*count, maxWriteRegisters
		if function == writeCoils {
			t, size, most = Coil, (count+7)/8, maxWriteBits
		}
		if err := within(address, count, most); err != nil {
			return nil, err
		}
		if int(pdu[5]) != size {
			return nil, IllegalValue
		}
		values := make([]uint16, count)
		unpack(pdu[6:], t, values)
		return pdu[:5], m.Set(unit, t, address, values)
	}
	t := map[byte]Table{readCoils: Coil, readDiscrete: Discrete, readHolding: Holding, readInput: Input}[function]
	if err := within(address, count, tables[t].most); err != nil {
		return nil, err
	}
	values := make([]uint16, count)
	if err := m.Get(unit, t, address, values); err != nil {
		return nil, err
	}
	answer := []byte{function, byte(2 * count)}
	if t.bits() {
		answer[1] = byte((count + 7) / 8)
		return appendBits(answer, values), nil
	}
	return appendRegisters(answer, values), nil
}

// within checks what a request is about.
func within(address uint16, count, most int) error {
	switch {
	case count < 1 || count > most:
		return IllegalValue
	case int(address)+count > 1<<16:
		return IllegalAddress
	}
	return nil
}
