//go:build unix

package caserver

import (
	"errors"

	"golang.org/x/sys/unix"
)

// isTaken is true of the error that another server listens at the address.
func isTaken(err error) bool { return errors.Is(err, unix.EADDRINUSE) }

// isAbsent is true of the error that the machine has no such address.
func isAbsent(err error) bool { return errors.Is(err, unix.EADDRNOTAVAIL) }
