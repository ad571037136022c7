// Package sim stands in for hardware: with it the configuration of a bench runs on a
// machine that has none of it, and the same drivers run above.
//
//	signal: sine            Signal ──▶ func(time) float64      no hardware at all
//	write: "VOLT %.3f"  ─┐
//	reply: "%f"         ─┼▶ Peer ◀── bytes ──▶ serial.Port      instruments on a port
//	sim: "VOLT / 12"    ─┘
//	gpio: GPIO17            Lines ◀─────────▶ gpio.Driver       lines of a chip
//	i2c: {address: 0x76}    I2C   ◀─── Tx ──▶ i2c.New           registers, or twins of chips
//	holding: 2              Modbus ◀─ frames ─▶ modbus.New      slaves
//
// What a simulated instrument says follows from the lines that tell the real one's
// driver how to talk to it; see [Peer]. How values behave that nobody sets is said by
// an expression; see [Functions].
//
// Everything is deterministic: it follows from the seed and from the times and the
// order of the calls. Time is a parameter or that of package time, so that
// testing/synctest works.
package sim
