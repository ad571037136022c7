package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// cpuTime is the CPU time in seconds that a process and its ended threads have used so
// far, to the nanosecond: the process's CPU-time clock (clock_getcpuclockid(3): the
// complement of its id over the number of the clock, 2 of what the scheduler counts).
func cpuTime(pid int) (float64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(^int32(pid)<<3|2, &t); err != nil {
		return 0, fmt.Errorf("CPU clock of process %d: %w", pid, err)
	}
	return float64(t.Nano()) / 1e9, nil
}
