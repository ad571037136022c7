//go:build !unix

package main

import "os"

// hangup are the signals upon which files are read again, inquiry those upon which
// the server reports: there are none here.
var hangup, inquiry []os.Signal

// outliveReaders has nothing to do: a write that nobody reads is an error only.
func outliveReaders() {}
