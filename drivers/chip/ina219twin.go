package chip

import (
	"math"
	"time"
)

// inaTwin is a simulated INA219. Its power is what voltage and current make; setting it
// changes the current.
type inaTwin struct {
	pointed
	settling    settling
	shunt       float64 // ohm
	volts       float64
	amperes     float64
	config      uint16
	calibration uint16
}

func newINATwin(shunt float64) *inaTwin {
	t := &inaTwin{shunt: shunt, volts: 12, amperes: 0.001 / shunt}
	t.load, t.store = t.register, t.write
	t.Reset()
	return t
}

// Reset. Twin.
func (t *inaTwin) Reset() {
	t.at, t.calibration = 0, 0
	t.configure(0x399F)
}

// configure begins to measure anew: first the shunt, then the bus.
func (t *inaTwin) configure(x uint16) {
	t.config = x
	samples := 1
	if adc := x >> 3 & 15; adc > 8 {
		samples = 1 << (adc - 8)
	}
	t.settling.begin(time.Duration(2*samples) * 532 * time.Microsecond)
}

// Set. Twin.
func (t *inaTwin) Set(i int, v float64) {
	switch {
	case math.IsNaN(v):
	case i == 0:
		t.volts = v
	case i == 1:
		t.amperes = v
	case t.volts != 0:
		t.amperes = v / t.volts
	}
}

// Get. Twin.
func (t *inaTwin) Get(i int) float64 {
	return [3]float64{t.volts, t.amperes, t.volts * t.amperes}[i]
}

func (t *inaTwin) register(at byte) []byte {
	switch at & 7 {
	case 0:
		return bigEndian(t.config)
	case 1:
		return bigEndian(uint16(t.drop()))
	case 2:
		return bigEndian(t.bus()<<3 | 2) // a conversion is there
	case 3: // equation 5
		return bigEndian(uint16(min(math.Abs(float64(t.current()))*float64(t.bus())/5000, 65535)))
	case 4:
		return bigEndian(uint16(t.current()))
	case 5:
		return bigEndian(t.calibration)
	}
	return []byte{0, 0}
}

// drop is the shunt register.
func (t *inaTwin) drop() int16 {
	if t.settling.left() > 0 {
		return 0
	}
	most := []float64{4000, 8000, 16000, 32000}[t.config>>11&3]
	return int16(min(max(math.Round(t.amperes*t.shunt*1e5), -most), most))
}

// bus is the voltage in steps of 4 mV.
func (t *inaTwin) bus() uint16 {
	if t.settling.left() > 0 {
		return 0
	}
	most := []float64{4000, 8000}[t.config>>13&1]
	return uint16(min(max(math.Round(t.volts*250), 0), most))
}

// current is equation 4.
func (t *inaTwin) current() int16 {
	return int16(min(max(float64(t.drop())*float64(t.calibration)/4096, -32768), 32767))
}

func (t *inaTwin) write(at byte, data []byte) {
	if len(data) != 2 {
		return
	}
	x := uint16(data[0])<<8 | uint16(data[1])
	switch {
	case at&7 == 0 && x&0x8000 != 0:
		t.Reset()
	case at&7 == 0:
		t.configure(x &^ 0x4000)
	case at&7 == 5:
		t.calibration = x &^ 1
	}
}
