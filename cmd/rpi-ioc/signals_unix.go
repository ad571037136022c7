//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// hangup are the signals upon which files are read again, inquiry those upon which
// the server reports.
var (
	hangup  = []os.Signal{syscall.SIGHUP}
	inquiry = []os.Signal{syscall.SIGUSR1}
)

// outliveReaders keeps the end of what reads the output, such as head, tee or grep, from
// ending this process before its outputs are in their safe states.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }
