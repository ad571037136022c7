//go:build !linux

package i2c

import (
	"fmt"
	"runtime"

	"github.com/ioclet/ioclet/drivers"
	"periph.io/x/conn/v3/i2c"
)

func openKernel(number int) (i2c.BusCloser, error) {
	return nil, fmt.Errorf("/dev/i2c-%d needs Linux, this is %s: %w", number, runtime.GOOS, drivers.ErrAbsent)
}
