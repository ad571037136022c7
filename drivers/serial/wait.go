package serial

import (
	"context"
	"errors"
	"time"
)

// errGone is returned by wait when the connection ends, with the input still to be
// looked at.
var errGone = errors.New("connection gone")

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
	select {
	case <-s.gone:
		s.turn <- struct{}{}
		return lost(s.reason())
	default:
		return nil
	}
}

// wait waits for c no longer than d; came is false if that time is over.
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
	if errors.Is(err, errGone) {
		err = lost(s.reason())
	}
	return err
}
