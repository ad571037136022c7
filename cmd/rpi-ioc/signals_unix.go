//go:build unix

package main

import (
	"os"
	"syscall"
)

// hangup are the signals upon which files are read again, inquiry those upon which
// the server reports.
var (
	hangup  = []os.Signal{syscall.SIGHUP}
	inquiry = []os.Signal{syscall.SIGUSR1}
)
