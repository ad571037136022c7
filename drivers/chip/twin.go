package chip

import "math"

// pointed is a Twin's side of a bus on which the first byte that is written selects a
// register, and stays selected.
type pointed struct {
	at    byte
	load  func(at byte) []byte       // the bytes of a register; never empty
	store func(at byte, data []byte) // what is written to it; never empty
}

// Tx does a transaction. Conn.
func (p *pointed) Tx(w, r []byte) error {
	if len(w) > 0 {
		p.at = w[0]
		if len(w) > 1 {
			p.store(p.at, w[1:])
		}
	}
	for n := 0; n < len(r); {
		n += copy(r[n:], p.load(p.at))
	}
	return nil
}

// thermometer is the one value of a Twin.
type thermometer struct{ celsius float64 }

// Set is in °C. Twin.
func (t *thermometer) Set(_ int, v float64) {
	if !math.IsNaN(v) {
		t.celsius = v
	}
}

// Get is in °C. Twin.
func (t *thermometer) Get(int) float64 { return t.celsius }
