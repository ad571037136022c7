package host

import "golang.org/x/sys/unix"

// kernelSynchronized asks the kernel, which anybody may. Where that is forbidden (some
// containers) the clock is the affair of others.
func kernelSynchronized() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err != nil || state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}
