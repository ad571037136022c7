//go:build !linux

package host

// kernelSynchronized believes the clock: there is nobody to ask.
func kernelSynchronized() bool { return true }
