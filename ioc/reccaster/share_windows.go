package reccaster

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// shareAddress lets several IOCs of a machine hear the same announcements.
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
