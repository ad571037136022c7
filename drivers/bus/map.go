package bus

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Map says what the registers of a device are and how they are reached.
type Map struct {
	// AddressSize is how many bytes the address of a register has, the most significant
	// first: 1 or 2; 0 means 1.
	AddressSize int
	// ReadBits and WriteBits are set in the address to read and to write, as chips on
	// SPI want it.
	ReadBits, WriteBits uint32
	// Exchange says that there are no addresses: each transaction sends a word, that of
	// the register, and receives one as long, which is its value. To write a register
	// its value is put into the word. It needs a duplex bus.
	Exchange bool
	// Order is the byte order of the registers; DefaultOrder is BigEndian.
	Order Order
	// Block says that consecutive addresses are consecutive bytes and that the chip
	// goes from one to the next by itself, so that adjacent registers can be read in
	// one transaction. It is wrong for chips whose addresses count words.
	Block bool
	// Identity must hold for the chip to be the right one; nil: it is not asked. On a
	// duplex bus, where nobody acknowledges, it is asked at each reading.
	Identity *Condition
	// Init is written, in order, when the bus is opened and when the chip answers
	// again after it has not.
	Init []Setting
	// Measure is what is done before the registers are read that are not written; nil:
	// nothing.
	Measure *Measure
	// Registers are the values in the chip.
	Registers []Register
}

// Setting is a fixed content of a register.
type Setting struct {
	At   uint32
	Data []byte // 1 byte or more, in the order in which they are sent
}

// Condition is what a register must contain.
type Condition struct {
	At   uint32
	Mask []byte // which bits count, as long as Want; nil: all
	Want []byte // 1 byte or more, in the order in which they are received
}

func (c *Condition) String() string {
	mask := ""
	if c.Mask != nil {
		mask = " & " + hex(c.Mask)
	}
	return fmt.Sprintf("0x%02X%s = %s", c.At, mask, hex(c.Want))
}

// holds reports whether b, which is as long as Want, is what is wanted.
func (c *Condition) holds(b []byte) bool {
	for i := range b {
		mask := byte(0xFF)
		if c.Mask != nil {
			mask = c.Mask[i]
		}
		if (b[i]^c.Want[i])&mask != 0 {
			return false
		}
	}
	return true
}

// Measure is how a chip is brought to measure once.
type Measure struct {
	Start   []Setting     // written first
	Wait    time.Duration // then there is a pause
	Ready   *Condition    // then this is waited for, if it is not nil,
	Timeout time.Duration // so long; 0 means 1 s
}

const (
	defaultReadyTimeout = time.Second
	// maxMeasure bounds a measurement: a write to the device waits for its end.
	maxMeasure = 5 * time.Second
)

// Addresses is how many bytes an address has: AddressSize, with what 0 means.
func (m *Map) Addresses() int {
	switch {
	case m.Exchange:
		return 0
	case m.AddressSize == 0:
		return 1
	}
	return m.AddressSize
}

// Check says what is wrong with the map, of a device with that [Device.Duplex].
func (m *Map) Check(duplex bool) error {
	most := uint32(1)<<(8*m.Addresses()) - 1
	switch {
	case m.AddressSize < 0 || m.AddressSize > 2:
		return errors.New("addresses of registers have 1 or 2 bytes")
	case m.Order > LittleEndian:
		return fmt.Errorf("no byte order %d", m.Order)
	case m.Exchange && !duplex:
		return errors.New("words are exchanged on buses where bytes go both ways at once")
	case m.Exchange && (m.AddressSize != 0 || m.ReadBits != 0 || m.WriteBits != 0 || m.Identity != nil || m.Measure != nil || len(m.Init) > 0):
		return errors.New("words that are exchanged have no addresses")
	case m.ReadBits > most || m.WriteBits > most:
		return fmt.Errorf("an address has %d bits", 8*m.Addresses())
	}
	if err := m.Identity.check("identity", most); err != nil {
		return err
	}
	settings := m.Init
	if e := m.Measure; e != nil {
		settings = append(settings[:len(settings):len(settings)], e.Start...)
		if e.Wait < 0 || e.Timeout < 0 || e.Wait+e.Timeout > maxMeasure {
			return fmt.Errorf("a measurement takes at most %v", maxMeasure)
		}
		if err := e.Ready.check("ready", most); err != nil {
			return err
		}
	}
	for _, s := range settings {
		switch {
		case len(s.Data) == 0:
			return fmt.Errorf("init 0x%02X: no data", s.At)
		case s.At > most:
			return fmt.Errorf("init 0x%02X: an address has %d bits", s.At, 8*m.Addresses())
		}
	}
	for i := range m.Registers {
		if err := m.Registers[i].Check(m); err != nil {
			return fmt.Errorf("register 0x%02X: %w", m.Registers[i].At, err)
		}
	}
	return nil
}

func (c *Condition) check(what string, most uint32) error {
	switch {
	case c == nil:
		return nil
	case len(c.Want) == 0 || c.Mask != nil && len(c.Mask) != len(c.Want):
		return fmt.Errorf("%s 0x%02X: mask and value are not of one length", what, c.At)
	case c.At > most:
		return fmt.Errorf("%s 0x%02X: no such address", what, c.At)
	case c.Mask != nil && bytes.Equal(c.Mask, make([]byte, len(c.Mask))):
		return fmt.Errorf("%s 0x%02X: the mask has no bits", what, c.At)
	}
	return nil
}

// address appends the address at, with bits set in it.
func (m *Map) address(to []byte, at, bits uint32) []byte {
	at |= bits
	for n := m.Addresses() - 1; n >= 0; n-- {
		to = append(to, byte(at>>(8*n)))
	}
	return to
}

// hex is b as people read it.
func hex(b []byte) string { return "0x" + strings.ToUpper(fmt.Sprintf("%x", b)) }
