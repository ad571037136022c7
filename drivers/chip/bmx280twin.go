package chip

import (
	"encoding/binary"
	"math"
	"time"
)

// bmxTwin is a simulated BME280 or BMP280. It compensates in integers (4.2.3), with the
// coefficients of the calculation example of the BMP280's datasheet (3.12).
type bmxTwin struct {
	bus       Bus
	humid     bool
	registers [256]byte
	at        byte
	copied    time.Time  // when the coefficients are there, after power on
	done      time.Time  // when the measurement has ended that was started last
	values    [3]float64 // °C, hPa, %
}

// Coefficients of the twin: T1 to T3, P1 to P9, H1 to H6.
var (
	bmxTwinT = [3]int64{27504, 26435, -1000}
	bmxTwinP = [9]int64{36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000}
	bmxTwinH = [6]int64{75, 362, 0, 315, 50, 30}
)

func newBMXTwin(bus Bus, humid bool) *bmxTwin {
	t := &bmxTwin{bus: bus, humid: humid, values: [3]float64{20, 1013.25, 50}}
	t.Reset()
	return t
}

// Reset. Twin.
func (t *bmxTwin) Reset() {
	t.registers, t.at, t.done = [256]byte{}, 0, time.Time{}
	t.copied = time.Now().Add(2 * time.Millisecond)
	r := &t.registers
	r[bmxID] = 0x58
	for i, k := range bmxTwinT {
		binary.LittleEndian.PutUint16(r[0x88+2*i:], uint16(k))
	}
	for i, k := range bmxTwinP {
		binary.LittleEndian.PutUint16(r[0x8E+2*i:], uint16(k))
	}
	t.result(0x80000, 0x80000, 0x8000)
	if t.humid {
		r[bmxID] = 0x60
		r[0xA1] = byte(bmxTwinH[0])
		binary.LittleEndian.PutUint16(r[0xE1:], uint16(bmxTwinH[1]))
		r[0xE3] = byte(bmxTwinH[2])
		r[0xE4] = byte(bmxTwinH[3] >> 4)
		r[0xE5] = byte(bmxTwinH[3]&0x0F | bmxTwinH[4]<<4)
		r[0xE6] = byte(bmxTwinH[4] >> 4)
		r[0xE7] = byte(bmxTwinH[5])
	}
}

// Set. Twin.
func (t *bmxTwin) Set(i int, v float64) {
	if !math.IsNaN(v) {
		t.values[i] = v
	}
}

// Get. Twin.
func (t *bmxTwin) Get(i int) float64 { return t.values[i] }

// Tx. Conn.
func (t *bmxTwin) Tx(w, r []byte) error {
	if t.bus == OnSPI {
		if len(w) > 0 && w[0]&0x80 != 0 {
			t.load(w[0], r[1:])
		} else {
			for i := 0; i+1 < len(w); i += 2 {
				t.store(w[i]|0x80, w[i+1])
			}
		}
		return nil
	}
	if len(w) > 0 {
		t.at = w[0]
	}
	for i := 0; i+1 < len(w); i += 2 {
		t.store(w[i], w[i+1])
	}
	t.load(t.at, r)
	return nil
}

// load reads registers.
func (t *bmxTwin) load(at byte, r []byte) {
	t.registers[bmxStatus] = 0
	if time.Now().Before(t.done) {
		t.registers[bmxStatus] = bmxMeasuring
	}
	copying := time.Now().Before(t.copied)
	if copying {
		t.registers[bmxStatus] |= bmxCopying
	}
	for i := range r {
		r[i] = t.registers[at]
		if copying && at != bmxID && at != bmxStatus {
			r[i] = 0
		}
		at++
	}
}

// store writes a register. Writing the control register starts a measurement.
func (t *bmxTwin) store(at, x byte) {
	switch at {
	case bmxConfig, bmxControlHum:
		t.registers[at] = x
	case bmxControl:
		t.registers[at] = x &^ 3 // asleep again as soon as that is done
		if x&3 != 0 {
			t.measure(x>>5, x>>2&7)
		}
	}
}

// measure does a measurement with the oversampling that these codes mean; 0 leaves one
// out.
func (t *bmxTwin) measure(osT, osP byte) {
	osH := t.registers[bmxControlHum] & 7
	rawT, rawP, rawH := 0x80000, 0x80000, 0x8000
	fine := int64(0)
	samples := 0
	if osT != 0 {
		rawT = bisect(0, 1<<20-1, t.values[0], func(adc int64) float64 { return float64(bmxFine(adc)*5) / 25600 })
		fine = bmxFine(int64(rawT))
		samples += 1 << (osT - 1)
	}
	if osP != 0 {
		rawP = bisect(0, 1<<20-1, -t.values[1], func(adc int64) float64 { return -float64(bmxPressure(adc, fine)) / 25600 })
		samples += 1 << (osP - 1)
	}
	if osH != 0 && t.humid {
		rawH = bisect(0, 1<<16-1, t.values[2], func(adc int64) float64 { return float64(bmxHumidity(adc, fine)) / 1024 })
		samples += 1 << (osH - 1)
	}
	t.result(rawP, rawT, rawH)
	t.done = time.Now().Add(time.Duration(2+2*samples) * time.Millisecond) // 9.1: typical
}

// result fills the data registers.
func (t *bmxTwin) result(p, temp, h int) {
	r := t.registers[bmxData:]
	copy(r, []byte{byte(p >> 12), byte(p >> 4), byte(p << 4), byte(temp >> 12), byte(temp >> 4), byte(temp << 4)})
	if t.humid {
		r[6], r[7] = byte(h>>8), byte(h)
	}
}

// bisect is the number for which a function that rises is nearest to v.
func bisect(low, high int64, v float64, f func(int64) float64) int {
	for low < high {
		if mid := (low + high) / 2; f(mid) < v {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low > 0 && v-f(low-1) < f(low)-v {
		low--
	}
	return int(low)
}

// bmxFine is the temperature in 1/5120 °C.
func bmxFine(adc int64) int64 {
	d := adc>>3 - bmxTwinT[0]<<1
	e := adc>>4 - bmxTwinT[0]
	return d*bmxTwinT[1]>>11 + (e*e>>12)*bmxTwinT[2]>>14
}

// bmxPressure is in 1/256 Pa.
func bmxPressure(adc, fine int64) int64 {
	p := bmxTwinP
	d := fine - 128000
	offset := d*d*p[5] + d*p[4]<<17 + p[3]<<35
	slope := (1<<47 + d*d*p[2]>>8 + d*p[1]<<12) * p[0] >> 33
	x := ((1048576-adc)<<31 - offset) * 3125 / slope
	square := p[8] * (x >> 13) * (x >> 13) >> 25
	return (x+square+p[7]*x>>19)>>8 + p[6]<<4
}

// bmxHumidity is in 1/1024 %.
func bmxHumidity(adc, fine int64) int64 {
	h := bmxTwinH
	d := fine - 76800
	offset := (adc<<14 - h[3]<<20 - h[4]*d + 16384) >> 15
	slope := ((d*h[5]>>10*(d*h[2]>>11+32768))>>10 + 2097152) * h[1]
	x := offset * ((slope + 8192) >> 14)
	x -= (x >> 15 * (x >> 15) >> 7) * h[0] >> 4
	return min(max(x, 0), 419430400) >> 12
}
