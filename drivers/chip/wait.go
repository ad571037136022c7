package chip

import (
	"context"
	"time"
)

// Pauser is a Conn whose bus others may use while a chip is busy.
type Pauser interface {
	Conn
	// Pause is Wait.
	Pause(ctx context.Context, d time.Duration) error
}

// Wait returns after d, or with an error if ctx ends before. If c is a [Pauser] others use
// the bus meanwhile, and may make it longer.
func Wait(ctx context.Context, c Conn, d time.Duration) error {
	if p, ok := c.(Pauser); ok {
		return p.Pause(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settling is when a chip that converts all the time has its first result. Until then
// its registers may say 0, which is not distinguishable from a measured one. Not Start
// but Read waits, so that other chips can be started meanwhile.
type settling struct{ until time.Time }

// begin says that the first conversion begins and takes d.
func (s *settling) begin(d time.Duration) { s.until = time.Now().Add(d) }

// wait waits for it.
func (s *settling) wait(ctx context.Context, c Conn) error {
	if d := s.left(); d > 0 {
		return Wait(ctx, c, d)
	}
	return nil
}

// left is how long that still takes.
func (s *settling) left() time.Duration { return time.Until(s.until) }
