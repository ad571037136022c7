package driverstest

import (
	"errors"
	"sync"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// Registers is an I2C bus of chips in memory. Each chip has 256 registers; a
// transaction's first byte selects one, and what is written or read beyond it belongs to
// those that follow. The zero Registers is a bus without chips. To script single transactions
// instead, use i2ctest.Playback of periph.io.
type Registers struct {
	mu           sync.Mutex
	chips        map[uint16]*Chip
	fault        error
	closed       bool
	transactions int
}

var _ i2c.BusCloser = (*Registers)(nil)

// errNoAnswer has the text of the error that the kernel gives for it.
var errNoAnswer = errors.New("remote I/O error")

// Open makes the bus usable again after Close, and returns it: an opener for a driver.
func (b *Registers) Open() (i2c.BusCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = false
	return b, b.fault
}

// Chip is the chip at an address, put onto the bus if there was none.
func (b *Registers) Chip(address uint16) *Chip {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.chips[address]
	if c == nil {
		c = &Chip{bus: b, width: 1, content: make([]byte, 256)}
		if b.chips == nil {
			b.chips = map[uint16]*Chip{}
		}
		b.chips[address] = c
	}
	return c
}

// Fail makes all transactions and Open fail with err, until it is called with nil.
func (b *Registers) Fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = err
}

// Transactions counts the transactions so far, with those that failed.
func (b *Registers) Transactions() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.transactions
}

// Tx does a transaction. i2c.Bus.
func (b *Registers) Tx(address uint16, w, r []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.transactions++
	c := b.chips[address]
	switch {
	case b.closed:
		return errors.New("bus is closed")
	case b.fault != nil:
		return b.fault
	case c == nil || c.unplugged:
		return errNoAnswer
	case c.refuse > 0:
		c.refuse--
		return errNoAnswer
	}
	if len(w) > 0 {
		c.at = int(w[0]) * c.width
		c.at = c.put(c.at, w[1:])
	}
	c.at = c.get(c.at, r)
	return nil
}

// SetSpeed does nothing. i2c.Bus.
func (b *Registers) SetSpeed(physic.Frequency) error { return nil }

func (b *Registers) String() string { return "registers" }

// Close makes transactions fail until Open. i2c.BusCloser.
func (b *Registers) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

// Chip is one chip of a [Registers] bus, whose registers are bytes unless SetWidth says
// otherwise. Its methods may be called from any goroutine.
type Chip struct {
	bus       *Registers // its mu guards what follows
	width     int
	content   []byte // of all registers
	at        int    // the next byte of content
	unplugged bool
	refuse    int
}

// SetWidth makes the registers n bytes wide, 1 to 4, and all zero.
func (c *Chip) SetWidth(n int) {
	c.bus.mu.Lock()
	defer c.bus.mu.Unlock()
	c.width, c.content, c.at = n, make([]byte, 256*n), 0
}

// Set puts bytes into the registers from at on.
func (c *Chip) Set(at uint8, bytes ...byte) {
	c.bus.mu.Lock()
	defer c.bus.mu.Unlock()
	c.put(int(at)*c.width, bytes)
}

// Bytes are n bytes of the registers from at on.
func (c *Chip) Bytes(at uint8, n int) []byte {
	c.bus.mu.Lock()
	defer c.bus.mu.Unlock()
	bytes := make([]byte, n)
	c.get(int(at)*c.width, bytes)
	return bytes
}

// put and get begin again at the first register after the last; they return where they
// have ended. The bus's mu is held.

func (c *Chip) put(at int, bytes []byte) int {
	for _, x := range bytes {
		c.content[at%len(c.content)] = x
		at++
	}
	return at % len(c.content)
}

func (c *Chip) get(at int, bytes []byte) int {
	for i := range bytes {
		bytes[i] = c.content[at%len(c.content)]
		at++
	}
	return at % len(c.content)
}

// Refuse makes the chip not answer to the next n transactions.
func (c *Chip) Refuse(n int) {
	c.bus.mu.Lock()
	defer c.bus.mu.Unlock()
	c.refuse = n
}

// Unplug takes the chip off the bus, and its power: it answers no more, and its
// registers are all zero.
func (c *Chip) Unplug() {
	c.bus.mu.Lock()
	defer c.bus.mu.Unlock()
	c.unplugged, c.at = true, 0
	clear(c.content)
}

// Plug puts it back.
func (c *Chip) Plug() {
	c.bus.mu.Lock()
	defer c.bus.mu.Unlock()
	c.unplugged = false
}
