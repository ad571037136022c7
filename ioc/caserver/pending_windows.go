package caserver

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// fionread is FIONREAD of winsock2.h: the number of bytes that can be read.
const fionread = 0x4004667f

// inputWaits reports whether a read of the socket would return something.
func inputWaits(fd uintptr) bool {
	var n, returned uint32
	err := windows.WSAIoctl(windows.Handle(fd), fionread, nil, 0, (*byte)(unsafe.Pointer(&n)), uint32(unsafe.Sizeof(n)), &returned, nil, 0)
	return err == nil && n > 0
}
