package chip

import (
	"math"
	"time"
)

// lm75Twin is a simulated LM75.
type lm75Twin struct {
	pointed
	thermometer
	settling settling
	step     float64   // °C
	settable bool      // step follows from the config register
	settings [4]uint16 // by register; that of the temperature is not used
}

func newLM75Twin(bits int) *lm75Twin {
	t := &lm75Twin{step: 128 / float64(int(1)<<(bits-1)), thermometer: thermometer{20}}
	t.load, t.store = t.register, t.set
	t.Reset()
	return t
}

// Reset: the alarm output's thresholds are 75 and 80 °C. Twin.
func (t *lm75Twin) Reset() {
	t.at, t.settings = 0, [4]uint16{2: 0x4B00, 3: 0x5000}
	t.settling.begin(100 * time.Millisecond)
	if t.settable {
		t.step = 0.5
	}
}

func (t *lm75Twin) register(at byte) []byte {
	switch at &= 3; at { // as many bits as the chip looks at
	case lm75Temperature:
		if t.settling.left() > 0 {
			return []byte{0, 0}
		}
		return bigEndian(leftAligned(t.celsius, t.step, -55, 125))
	case lm75Config:
		return []byte{byte(t.settings[1])}
	}
	return bigEndian(t.settings[at&3])
}

func (t *lm75Twin) set(at byte, data []byte) {
	switch at &= 3; {
	case at == lm75Config:
		t.settings[at] = uint16(data[0])
		if t.settable {
			t.step = 0.5 / float64(int(1)<<(data[0]>>5&3))
		}
	case at > lm75Config && len(data) == 2:
		t.settings[at] = uint16(data[0])<<8 | uint16(data[1])
	}
}

// leftAligned is a temperature in the upper bits of a register, of which the highest
// is the sign and the one for 1 °C is bit 8.
func leftAligned(celsius, step, low, high float64) uint16 {
	steps := math.RoundToEven(min(max(celsius, low), high) / step)
	number := steps * step * 256
	if number < 0 {
		number += 65536
	}
	return uint16(number)
}

// bigEndian are the bytes of a register.
func bigEndian(x uint16) []byte { return []byte{byte(x >> 8), byte(x)} }
