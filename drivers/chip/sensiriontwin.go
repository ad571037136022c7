package chip

import (
	"errors"
	"math"
	"time"
)

// errNotAcknowledged has the text of the error that the kernel gives when a chip on I2C
// does not acknowledge.
var errNotAcknowledged = errors.New("remote I/O error")

// shtTwin is a simulated SHT3x or SHT4x.
type shtTwin struct {
	values   [2]float64 // °C, %
	fixed    map[string][]uint16
	measure  map[string]time.Duration // typical time, by command
	humidity func(percent float64) float64

	answer []byte // to what was commanded, nil if there is none
	ready  time.Time
}

func newSHT3xTwin() *shtTwin {
	return &shtTwin{
		values: [2]float64{20, 50},
		fixed:  map[string][]uint16{"\xF3\x2D": {0x8010}, "\x30\x93": nil, "\x30\xA2": nil},
		measure: map[string]time.Duration{
			"\x24\x00": 12500 * time.Microsecond, "\x24\x0B": 4500 * time.Microsecond, "\x24\x16": 2500 * time.Microsecond,
		},
		humidity: func(percent float64) float64 { return percent / 100 },
	}
}

func newSHT4xTwin() *shtTwin {
	return &shtTwin{
		values: [2]float64{20, 50},
		fixed:  map[string][]uint16{"\x89": {0x1234, 0x5678}, "\x94": nil},
		measure: map[string]time.Duration{
			"\xFD": 6900 * time.Microsecond, "\xF6": 3700 * time.Microsecond, "\xE0": 1300 * time.Microsecond,
		},
		humidity: func(percent float64) float64 { return (percent + 6) / 125 },
	}
}

// Reset. Twin.
func (t *shtTwin) Reset() { t.answer, t.ready = nil, time.Time{} }

// Set. Twin.
func (t *shtTwin) Set(i int, v float64) {
	if !math.IsNaN(v) {
		t.values[i] = v
	}
}

// Get. Twin.
func (t *shtTwin) Get(i int) float64 { return t.values[i] }

// Tx takes a command, or gives the answer to the last one, once. A command that the
// chip does not know is not acknowledged; nor is anything while it measures. Conn.
func (t *shtTwin) Tx(w, r []byte) error {
	if time.Now().Before(t.ready) {
		return errNotAcknowledged
	}
	if len(w) > 0 && !t.command(string(w)) {
		return errNotAcknowledged
	}
	if len(r) > 0 {
		if t.answer == nil {
			return errNotAcknowledged
		}
		n := copy(r, t.answer)
		for ; n < len(r); n++ {
			r[n] = 0xFF // nobody drives the line
		}
		t.answer = nil
	}
	return nil
}

// command reports whether there is such a command.
func (t *shtTwin) command(w string) bool {
	t.answer = nil
	if words, ok := t.fixed[w]; ok {
		t.say(words...)
		return true
	}
	duration, ok := t.measure[w]
	if ok {
		t.ready = time.Now().Add(duration)
		t.say(fraction16((t.values[0]+45)/175), fraction16(t.humidity(t.values[1])))
	}
	return ok
}

// fraction16 is a number from 0 to 1 in 16 bits.
func fraction16(x float64) uint16 { return uint16(min(max(x, 0), 1)*65535 + 0.5) }

// say makes words the answer, each with the remainder of its division by x⁸+x⁵+x⁴+1.
func (t *shtTwin) say(words ...uint16) {
	for _, w := range words {
		remainder := (uint32(w) ^ 0xFF00) << 8 // it begins with 0xFF
		for bit := 23; bit >= 8; bit-- {
			if remainder>>bit&1 == 1 {
				remainder ^= 0x131 << (bit - 8)
			}
		}
		t.answer = append(t.answer, byte(w>>8), byte(w), byte(remainder))
	}
}
