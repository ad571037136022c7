package chip

import "math"

// mcp4725Twin is a simulated MCP4725.
type mcp4725Twin struct {
	supply   float64
	code     int // what the register has
	off      byte
	stored   int // the same of the EEPROM
	storeOff byte
	writes   int // of the EEPROM
}

func newMCP4725Twin(supply float64) *mcp4725Twin {
	t := &mcp4725Twin{supply: supply, stored: 0x800}
	t.Reset()
	return t
}

// Reset takes what the EEPROM has, from the factory half of the supply. Twin.
func (t *mcp4725Twin) Reset() { t.code, t.off = t.stored, t.storeOff }

// Set is in V. Twin.
func (t *mcp4725Twin) Set(_ int, v float64) {
	if !math.IsNaN(v) {
		t.code, t.off = int(min(max(math.Round(v/t.supply*4096), 0), 4095)), 0
	}
}

// Get is in V. Twin.
func (t *mcp4725Twin) Get(int) float64 {
	if t.off != 0 {
		return 0
	}
	return t.supply * float64(t.code) / 4096
}

// Tx. What is written are commands of two or three bytes. Conn.
func (t *mcp4725Twin) Tx(w, r []byte) error {
	for len(w) > 0 {
		switch command := w[0] >> 5; {
		case command < 2 && len(w) >= 2: // fast
			t.off, t.code = w[0]>>4&3, int(w[0]&15)*256+int(w[1])
			w = w[2:]
		case command < 2:
			return nil
		case len(w) < 3:
			return nil
		default:
			t.off, t.code = w[0]>>1&3, int(w[1])*16+int(w[2])/16
			if command == 3 {
				t.stored, t.storeOff = t.code, t.off
				t.writes++
			}
			w = w[3:]
		}
	}
	answer := []byte{
		0xF9 | t.off<<1, byte(t.code / 16), byte(t.code%16*16) | 0x0F, // what is not defined is 1
		0x90 | t.storeOff<<5 | byte(t.stored/256), byte(t.stored % 256),
	}
	for i := range r {
		r[i] = answer[i%len(answer)]
	}
	return nil
}
