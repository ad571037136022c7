//go:build unix

package caserver

import (
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// separateBroadcast: a socket bound to an interface's address hears no broadcasts.
const separateBroadcast = true

// shareAddress lets several servers of a machine bind the same UDP port; Linux gives
// each of them every broadcast.
func shareAddress(_, _ string, c syscall.RawConn) error {
	var failed error
	if err := c.Control(func(fd uintptr) { failed = share(int(fd)) }); err != nil {
		return err
	}
	return failed
}

func share(fd int) error {
	err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil && runtime.GOOS != "linux" {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}
	return err
}
