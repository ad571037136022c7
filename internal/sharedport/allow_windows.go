package sharedport

import "golang.org/x/sys/windows"

// Allow is Control of a socket by its handle.
func Allow(fd uintptr) error {
	return windows.SetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, windows.SO_REUSEADDR, 1)
}
