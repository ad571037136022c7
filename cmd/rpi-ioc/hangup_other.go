//go:build !unix

package main

import "os"

// hangup are the signals upon which files are read again: there are none here.
var hangup []os.Signal
