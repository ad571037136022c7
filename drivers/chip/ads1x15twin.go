package chip

import (
	"math"
	"time"
)

// adsTwin is a simulated ADS1115 or ADS1015.
type adsTwin struct {
	pointed
	inputs []string // of the values
	volts  []float64
	mask   uint16 // bits that a conversion has
	rates  [8]float64

	config     uint16
	conversion uint16 // the last result
	pending    uint16 // that of the conversion under way
	done       time.Time
}

func newADSTwin(s settings, bits int) *adsTwin {
	t := &adsTwin{
		inputs: s.list("inputs"), volts: make([]float64, len(s.list("inputs"))),
		mask:  0xFFFF,
		rates: [8]float64{8, 16, 32, 64, 128, 250, 475, 860},
	}
	if bits == 12 {
		t.mask = 0xFFF0
		t.rates = [8]float64{128, 250, 490, 920, 1600, 2400, 3300, 3300}
	}
	t.load, t.store = t.register, t.write
	t.Reset()
	return t
}

// Reset. Twin.
func (t *adsTwin) Reset() {
	t.at, t.config, t.conversion, t.done = 0, 0x8583, 0, time.Time{}
}

// Set. Twin.
func (t *adsTwin) Set(i int, v float64) {
	if !math.IsNaN(v) {
		t.volts[i] = v
	}
}

// Get. Twin.
func (t *adsTwin) Get(i int) float64 { return t.volts[i] }

func (t *adsTwin) register(at byte) []byte {
	if t.config&0x8000 == 0 && !time.Now().Before(t.done) {
		t.conversion, t.config = t.pending, t.config|0x8000
	}
	switch at & 3 {
	case 0:
		return bigEndian(t.conversion)
	case 1:
		return bigEndian(t.config)
	case 2:
		return bigEndian(0x8000)
	}
	return bigEndian(0x7FFF)
}

func (t *adsTwin) write(at byte, data []byte) {
	if at&3 != 1 || len(data) != 2 {
		return
	}
	x := uint16(data[0])<<8 | uint16(data[1])
	t.config = x | 0x8000
	if x&0x8100 == 0x8100 { // start, one conversion
		t.config = x &^ 0x8000
		t.pending = t.sample(x >> 12 & 7)
		rate := 0.95 * t.rates[x>>5&7]
		t.done = time.Now().Add(25*time.Microsecond + time.Duration(1e9/rate))
	}
}

// sample is what is converted of the input that the multiplexer is set to; one that is
// no value has 0 V.
func (t *adsTwin) sample(mux uint16) uint16 {
	names := map[uint16]string{0: "A0-A1", 1: "A0-A3", 2: "A1-A3", 3: "A2-A3", 4: "A0", 5: "A1", 6: "A2", 7: "A3"}
	full := map[uint16]float64{0: 6.144, 1: 4.096, 2: 2.048, 3: 1.024, 4: 0.512, 5: 0.256, 6: 0.256, 7: 0.256}[t.config>>9&7]
	for i, in := range t.inputs {
		if in == names[mux] {
			// Half a step of the converter is added, so that it rounds.
			steps := math.Floor(t.volts[i]/full*32768 + float64(t.mask^0xFFFF)/2 + 0.5)
			return uint16(int32(min(max(steps, -32768), 32767))) & t.mask
		}
	}
	return 0
}
