//go:build unix

package main

import (
	"os"
	"syscall"
)

// hangup are the signals upon which files are read again.
var hangup = []os.Signal{syscall.SIGHUP}
