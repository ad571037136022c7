package serial

import (
	"log/slog"
	"time"
)

// device is an instrument on the port.
type device struct {
	// immutable
	name        string
	in          framing
	out         []byte
	echo        Echo
	pause       time.Duration // between the bytes of a command
	timeout     time.Duration
	readTimeout time.Duration
	staleAfter  time.Duration
	init        [][]byte
	channels    []*channel
	log         *slog.Logger

	health // guarded by the port's turn, but for its own atomics
}
