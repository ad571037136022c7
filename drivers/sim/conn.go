package sim

import (
	"io"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
)

// maxPending bounds what a connection keeps for a reader that does not read, and
// what it keeps of a command that does not end.
const maxPending = 1 << 20

// conn is a connection to a peer, without goroutines: Write answers, Read
// waits for answers.
type conn struct {
	peer *Peer
	wake chan struct{} // there is something to read, or the connection has ended
	done chan struct{} // closed with the connection

	mu     sync.Mutex
	in     []byte // of a command that is not complete
	out    []byte
	closed bool
	why    error // it is closed
	timers []*time.Timer
}

func newConn(p *Peer) *conn {
	return &conn{peer: p, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

func (c *conn) Read(b []byte) (int, error) {
	for {
		c.mu.Lock()
		n := copy(b, c.out)
		c.out = c.out[:copy(c.out, c.out[n:])]
		closed := c.closed
		c.mu.Unlock()
		switch {
		case n > 0 || len(b) == 0:
			return n, nil
		case closed:
			return 0, c.why
		}
		select {
		case <-c.wake:
		case <-c.done:
		}
	}
}

// Write takes commands, or parts of them, and puts the answers where Read finds
// them.
func (c *conn) Write(b []byte) (int, error) {
	c.peer.taking(c.done)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, io.ErrClosedPipe
	}
	if c.peer.echoes() {
		c.send(b)
	}
	c.in = append(c.in, b...)
	rest := c.peer.hear(c.in, c.say)
	c.in = c.in[:copy(c.in, rest)]
	if len(c.in) > maxPending {
		c.in = c.in[:0]
	}
	return len(b), nil
}

// say sends an answer, after a while. c.mu is held.
func (c *conn) say(answer []byte, after time.Duration) {
	if after <= 0 {
		c.send(answer)
		return
	}
	time.AfterFunc(after, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.closed {
			c.send(answer)
		}
	})
}

// send makes b readable. c.mu is held.
func (c *conn) send(b []byte) {
	if len(b) == 0 || len(c.out)+len(b) > maxPending {
		return
	}
	c.out = append(c.out, b...)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// every sends what line makes, again and again until the connection is closed.
func (c *conn) every(d time.Duration, line func() []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		err := drivers.Guard("simulated line", func() error {
			c.mu.Lock()
			defer c.mu.Unlock()
			if !c.closed {
				c.send(line())
				t.Reset(d)
			}
			return nil
		})
		if err != nil {
			c.end(err)
		}
	})
	c.timers = append(c.timers, t)
}

func (c *conn) Close() error {
	c.peer.forget(c)
	c.end(io.EOF)
	return nil
}

// end closes the connection; why is what Read returns then.
func (c *conn) end(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed, c.why = true, why
	close(c.done)
	for _, t := range c.timers {
		t.Stop()
	}
}
