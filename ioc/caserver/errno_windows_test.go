package caserver

import "golang.org/x/sys/windows"

// What a machine in memory says of addresses.
const takenErrno, absentErrno = windows.WSAEADDRINUSE, windows.WSAEADDRNOTAVAIL
