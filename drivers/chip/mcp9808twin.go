package chip

import (
	"math"
	"time"
)

// mcp9808Twin is a simulated MCP9808.
type mcp9808Twin struct {
	pointed
	thermometer
	settling   settling
	config     uint16
	limits     [3]uint16 // upper, lower, critical
	resolution byte
}

func newMCP9808Twin() *mcp9808Twin {
	t := &mcp9808Twin{thermometer: thermometer{20}}
	t.load, t.store = t.register, t.write
	t.Reset()
	return t
}

// Reset. Twin.
func (t *mcp9808Twin) Reset() {
	t.at, t.config, t.limits, t.resolution = 0, 0, [3]uint16{}, 3
	t.settling.begin(250 * time.Millisecond)
}

func (t *mcp9808Twin) register(at byte) []byte {
	switch at & 0x0F {
	case 1:
		return bigEndian(t.config)
	case 2, 3, 4:
		return bigEndian(t.limits[at&0x0F-2])
	case 5:
		return bigEndian(t.ambient())
	case 6:
		return []byte{0x00, 0x54}
	case 7:
		return []byte{0x04, 0x00}
	case 8:
		return []byte{t.resolution}
	}
	return []byte{0, 0}
}

// ambient has in its highest bits whether the limits, which are 0 °C after power on, are
// passed: critical, upper, lower.
func (t *mcp9808Twin) ambient() uint16 {
	if t.settling.left() > 0 {
		return 0
	}
	step := 0.5 / float64(int(1)<<t.resolution)
	shown := math.Round(min(max(t.celsius, -55), 150)/step) * step
	x := uint16(math.Abs(shown) * 16)
	if shown < 0 {
		x = 0x2000 - x // two's complement of 13 bits
	}
	limit := func(i int) float64 { return float64(int16(t.limits[i]<<3)) / 128 }
	if shown >= limit(2) {
		x |= 0x8000
	}
	if shown > limit(0) {
		x |= 0x4000
	}
	if shown < limit(1) {
		x |= 0x2000
	}
	return x
}

func (t *mcp9808Twin) write(at byte, data []byte) {
	x := uint16(data[0])
	if len(data) > 1 {
		x = x<<8 | uint16(data[1])
	}
	switch at & 0x0F {
	case 1:
		t.config = x
	case 2, 3, 4:
		t.limits[at&0x0F-2] = x & 0x1FFC
	case 8:
		t.resolution = data[0] & 3
	}
}
