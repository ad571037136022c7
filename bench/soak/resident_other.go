//go:build !linux

package main

// resident is not known here.
func resident() uint64 { return 0 }
