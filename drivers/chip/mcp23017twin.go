package chip

import "math"

// mcp23Twin is a simulated MCP23017. What is at a pin that it does not drive is what Set
// has said.
type mcp23Twin struct {
	pins     []string // of the values
	inverted map[string]bool
	applied  map[string]bool  // high levels that come from outside
	a, b     [0x0B]byte       // registers of either port
	at       byte             // the next register
	driven   func(pin string) // told of each change at a driven pin, if it is set
}

func newMCP23Twin(s settings) *mcp23Twin {
	t := &mcp23Twin{inverted: map[string]bool{}, applied: map[string]bool{}}
	for _, port := range "AB" {
		for _, n := range "01234567" {
			pin := string(port) + string(n)
			if s.has("outputs", pin) || s.has("inputs", pin) || len(s.list("inputs")) == 0 {
				t.pins = append(t.pins, pin)
			}
			t.inverted[pin] = s.has("inverted", pin)
			t.applied[pin] = t.inverted[pin] // Off
		}
	}
	t.Reset()
	return t
}

// Reset makes inputs of all pins. Twin.
func (t *mcp23Twin) Reset() {
	t.a, t.b, t.at = [0x0B]byte{0: 0xFF}, [0x0B]byte{0: 0xFF}, 0
}

// Set is 1 for On. Twin.
func (t *mcp23Twin) Set(i int, v float64) {
	if !math.IsNaN(v) {
		t.applied[t.pins[i]] = (v != 0) != t.inverted[t.pins[i]]
	}
}

// Get is 1 for On. Twin.
func (t *mcp23Twin) Get(i int) float64 {
	if t.high(t.pins[i]) != t.inverted[t.pins[i]] {
		return 1
	}
	return 0
}

// port is where a pin is.
func (t *mcp23Twin) port(pin string) (registers *[0x0B]byte, bit byte) {
	registers = &t.a
	if pin[0] == 'B' {
		registers = &t.b
	}
	return registers, 1 << (pin[1] - '0')
}

// high is the level at a pin.
func (t *mcp23Twin) high(pin string) bool {
	registers, bit := t.port(pin)
	if registers[0]&bit != 0 {
		return t.applied[pin]
	}
	return registers[0x0A]&bit != 0
}

// Tx goes from A to B and on, and after the last register to the first. Conn.
func (t *mcp23Twin) Tx(w, r []byte) error {
	if len(w) > 0 {
		t.at = w[0] % 0x16
		for _, x := range w[1:] {
			t.store(x)
			t.advance()
		}
	}
	for i := range r {
		r[i] = t.load()
		t.advance()
	}
	return nil
}

// advance goes on to the next register, or without sequential operation to the other of
// the pair.
func (t *mcp23Twin) advance() {
	if t.a[5]&0x20 != 0 {
		t.at ^= 1
	} else {
		t.at = (t.at + 1) % 0x16
	}
}

// load reads the register at t.at.
func (t *mcp23Twin) load() byte {
	port, name := &t.a, "A"
	if t.at%2 == 1 {
		port, name = &t.b, "B"
	}
	if t.at/2 != 9 {
		return port[t.at/2]
	}
	levels := byte(0)
	for i := range 8 {
		if t.high(name + string(rune('0'+i))) {
			levels |= 1 << i
		}
	}
	return levels ^ port[1]&port[0]
}

// store writes the register at t.at; writing the levels writes the latch.
func (t *mcp23Twin) store(x byte) {
	before := t.outputs()
	port := &t.a
	if t.at%2 == 1 {
		port = &t.b
	}
	switch register := t.at / 2; register {
	case 5:
		t.a[5], t.b[5] = x&0x7E, x&0x7E
	case 7, 8:
	case 9:
		port[0x0A] = x
	default:
		port[register] = x
	}
	for pin, state := range t.outputs() {
		if t.driven != nil && state != before[pin] {
			t.driven(pin + " " + state)
		}
	}
}

// outputs are the pins that are driven, low or high.
func (t *mcp23Twin) outputs() map[string]string {
	all := map[string]string{}
	for pin := range t.applied {
		if registers, bit := t.port(pin); registers[0]&bit == 0 {
			all[pin] = "low"
			if registers[0x0A]&bit != 0 {
				all[pin] = "high"
			}
		}
	}
	return all
}
