package caserver

import (
	"sync"
	"time"

	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// inflight are the large arrays that are on their way to clients. Each keeps its
// memory though the PV may have got another value meanwhile, once for however many
// clients.
type inflight struct {
	budget *budget

	mu     sync.Mutex
	arrays map[uintptr]onTheWay // by address
}

// onTheWay is an array, or the longest of its beginnings, which share its address.
type onTheWay struct{ clients, bytes int }

// hold counts one client in that is sent v; false if the budget has no room for it. One
// that is larger than all of the budget goes when no other is on its way.
func (f *inflight) hold(v pv.Value) bool {
	at := v.Address()
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.arrays[at]
	if more := weight(&v) - a.bytes; more > 0 {
		alone := len(f.arrays) == 0 && int64(more) > f.budget.limit
		if !alone && !f.budget.take(more, f.budget.limit) {
			return false
		}
		if alone {
			f.budget.used.Add(int64(more))
		}
		a.bytes += more
	}
	a.clients++
	if f.arrays == nil {
		f.arrays = make(map[uintptr]onTheWay)
	}
	f.arrays[at] = a
	return true
}

// done counts out what hold has counted in.
func (f *inflight) done(v pv.Value) {
	at := v.Address()
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.arrays[at]
	if a.clients--; a.clients > 0 {
		f.arrays[at] = a
		return
	}
	delete(f.arrays, at)
	f.budget.give(a.bytes)
}

// memoryPause is how often a client that waits for memory looks again.
const memoryPause = 50 * time.Millisecond

// waitForMemory waits a little until there may be room for a large array; false if that
// takes too long, which late is for, or the circuit ends.
func (c *client) waitForMemory(late *time.Time) bool {
	c.server.hold(limitBufferBytes, c.peer)
	if c.isClosing() || c.outbox.isClosed() {
		return false
	}
	switch now := time.Now(); {
	case late.IsZero():
		*late = now.Add(c.timeout)
	case now.After(*late):
		c.drop(limitBufferBytes, "no memory for the arrays it reads")
		return false
	}
	time.Sleep(memoryPause)
	return true
}

// fetch is the value that is read. A large one counts as on its way, until reply has
// sent it. Without memory for it what is ready goes out, and the client waits, holding no
// array: it gets what is the value then. ok is false when the circuit ends.
func (c *client) fetch(a *answer, s *pv.Sample) (info *pv.Info, ok bool) {
	var late time.Time
	for {
		info = a.get(s)
		if !isLarge(dbr.Size(a.typ, a.elementCount(s))) || c.server.inflight.hold(s.Value) {
			return info, true
		}
		*s = pv.Sample{}
		if c.flush() != nil || !c.waitForMemory(&late) {
			return nil, false
		}
	}
}

// holdEvent counts an array in that is on its way to a subscriber, shown of samples[i] by
// the filters. Where there is no room the samples from there on go back, and the newest
// one takes their place afterwards. Of the two shown alone is kept. false means that there
// is nothing to send any more.
func (c *client) holdEvent(s *subscription, i int, shown *pv.Sample) bool {
	var late time.Time
	sample := &c.samples[i]
	for !c.server.inflight.hold(shown.Value) {
		s.putBack(c.samples[i:])
		c.samples = c.samples[:i+1]
		*shown = pv.Sample{}
		if !c.waitForMemory(&late) || !s.takeNewest(sample) {
			return false
		}
		s.complete(sample)
		*shown = s.filter.Chain().Convert(*sample)
	}
	if shown != sample {
		*sample = pv.Sample{}
	}
	return true
}
