package chip

import "math"

// max31855Twin is a simulated MAX31855. NaN opens the thermocouple.
type max31855Twin struct{ values [2]float64 }

// Reset: there is nothing to forget. Twin.
func (*max31855Twin) Reset() {}

// Set. Twin.
func (t *max31855Twin) Set(i int, v float64) {
	if i == 0 || !math.IsNaN(v) {
		t.values[i] = v
	}
}

// Get. Twin.
func (t *max31855Twin) Get(i int) float64 { return t.values[i] }

// Tx shifts the 32 bits out, and zeros behind them. Conn.
func (t *max31855Twin) Tx(_, r []byte) error {
	hot, cold := t.values[0], t.values[1]
	cold = math.Round(min(max(cold, -55), 127)*16) / 16
	word := twos(cold*16, 12) * 16
	if math.IsNaN(hot) {
		word += twos(1800*4, 14)*(1<<18) + 1<<16 + 1
	} else {
		word += twos(math.Round(min(max(hot, -270), 1800)*4), 14) * (1 << 18)
	}
	clear(r)
	for i := range min(len(r), 4) {
		r[i] = byte(word / (1 << (24 - 8*i)))
	}
	return nil
}

// twos is the two's complement of a whole number in that many bits.
func twos(x float64, bits int) uint64 {
	if x < 0 {
		x += float64(uint64(1) << bits)
	}
	return uint64(x)
}
