//go:build unix

package caserver

import "golang.org/x/sys/unix"

// inputWaits reports whether a read of the socket would return something.
func inputWaits(fd uintptr) bool {
	n, err := unix.IoctlGetInt(int(fd), fionread)
	return err == nil && n > 0
}
