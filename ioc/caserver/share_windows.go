package caserver

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// separateBroadcast: a socket bound to an interface's address hears its broadcasts.
const separateBroadcast = false

// shareAddress lets several servers of a machine bind the same UDP port.
func shareAddress(_, _ string, c syscall.RawConn) error {
	var err error
	control := func(fd uintptr) {
		err = windows.SetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, windows.SO_REUSEADDR, 1)
	}
	if err := c.Control(control); err != nil {
		return err
	}
	return err
}
