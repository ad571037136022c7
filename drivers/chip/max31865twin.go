package chip

import (
	"encoding/binary"
	"math"
	"time"
)

// max31865Twin is a simulated MAX31865 with an RTD. NaN opens the RTD; a resistance of
// 0 is a short circuit.
type max31865Twin struct {
	reference, r0 float64
	ohm           float64
	registers     [8]byte
	detected      time.Time // when a fault detection has ended, zero if none is under way
	converted     time.Time // when a conversion has
	biased        time.Time // since when current flows without a break
}

func newMAX31865Twin(reference, r0 float64) *max31865Twin {
	t := &max31865Twin{reference: reference, r0: r0}
	t.Set(0, 20)
	t.Reset()
	return t
}

// Reset. Twin.
func (t *max31865Twin) Reset() {
	t.registers = [8]byte{3: 0xFF, 4: 0xFF}
	t.detected, t.converted = time.Time{}, time.Time{}
}

// Set is °C or ohm. Twin.
func (t *max31865Twin) Set(i int, v float64) {
	if i == 0 {
		v = t.resistance(v)
	}
	t.ohm = v
}

// Get is °C or ohm. Twin.
func (t *max31865Twin) Get(i int) float64 {
	if i == 1 {
		return t.ohm
	}
	low, high := -250.0, 1000.0
	for range 60 {
		if mid := (low + high) / 2; t.resistance(mid) < t.ohm {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// resistance is in ohm, of a temperature in °C.
func (t *max31865Twin) resistance(celsius float64) float64 {
	x := celsius / 100
	ratio := 1 + 0.39083*x - 0.005775*x*x
	if celsius < 0 {
		ratio -= 0.0004183 * x * x * x * (x - 1)
	}
	return t.r0 * ratio
}

// Tx: the first byte is an address, whose highest bit says that the rest is written.
// Conn.
func (t *max31865Twin) Tx(w, r []byte) error {
	t.proceed()
	clear(r)
	if len(w) == 0 {
		return nil
	}
	at := w[0] & 0x7F
	for i := 1; i < len(w); i++ {
		switch {
		case w[0]&0x80 == 0:
			r[i] = t.registers[at&7]
		case at == 0:
			t.configure(w[i])
		case at >= 3 && at <= 6:
			t.registers[at] = w[i]
		}
		at++
	}
	return nil
}

// configure writes the config register.
func (t *max31865Twin) configure(x byte) {
	now := time.Now()
	if x&0x80 != 0 && t.registers[0]&0x80 == 0 {
		t.biased = now
	}
	if x&0x02 != 0 { // clears the faults, and itself
		t.registers[7], t.registers[2], x = 0, t.registers[2]&^1, x&^0x02
	}
	if x&0x0C == 0x04 {
		t.detected = now.Add(550 * time.Microsecond)
	}
	if x&0x20 != 0 {
		took := 52 * time.Millisecond
		if x&1 != 0 {
			took = 62500 * time.Microsecond
		}
		t.converted = now.Add(took)
	}
	t.registers[0] = x
}

// proceed ends what has taken long enough.
func (t *max31865Twin) proceed() {
	now := time.Now()
	if !t.detected.IsZero() && !now.Before(t.detected) {
		t.biased = t.detected // the detection switches the current off for a moment
		t.detected, t.registers[0] = time.Time{}, t.registers[0]&^0x0C
		if math.IsNaN(t.ohm) {
			t.fault(0x20)
		}
	}
	if !t.converted.IsZero() && !now.Before(t.converted) {
		t.converted, t.registers[0] = time.Time{}, t.registers[0]&^0x20
		t.convert(now)
	}
}

// convert makes a result, which is too small if the current has not flowed long enough.
func (t *max31865Twin) convert(now time.Time) {
	code := 32767.0
	if !math.IsNaN(t.ohm) {
		code = min(max(math.Round(t.ohm/t.reference*32768), 0), 32767)
	}
	if t.registers[0]&0x80 == 0 || now.Sub(t.biased) < 57*time.Millisecond {
		code /= 2
	}
	x := uint16(code) << 1
	if x >= binary.BigEndian.Uint16(t.registers[3:])&^1 {
		t.fault(0x80)
	}
	if x <= binary.BigEndian.Uint16(t.registers[5:])&^1 {
		t.fault(0x40)
	}
	if t.registers[7] != 0 {
		x |= 1
	}
	binary.BigEndian.PutUint16(t.registers[1:], x)
}

// fault sets a bit of the fault status, which stays until it is cleared.
func (t *max31865Twin) fault(bit byte) {
	t.registers[7] |= bit
	t.registers[2] |= 1
}
