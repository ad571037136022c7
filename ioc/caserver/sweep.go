package caserver

import (
	"context"
	"time"
)

// sweepPeriod is how often clients are looked at for being late: deadlines are kept
// to this.
const sweepPeriod = 5 * time.Second

// sweep drops clients that keep the server waiting too long, until ctx ends.
func (s *Server) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			s.dropLate(now)
			s.release(now)
		}
	}
}

func (s *Server) dropLate(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		due := c.messageDue.Load()
		switch {
		case !c.spoken.Load() && now.Sub(c.since) > s.config.Limits.HandshakeTime:
			c.drop(limitHandshakeTime, "has not said VERSION")
		case due != 0 && now.UnixNano() > due:
			c.drop(limitMessageTime, "does not finish a message")
		}
	}
}

// drop ends a client from outside of its goroutines.
func (c *client) drop(id limitID, reason string) {
	c.limited(id, reason)
	_ = c.conn.Close()
}

// awaitMessage notes, before the reader waits for bytes, when those that the message
// under way lacks must have come.
func (c *client) awaitMessage() {
	size := c.circuit.Pending()
	if size == 0 {
		c.due = time.Time{} // of a message that was skipped
		return
	}
	if c.due.IsZero() {
		c.due = time.Now().Add(c.server.config.Limits.MessageTime + time.Duration(size/slowest)*time.Second)
	}
	c.messageDue.Store(c.due.UnixNano())
}
