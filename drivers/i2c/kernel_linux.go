package i2c

import (
	"fmt"
	"os"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/host/v3/sysfs"
)

// openKernel opens the kernel's bus of that number.
func openKernel(number int) (i2c.BusCloser, error) {
	path := fmt.Sprintf("/dev/i2c-%d", number)
	// sysfs.NewI2C says nothing that can be told apart, and advises the wrong group.
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, remedy(path, err)
	}
	f.Close()
	bus, err := sysfs.NewI2C(number)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return bus, nil
}
