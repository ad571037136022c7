package client

import (
	"context"
	"net/netip"
	"sync"

	"github.com/ioclet/ioclet/protocol"
)

// Context is a client: its channels, the circuits to the servers that have them,
// and the search for the names of which no server is known. It opens its sockets
// when a channel is first used.
//
// The zero Context is ready. Its methods and those of everything made with it may
// be called from any goroutine. It must not be copied.
type Context struct {
	// Config must not be changed once the Context is in use.
	Config Config

	once   sync.Once
	cfg    Config          // Config with its defaults
	life   context.Context // ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup // every goroutine of the Context

	mu          sync.Mutex // of all below, and of what channels and connections say it guards
	closed      bool
	search      searcher
	connections map[endpoint]*connection
	monitors    map[*Monitor]struct{}
}

// endpoint is what channels share a circuit by (CA 4.1: a priority has a circuit of
// its own).
type endpoint struct {
	addr     netip.AddrPort
	priority uint8
}

// Channel is a channel to the PV of that name, not connected and not searched for
// until it is used. Every call makes a new one; those of one server share a
// circuit.
func (c *Context) Channel(name string) *Channel { return c.ChannelAt(name, 0) }

// ChannelAt is [Context.Channel] on the circuit of a priority from 0 to 99, which
// servers may prefer to those of lower ones. Higher values count as 99.
func (c *Context) ChannelAt(name string, priority uint8) *Channel {
	return &Channel{context: c, name: name, priority: min(priority, protocol.MaxPriority)}
}

// start opens the Context at its first use.
func (c *Context) start() {
	c.once.Do(func() {
		c.cfg = c.Config.withDefaults()
		c.life, c.cancel = context.WithCancel(context.Background())
		c.connections = map[endpoint]*connection{}
		c.monitors = map[*Monitor]struct{}{}
		c.search.init(c)
	})
}

// Close ends all channels and monitors and returns when every goroutine of the
// Context has ended. Writes that have been accepted are sent first, for at most
// a second or so. What still waits gets [ErrClosed]. Close may be called twice.
func (c *Context) Close() error {
	c.start()
	c.mu.Lock()
	c.closed = true
	for _, n := range c.connections {
		n.drain()
	}
	c.search.stop()
	for m := range c.monitors {
		m.end()
	}
	c.mu.Unlock()
	c.cancel()
	c.tasks.Wait()
	return nil
}
