package i2c

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/ioclet/ioclet/drivers"
)

// remedy says what can be done about a bus that cannot be opened.
func remedy(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist: switch the bus on (Raspberry Pi: dtparam=i2c_arm=on in config.txt, or raspi-config; module i2c-dev): %w", path, drivers.ErrAbsent)
	case errors.Is(err, fs.ErrPermission):
		return drivers.Denied(path, "i2c", err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
