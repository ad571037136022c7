package chip

import "math"

// pcaTwin is a simulated PCA9685.
type pcaTwin struct {
	registers [256]byte
	at        byte
	glitches  int // how often outputs that were on were stopped
}

func newPCATwin() *pcaTwin {
	t := &pcaTwin{}
	t.Reset()
	return t
}

// Reset. Twin.
func (t *pcaTwin) Reset() {
	t.registers, t.at = [256]byte{0: 0x11, 1: 0x04, 2: 0xE2, 3: 0xE4, 4: 0xE8, 5: 0xE0, 0xFE: 0x1E}, 0
	for i := range 16 {
		t.registers[9+4*i] = 0x10
	}
}

// Set is in %. Twin.
func (t *pcaTwin) Set(i int, v float64) {
	if math.IsNaN(v) {
		return
	}
	end := int(math.Round(min(max(v, 0), 100) * 40.96))
	led := t.registers[6+4*i : 10+4*i]
	copy(led, []byte{0, 0, byte(end), byte(end >> 8)})
	if end == 4096 {
		led[1], led[3] = 0x10, 0
	}
	if end == 0 {
		led[3] = 0x10
	}
	t.registers[0] &^= 0x90 // something has started it
}

// Get is in %: how long the output is on in 4096 counts. Twin.
func (t *pcaTwin) Get(i int) float64 {
	led := t.registers[6+4*i:]
	if t.registers[0]&0x90 != 0 || led[3]&0x10 != 0 {
		return 0
	}
	if led[1]&0x10 != 0 {
		return 100
	}
	begin, end := int(led[1]&15)*256+int(led[0]), int(led[3]&15)*256+int(led[2])
	on := 0
	for count := begin; count != end; count = (count + 1) % 4096 {
		on++
	}
	return float64(on) / 40.96
}

// running reports whether any output is on.
func (t *pcaTwin) running() bool {
	for i := range 16 {
		if t.Get(i) > 0 {
			return true
		}
	}
	return false
}

// Tx. Registers follow each other only if they are told to. Conn.
func (t *pcaTwin) Tx(w, r []byte) error {
	if len(w) > 0 {
		t.at = w[0]
		for _, x := range w[1:] {
			t.store(x)
			t.advance()
		}
	}
	for i := range r {
		r[i] = t.registers[t.at]
		t.advance()
	}
	return nil
}

func (t *pcaTwin) advance() {
	switch {
	case t.registers[0]&0x20 == 0:
	case t.at == 0x45:
		t.at = 0
	default:
		t.at++
	}
}

func (t *pcaTwin) store(x byte) {
	switch {
	case t.at == 0:
		was := t.running()
		restart := t.registers[0] & 0x80
		switch {
		case x&0x10 != 0 && was:
			restart = 0x80
		case x&0x90 == 0x80 && t.registers[0]&0x10 == 0:
			restart = 0
		}
		t.registers[0] = x&0x7F | restart
		if was && !t.running() {
			t.glitches++
		}
	case t.at == 0xFE:
		if t.registers[0]&0x10 != 0 {
			t.registers[0xFE] = max(x, 3)
		}
	case t.at >= 6 && t.at <= 0x45:
		t.registers[0] &^= 0x80
		t.registers[t.at] = x & [4]byte{0xFF, 0x1F, 0xFF, 0x1F}[(t.at-6)%4]
	case t.at <= 5:
		t.registers[t.at] = x
	}
}
