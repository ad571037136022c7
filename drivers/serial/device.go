package serial

import "time"

// device is an instrument on the port.
type device struct {
	// immutable
	name        string
	in, out     []byte
	timeout     time.Duration
	readTimeout time.Duration
	staleAfter  time.Duration
	init        [][]byte
	channels    []*channel

	health // guarded by the port's turn, but for its own atomics
}
