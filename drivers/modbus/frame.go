package modbus

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Mode is how requests and answers are framed.
type Mode uint8

// The modes.
const (
	TCP Mode = iota // with a header that has a number and a length
	RTU             // with a checksum
)

const (
	headerSize = 7   // of TCP: transaction, protocol, length, unit
	maxPDU     = 253 // bytes of function and data
	crcSize    = 2
)

// functions of the protocol that are used here.
const (
	readCoils      = 1
	readDiscrete   = 2
	readHolding    = 3
	readInput      = 4
	writeCoil      = 5
	writeRegister  = 6
	writeCoils     = 15
	writeRegisters = 16

	failed = 0x80 // is added to the function of an exception
)

// What one request may carry.
const (
	maxReadRegisters  = 125
	maxReadBits       = 2000
	maxWriteRegisters = 123
	maxWriteBits      = 1968
)

// crc is the checksum of RTU frames, sent with the low byte first.
func crc(b []byte) uint16 {
	sum := uint16(0xffff)
	for _, x := range b {
		sum ^= uint16(x)
		for range 8 {
			if sum&1 != 0 {
				sum = sum>>1 ^ 0xa001
			} else {
				sum >>= 1
			}
		}
	}
	return sum
}

// appendFrame appends a frame with a PDU.
func appendFrame(dst []byte, mode Mode, transaction uint16, unit uint8, pdu []byte) []byte {
	if mode == TCP {
		dst = binary.BigEndian.AppendUint16(dst, transaction)
		dst = append(dst, 0, 0)
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(pdu)+1))
		dst = append(dst, unit)
		return append(dst, pdu...)
	}
	start := len(dst)
	dst = append(dst, unit)
	dst = append(dst, pdu...)
	return binary.LittleEndian.AppendUint16(dst, crc(dst[start:]))
}

var (
	errPart    = errors.New("frame is not complete")
	errGarbled = errors.New("no Modbus frame")
)

// cutTCP takes a frame from the beginning of b; n is its length. The error is errPart if
// more must come, errGarbled if b does not begin with a frame.
func cutTCP(b []byte) (transaction uint16, unit uint8, pdu []byte, n int, err error) {
	if len(b) < headerSize {
		return 0, 0, nil, 0, errPart
	}
	size := int(binary.BigEndian.Uint16(b[4:]))
	if b[2] != 0 || b[3] != 0 || size < 2 || size > maxPDU+1 {
		return 0, 0, nil, 0, errGarbled
	}
	n = headerSize - 1 + size
	if len(b) < n {
		return 0, 0, nil, 0, errPart
	}
	return binary.BigEndian.Uint16(b), b[6], b[headerSize:n], n, nil
}

// cutRTU takes a frame whose PDU is as long as size says from the beginning of b; size returns 0
// if it cannot say so yet, and a negative number if it is not a PDU.
func cutRTU(b []byte, size func(pdu []byte) int) (unit uint8, pdu []byte, n int, err error) {
	if len(b) < 2 {
		return 0, nil, 0, errPart
	}
	k := size(b[1:])
	if k < 0 || k > maxPDU {
		return 0, nil, 0, errGarbled
	}
	n = 1 + k + crcSize
	if k == 0 || len(b) < n {
		return 0, nil, 0, errPart
	}
	if binary.LittleEndian.Uint16(b[n-crcSize:]) != crc(b[:n-crcSize]) {
		return 0, nil, 0, errGarbled
	}
	return b[0], b[1 : n-crcSize], n, nil
}

// answerSize is the length of an answer that begins with b, 0 if it cannot be told yet, -1 if
// it is none.
func answerSize(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch f := b[0]; {
	case f&failed != 0:
		return 2
	case f >= readCoils && f <= readInput:
		if len(b) < 2 {
			return 0
		}
		return 2 + int(b[1])
	case f == writeCoil || f == writeRegister || f == writeCoils || f == writeRegisters:
		return 5
	}
	return -1
}

// requestSize is the same of a request.
func requestSize(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch f := b[0]; {
	case f >= readCoils && f <= writeRegister:
		return 5
	case f == writeCoils || f == writeRegisters:
		if len(b) < 6 {
			return 0
		}
		return 6 + int(b[5])
	}
	return -1
}

// Exception is the answer of a slave that does not do what it was asked.
type Exception uint8

// The exceptions.
const (
	IllegalFunction Exception = 1
	IllegalAddress  Exception = 2
	IllegalValue    Exception = 3
	DeviceFailure   Exception = 4
	Acknowledged    Exception = 5
	Busy            Exception = 6
	ParityError     Exception = 8
	NoPath          Exception = 10
	NoTarget        Exception = 11
)

var exceptions = map[Exception]string{
	IllegalFunction: "illegal function: the slave does not know this kind of request",
	IllegalAddress:  "illegal data address: the slave has nothing there",
	IllegalValue:    "illegal data value: the slave does not take it, or not so many",
	DeviceFailure:   "slave device failure",
	Acknowledged:    "acknowledge: the slave needs longer",
	Busy:            "slave device busy",
	ParityError:     "memory parity error",
	NoPath:          "gateway path unavailable",
	NoTarget:        "gateway target device failed to respond",
}

// unreachable reports whether it is a gateway that says that it does not reach the slave.
func (e Exception) unreachable() bool { return e == NoPath || e == NoTarget }

func (e Exception) Error() string {
	if text, ok := exceptions[e]; ok {
		return fmt.Sprintf("exception %d, %s", uint8(e), text)
	}
	return fmt.Sprintf("exception %d", uint8(e))
}
