// Package spi is the driver of an SPI bus and the chips on it: what package bus has of
// registers and chips, with chip selects, modes and speeds.
//
// A port is a chip select of a bus, as periph.io has it: the kernel's /dev/spidevB.C, or
// whatever else implements it, such as a USB adapter or a simulation. Nobody acknowledges
// on SPI: a chip that is not there sends ones or zeros, which only an identity register
// or a chip's own checks tell from values.
package spi
