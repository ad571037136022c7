package spi

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/ioclet/ioclet/drivers"
)

// remedy says what can be done about a port that cannot be opened.
func remedy(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist: switch the bus on, with that chip select (Raspberry Pi: dtparam=spi=on in config.txt, or raspi-config; module spidev): %w", path, drivers.ErrAbsent)
	case errors.Is(err, fs.ErrPermission):
		return drivers.Denied(path, "spi", err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
