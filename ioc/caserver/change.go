package caserver

import (
	"log/slog"

	"github.com/ioclet/ioclet/ioc/record"
)

// changed makes records that come and go known: of new ones the network by beacons, of
// removed ones their clients. It runs in a goroutine that changes the database.
func (s *Server) changed(changes []record.Change) {
	var added, removed bool
	for _, c := range changes {
		added = added || !c.Removed
		removed = removed || c.Removed
	}
	if added {
		s.Announce()
	}
	if !removed {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if !c.removals.Swap(true) {
			c.ask(c.dropRemoved)
		}
	}
}

// dropRemoved drops the channels whose records have been removed. It is asked for once
// at a time: many records may go at once, and a client's channels are looked through
// for all of them together. The answers to its puts go out before, and nothing
// after. A client that is too old to hear of it loses its circuit.
//
// A record is removed before this is asked for, and the reader alone makes channels: a
// channel that is made of a record about to go is there when this runs.
func (c *client) dropRemoved() {
	c.removals.Store(false)
	if c.flush() != nil || c.sendAll() != nil {
		return // the reader will see it
	}
	for _, ch := range c.circuit.Channels().All() {
		if !fieldOf(ch).Record().Removed() {
			continue
		}
		unsubscribe(ch)
		var err error
		if c.out.b, err = c.circuit.Drop(c.out.b, ch); err != nil {
			c.giveUp("a record was removed: "+err.Error(), slog.LevelInfo)
			c.circuit.Close()
			return
		}
		if !c.flushLarge() {
			return
		}
	}
	c.countChannels()
}
