package caserver

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isTaken is true of the error that another server listens at the address.
func isTaken(err error) bool {
	return errors.Is(err, windows.WSAEADDRINUSE) || errors.Is(err, windows.WSAEACCES)
}

// isAbsent is true of the error that the machine has no such address.
func isAbsent(err error) bool { return errors.Is(err, windows.WSAEADDRNOTAVAIL) }
