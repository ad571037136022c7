package spi

// PortInfo is a chip select of an SPI bus of this machine, for which the kernel has a
// device file.
type PortInfo struct {
	Bus, CS int
	Path    string // /dev/spidev0.0
	Err     error  // why this user cannot open it, nil if he can
}
