// Package i2c is the driver of an I2C bus and the registers of the chips on it, each
// register described by its place, type and scale.
//
//	Read of a channel ─▶ block: one transaction for adjacent registers ─▶ i2c.Bus
//	                     └─ the other channels of the block take their values from it
//
// A [Driver] is a bus: its chips share the worker that owns it, so that transactions
// never mix. A chip that does not answer faults its own channels and no others; when it
// answers again it gets its init sequence first, since it may have been without power.
//
// The bus is an i2c.Bus of periph.io: the kernel's /dev/i2c-N, or whatever else
// implements it, such as a USB adapter or a simulation.
package i2c
