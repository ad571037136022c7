package caserver

import (
	"errors"
	"os"
	"time"

	"github.com/ioclet/ioclet/protocol/circuit"
)

// ask has do run in the reader's goroutine between two requests, where the circuit
// and its channels may be changed and replies appended. It may be called from
// anywhere, with a record locked, too, and does not wait. What has been asked of a
// client that is ending is dropped. The caller sees to it that not much is asked at a
// time: one do for all that has happened until it runs.
func (c *client) ask(do func()) {
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	if c.closing || c.ended {
		return
	}
	c.asked = append(c.asked, do)
	if len(c.asked) > 1 {
		return // the reader is awake
	}
	// A past deadline ends a read that waits; no byte is lost, they stay with conn.
	_ = c.conn.SetReadDeadline(time.Now().Add(-time.Second))
	c.outbox.signalRoom() // the reader may be waiting for a put
}

// attend runs what has been asked; false ends the circuit.
func (c *client) attend() bool {
	for _, do := range c.takeAsked() {
		do()
	}
	return c.circuit.State() != circuit.Closed
}

// takeAsked takes what has been asked and lets the reader wait again, unless the
// server stops: its deadline is not to be lifted.
func (c *client) takeAsked() []func() {
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	if c.closing || len(c.asked) == 0 {
		return nil
	}
	asked := c.asked
	c.asked = nil
	_ = c.conn.SetReadDeadline(time.Time{})
	return asked
}

// interrupted reports whether a read has ended with err only because something was
// asked; it is done then.
func (c *client) interrupted(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) && !c.isClosing() && c.attend()
}
