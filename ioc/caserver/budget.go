package caserver

import (
	"sync/atomic"

	"github.com/ioclet/ioclet/protocol"
)

// budget is memory that all clients share: large requests under way, and arrays that
// wait in subscriptions though the PV has a newer value.
type budget struct {
	limit int64
	used  atomic.Int64
}

// take takes n bytes if there are so many.
func (b *budget) take(n int) bool {
	if b.used.Add(int64(n)) > b.limit {
		b.used.Add(int64(-n))
		return false
	}
	return true
}

func (b *budget) give(n int) { b.used.Add(int64(-n)) }

// makeRoom sees to it that the input buffer can grow for the message under way; one
// that finds no room is refused. false ends the circuit.
func (c *client) makeRoom() bool {
	for {
		n := c.circuit.Room(1)
		if n <= bufferKeep {
			n = 0
		}
		if n <= c.lent || c.server.budget.take(n-c.lent) {
			if n < c.lent {
				c.server.budget.give(c.lent - n)
			}
			c.lent = n
			return true
		}
		c.server.hold(limitBufferBytes, c.peer)
		ev := c.circuit.Decline(protocol.ECAAllocMem, "no memory for so large a request")
		if !c.handle(&ev) || !c.execute() || c.flush() != nil {
			return false
		}
	}
}
