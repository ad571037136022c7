package main

import (
	"bytes"
	"os"
	"strconv"
)

// resident is the memory that the process has, in bytes; 0 if the kernel does not tell.
func resident() uint64 {
	b, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(b)
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
