//go:build unix

package caserver

import "golang.org/x/sys/unix"

// What a machine in memory says of addresses.
const takenErrno, absentErrno = unix.EADDRINUSE, unix.EADDRNOTAVAIL
