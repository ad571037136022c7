// Package bus is what the drivers of I2C and SPI buses have in common: devices that are
// register maps or chips, and how they are kept going.
//
//	Read, Write of a channel
//	  │    values that one transaction or one measurement has brought are shared
//	register map or chip.Chip
//	  │    bytes
//	device ── starts what has appeared, tries again, leaves alone what is dead
//	  │
//	Bus ───── I2C: addresses, multiplexers; SPI: chip selects
//
// A [Driver] is a bus: its devices share the worker that owns it, so that transactions
// never mix. While a chip converts, others are served ([drivers.Measurer]). A device that does not answer faults its own channels and no others; when
// it answers again it gets its set-up first, since it may have been without power.
package bus
