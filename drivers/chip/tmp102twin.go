package chip

import "time"

// tmp102Twin is a simulated TMP102.
type tmp102Twin struct {
	pointed
	thermometer
	settling  settling
	registers [4]uint16
}

func newTMP102Twin() *tmp102Twin {
	t := &tmp102Twin{thermometer: thermometer{20}}
	t.load, t.store = t.register, t.write
	t.Reset()
	return t
}

// Reset: the alarm output's thresholds are 75 and 80 °C. Twin.
func (t *tmp102Twin) Reset() {
	t.at, t.registers = 0, [4]uint16{0, 0x60A0, 0x4B00, 0x5000}
	t.settling.begin(26 * time.Millisecond)
}

func (t *tmp102Twin) register(at byte) []byte {
	if at &= 3; at != 0 {
		return bigEndian(t.registers[at])
	}
	if t.settling.left() > 0 {
		return []byte{0, 0}
	}
	if t.registers[1]&0x0010 != 0 { // extended: 1 °C is bit 7
		return bigEndian(leftAligned(t.celsius/2, 1.0/32, -27.5, 75)&^7 | 1)
	}
	return bigEndian(leftAligned(t.celsius, 1.0/16, -55, 127.9375))
}

func (t *tmp102Twin) write(at byte, data []byte) {
	if len(data) != 2 || at&3 == 0 {
		return
	}
	x := uint16(data[0])<<8 | uint16(data[1])
	if at&3 == 1 {
		x = x&0x1FD0 | 0x6020
	}
	t.registers[at&3] = x
}
