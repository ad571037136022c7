package serial

import (
	"context"
	"errors"
	"time"
)

// errGone says that the connection has ended, with the input still to be looked at.
var errGone = errors.New("connection gone")

// whyGone is err, or the loss of the connection in the place of errGone.
func (s *session) whyGone(err error) error {
	if errors.Is(err, errGone) {
		return lost(s.reason())
	}
	return err
}

// abort is closed when an exchange is to make way for Close, never for a final one.
func (s *session) abort(final bool) <-chan struct{} {
	if final {
		return nil
	}
	return s.stopping
}

// acquire takes the turn.
func (s *session) acquire(ctx context.Context, final bool) error {
	select {
	case <-s.turn:
	case <-s.gone:
		return lost(s.reason())
	case <-s.abort(final):
		return lost(errClosing)
	case <-ctx.Done():
		return ctx.Err()
	}
	// The turn may have been there together with a reason not to take it.
	err := ctx.Err()
	select {
	case <-s.gone:
		err = lost(s.reason())
	case <-s.abort(final):
		err = lost(errClosing)
	default:
	}
	if err != nil {
		s.turn <- struct{}{}
	}
	return err
}

// wait waits for c no longer than d; came is false if that time is over. It returns
// errGone when the connection ends.
func (s *session) wait(ctx context.Context, final bool, c <-chan struct{}, d time.Duration) (came bool, err error) {
	if s.timer == nil {
		s.timer = time.NewTimer(d)
	} else {
		s.timer.Reset(d)
	}
	defer s.timer.Stop()
	select {
	case <-c:
		return true, nil
	case <-s.timer.C:
		return false, nil
	case <-s.gone:
		return false, errGone
	case <-s.abort(final):
		return false, lost(errClosing)
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// sleep waits for d.
func (s *session) sleep(ctx context.Context, final bool, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	_, err := s.wait(ctx, final, nil, d)
	return s.whyGone(err)
}
