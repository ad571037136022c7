package i2c

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/ioclet/ioclet/drivers"
)

// failure is what a failed transaction means.
type failure uint8

const (
	noAnswer failure = iota // the chip does not acknowledge
	stalled                 // the bus does not move: a line is held low
	gone                    // there is no bus any more
)

// classify tells failures apart. periph's kernel bus turns error numbers into text, so
// the text counts too. ENODEV is a bus that is gone; ENXIO, whose text begins like that
// of ENODEV, is one of the numbers by which adapters report a missing acknowledge.
func classify(err error) failure {
	is := func(number syscall.Errno, text string) bool {
		return errors.Is(err, number) || strings.HasSuffix(err.Error(), text)
	}
	switch {
	case is(syscall.ENODEV, "no such device"), errors.Is(err, fs.ErrClosed):
		return gone
	case is(syscall.ETIMEDOUT, "timed out"), errors.Is(err, os.ErrDeadlineExceeded):
		return stalled
	}
	return noAnswer
}

// remedy says what can be done about a bus that cannot be opened.
func remedy(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist: switch the bus on (Raspberry Pi: dtparam=i2c_arm=on in config.txt, or raspi-config; module i2c-dev): %w", path, drivers.ErrAbsent)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: permission denied: add the user to group i2c (sudo usermod -aG i2c $USER) and log in again: %w", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
