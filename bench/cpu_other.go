//go:build !linux

package main

import "errors"

func cpuTime(int) (float64, error) {
	return 0, errors.New("the CPU time of another process can be told on Linux only")
}
