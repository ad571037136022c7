//go:build unix

package caserver

// separateBroadcast: a socket bound to an interface's address hears no broadcasts.
const separateBroadcast = true
