package spi

import (
	"fmt"
	"os"
	"slices"

	"periph.io/x/conn/v3/spi"
	"periph.io/x/host/v3/sysfs"
)

func devicePath(bus, cs int) string { return fmt.Sprintf("/dev/spidev%d.%d", bus, cs) }

// isPresent reports whether there is a port for one of the devices.
func isPresent(o *Options) bool {
	return slices.ContainsFunc(o.Devices, func(d Device) bool {
		_, err := os.Stat(devicePath(o.Bus, d.CS))
		return err == nil
	})
}

// openKernel opens the kernel's device for a chip select.
func openKernel(bus, cs int) (spi.PortCloser, error) {
	path := devicePath(bus, cs)
	// What sysfs.NewSPI says cannot be told apart.
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, remedy(path, err)
	}
	f.Close()
	port, err := sysfs.NewSPI(bus, cs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return port, nil
}
