package caserver

import (
	"sync/atomic"

	"github.com/ioclet/ioclet/protocol"
)

// budget is memory that all clients share. There are two: for large requests under way,
// and for arrays on their way out or waiting in subscriptions though the PV has a newer
// value. Those who send much do not keep others from reading.
type budget struct {
	limit int64
	used  atomic.Int64
}

// take takes n bytes if no more than limit are in use then.
func (b *budget) take(n int, limit int64) bool {
	for {
		used := b.used.Load()
		if used+int64(n) > limit {
			return false
		}
		if b.used.CompareAndSwap(used, used+int64(n)) {
			return true
		}
	}
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
		requests := &c.server.requests
		if n <= c.lent || requests.take(n-c.lent, requests.limit) {
			if n < c.lent {
				requests.give(c.lent - n)
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
