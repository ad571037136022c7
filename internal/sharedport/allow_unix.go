//go:build unix

package sharedport

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Allow is Control of a socket by its descriptor. For Linux SO_REUSEADDR is enough.
func Allow(fd uintptr) error {
	err := unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil && runtime.GOOS != "linux" {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}
	return err
}
