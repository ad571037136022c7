// Package i2c is the driver of an I2C bus and the chips on it: what package bus has of
// registers and chips, with addresses and multiplexers.
//
// The bus is an i2c.Bus of periph.io: the kernel's /dev/i2c-N, or whatever else
// implements it, such as a USB adapter or a simulation. One operation after the other
// goes to it, so that a multiplexer stays as it is during a transaction; other programs
// must keep off a bus whose multiplexers are not driven by the kernel.
package i2c
