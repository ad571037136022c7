//go:build !linux

package i2c

import (
	"fmt"
	"runtime"

	"github.com/ioclet/ioclet/drivers"
	"periph.io/x/conn/v3/i2c"
)

func openKernel(bus string) (i2c.BusCloser, error) {
	return nil, fmt.Errorf("I2C bus %s needs Linux, this is %s: %w", bus, runtime.GOOS, drivers.ErrAbsent)
}

func isPresent(string) bool { return false }
