//go:build unix

package reccaster

import (
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// shareAddress lets several IOCs of a machine hear the same announcements; Linux gives
// each of them every broadcast.
func shareAddress(_, _ string, c syscall.RawConn) error {
	var err error
	control := func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
		if err == nil && runtime.GOOS != "linux" {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
		}
	}
	if err := c.Control(control); err != nil {
		return err
	}
	return err
}
