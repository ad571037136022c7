package client

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Errors a caller may branch on.
var (
	// ErrNotFound: no server has answered the search for the name.
	ErrNotFound = errors.New("not found")
	// ErrDisconnected: the server has gone before it answered.
	ErrDisconnected = errors.New("disconnected")
	// ErrClosed: the channel, monitor or context has been closed.
	ErrClosed = errors.New("closed")
)

// Error is the failure of one operation on one channel. Err is one of the
// package's sentinels, a [TimeoutError], the server's protocol.Status, or what
// the network said.
type Error struct {
	PV  string
	Op  string // "connect", "get", "put" or "monitor"
	Err error
}

func (e *Error) Error() string { return fmt.Sprintf("pv %q: %s: %v", e.PV, e.Op, e.Err) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// TimeoutError says that the caller's context ended first, and why nothing had
// come by then. It unwraps to both: errors.Is finds context.DeadlineExceeded
// (or context.Canceled) as well as ErrNotFound.
type TimeoutError struct {
	After  time.Duration // how long was waited
	Cause  error         // the context's error
	Reason error         // nil: connected, but no answer
}

func (e *TimeoutError) Error() string {
	what := "timeout"
	if errors.Is(e.Cause, context.Canceled) {
		what = "canceled"
	}
	s := what + " after " + e.After.String()
	if e.Reason != nil {
		s += ": " + e.Reason.Error()
	}
	return s
}

// Unwrap gives the context's error and the reason.
func (e *TimeoutError) Unwrap() []error {
	if e.Reason == nil {
		return []error{e.Cause}
	}
	return []error{e.Cause, e.Reason}
}
