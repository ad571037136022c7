//go:build !linux

package spi

import (
	"fmt"
	"runtime"

	"github.com/ioclet/ioclet/drivers"
	"periph.io/x/conn/v3/spi"
)

func openKernel(bus, cs int) (spi.PortCloser, error) {
	return nil, fmt.Errorf("/dev/spidev%d.%d needs Linux, this is %s: %w", bus, cs, runtime.GOOS, drivers.ErrAbsent)
}

func isPresent(*Options) bool { return false }
