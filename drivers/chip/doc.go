// Package chip knows sensors, converters and expanders: what values each kind of chip
// has, how it is set up, and the arithmetic between its registers and physical units.
// It knows nothing of buses but that bytes go there and back: the drivers of I2C and
// SPI buses own those, and call a chip's methods one at a time.
//
//	Find("bme280") ─▶ Model ─ New(settings) ─▶ Chip ◀─ Start, Read, Write ─ driver of the bus
//	                    └──── Twin(settings) ─▶ Twin: the same chip as seen from the bus
package chip
