package chip

import (
	"fmt"
	"math"
)

// mcpADCTwin is a simulated MCP3004 or MCP3008.
type mcpADCTwin struct {
	inputs    []string // of the values
	reference float64
	volts     []float64
}

// Reset: there is nothing to forget. Twin.
func (*mcpADCTwin) Reset() {}

// Set. Twin.
func (t *mcpADCTwin) Set(i int, v float64) {
	if !math.IsNaN(v) {
		t.volts[i] = v
	}
}

// Get. Twin.
func (t *mcpADCTwin) Get(i int) float64 { return t.volts[i] }

// Tx goes bit by bit: after the first 1 there are four bits for the input, one in which
// the chip samples, a 0, ten bits of the result, and zeros. Conn.
func (t *mcpADCTwin) Tx(w, r []byte) error {
	clear(r)
	since, command, result := -1, 0, 0
	for i := range 8 * len(w) {
		in := int(w[i/8] >> (7 - i%8) & 1)
		switch {
		case since < 0 && in == 0:
			continue
		case since < 0:
			since = 0
			continue
		}
		since++
		switch {
		case since <= 4:
			command = command<<1 | in
			if since == 4 {
				result = t.sample(command)
			}
		case since >= 7 && since <= 16:
			r[i/8] |= byte(result >> (16 - since) & 1 << (7 - i%8))
		}
	}
	return nil
}

// sample is the result for the input that four bits select; one that is no value has
// 0 V.
func (t *mcpADCTwin) sample(command int) int {
	number := command & 7
	name := fmt.Sprintf("CH%d", number)
	if command&8 == 0 {
		name = fmt.Sprintf("CH%d-CH%d", number, number+1-2*(number%2))
	}
	for i, in := range t.inputs {
		if in == name {
			return int(min(max(t.volts[i]/t.reference*1024+0.5, 0), 1023))
		}
	}
	return 0
}
