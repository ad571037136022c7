package caserver

import (
	"slices"

	"github.com/ioclet/ioclet/ioc/filter"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// How many values a subscription keeps until they are sent: its own places, as many as
// rsrv reserves (dbEvent.h: EVENTENTRIES), and what is left of those that all of a
// client's subscriptions share. So a single fast PV may bring many between two turns of
// the writer.
const (
	slots  = 4
	shared = 256
)

// subscription is a client's monitor on a field. The counts stand before the values,
// beside what else an event needs: it touches few cache lines.
type subscription struct {
	// immutable
	out    *outbox
	filter *filter.Monitor // nil: none; what it keeps is guarded by the record's lock
	field  record.Field
	count  uint32 // 0: as many as there are
	id     uint32
	sid    uint32
	cid    uint32
	typ    dbr.Type
	late   bool // large arrays are read when they are sent

	// guarded by out.mu
	n      uint8 // of values
	queued bool  // in out.dirty, or in what was taken from there
	ended  bool
	values [slots]pv.Sample // the oldest first
	more   []pv.Sample      // newer ones, in shared places

	// owned by the reader
	source *record.Subscription
}

var _ record.Subscriber = (*subscription)(nil)

// newSubscription is the monitor that a client has asked for. Where not every value makes an
// event, or makes an array of its own for each subscription, those that wait would keep
// each another array: such a monitor reads it when it is sent, as rsrv's do all (dbEvent.c).
func newSubscription(o *outbox, ch *channel, s *circuit.Subscription) *subscription {
	return &subscription{
		out: o, field: ch.field, filter: ch.filter.Monitor(), typ: s.Type, count: s.Count, id: s.ID, sid: s.Channel.SID, cid: s.Channel.CID,
		late: s.Mask&pv.EventValue == 0 || ch.filter.Picks() || ch.field.Name() != "VAL",
	}
}

// request is the header of the client's EVENT_ADD, for an error about it.
func (s *subscription) request() protocol.Header {
	return protocol.Header{
		Command: protocol.CmdEventAdd, DataType: uint16(s.typ), Size: 16, Count: s.count, Param1: s.sid, Param2: s.id,
	}
}

// Post keeps a value until it is sent, if the filters that choose events let it pass;
// those that change it do so then. Without room for it, or with events off, it takes
// the place of the last one.
func (s *subscription) Post(sample *pv.Sample, m pv.Mask) {
	if s.filter != nil {
		var tag uint64
		if s.filter.Tagged() {
			tag = s.field.Record().UTag()
		}
		passed, ok := s.filter.Pass(*sample, m, tag)
		if !ok {
			return
		}
		sample = &passed
	}
	bare := s.late && weight(&sample.Value) > 0
	if bare {
		sample = &pv.Sample{Time: sample.Time, Alarm: sample.Alarm}
	}
	o := s.out
	o.mu.Lock()
	if o.closed || s.ended {
		o.mu.Unlock()
		return
	}
	switch {
	case s.n == 0 || !bare && s.n < slots && !o.hold && s.retain():
		s.values[s.n] = *sample
		s.n++
	case !bare && s.n == slots && !o.hold && o.shared < shared && weight(&s.last().Value) == 0:
		if s.more == nil {
			s.more, o.spareMore = o.spareMore, nil
		}
		s.more = append(s.more, *sample)
		o.shared++
	default:
		*s.last() = *sample
		o.drops++
	}
	wake := false
	if !s.queued {
		s.queued = true
		o.dirty = append(o.dirty, s)
		wake = len(o.dirty) == 1 && !o.hold && !o.draining && !o.attended
	}
	o.mu.Unlock()
	if wake {
		o.signal()
	}
}

// last is the newest of the values kept, of which there is one at least.
func (s *subscription) last() *pv.Sample {
	if n := len(s.more); n > 0 {
		return &s.more[n-1]
	}
	return &s.values[s.n-1]
}

// empty drops all values kept: no array is kept alive. o.mu is held.
func (s *subscription) empty() {
	s.release()
	clear(s.values[:s.n])
	s.n = 0
	if s.more != nil {
		s.out.shared -= len(s.more)
		clear(s.more)
		s.out.spareMore, s.more = s.more[:0], nil
	}
}

// weight is what a value holds besides itself, in bytes; little is nothing.
func weight(v *pv.Value) int {
	n := len(v.Str())
	if v.IsArray() {
		n = v.Len() * int(dbr.Size(dbr.Native(v.Kind()), 1)) // as on the wire: near enough
	}
	if n < 512 {
		return 0
	}
	return n
}

// retain counts the last value as one that is kept though there is a newer one; false
// if there is no room for that. What waits may take half of the budget: the rest is for
// what is on its way, or nothing would move. o.mu is held.
func (s *subscription) retain() bool {
	o, n := s.out, weight(&s.last().Value)
	if n > 0 && (o.kept+n > o.keep || !o.budget.take(n, o.budget.limit/2)) {
		return false
	}
	o.kept += n
	return true
}

// release counts all out that retain has counted in: all but the last in the
// subscription's own places. o.mu is held.
func (s *subscription) release() {
	kept := 0
	for i := range int(s.n) - 1 {
		kept += weight(&s.values[i].Value)
	}
	if kept > 0 {
		s.out.budget.give(kept)
		s.out.kept -= kept
	}
}

// end drops what is kept and takes nothing any more. A drain under way may have
// taken values before; it sends them before it gives up the right to write.
func (s *subscription) end() {
	o := s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	s.ended = true
	s.empty()
	if !s.queued {
		return
	}
	// With events off nobody empties dirty: it must not fill with what has ended.
	if o.ended++; 2*o.ended > len(o.dirty) {
		o.dirty = slices.DeleteFunc(o.dirty, func(s *subscription) bool { return s.ended })
		o.ended = 0
	}
}

// take moves the values kept behind samples, the oldest first.
func (s *subscription) take(samples []pv.Sample) []pv.Sample {
	o := s.out
	o.mu.Lock()
	s.queued = false
	if s.n == 1 { // as most: nothing else is kept then
		samples = append(samples, s.values[0])
		s.values[0], s.n = pv.Sample{}, 0
	} else {
		samples = append(append(samples, s.values[:s.n]...), s.more...)
		s.empty()
	}
	o.mu.Unlock()
	return samples
}

// putBack keeps the last of samples, which have been taken, again, unless there is a
// newer one. The others are dropped.
func (s *subscription) putBack(samples []pv.Sample) {
	o := s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	newest := len(samples) - 1
	o.drops += uint32(newest)
	switch {
	case s.ended:
	case s.n > 0:
		o.drops++
	default:
		s.values[0], s.n = samples[newest], 1
	}
	clear(samples)
}

// complete gives a value that has waited without its array the present one. It takes the
// record's lock.
func (s *subscription) complete(sample *pv.Sample) {
	if sample.Value.Kind() == pv.Invalid {
		now, _ := s.field.Get()
		sample.Value = now.Value
	}
}

// takeNewest moves the newest value kept to sample; false if there is none.
func (s *subscription) takeNewest(sample *pv.Sample) bool {
	o := s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if s.n == 0 {
		return false
	}
	*sample = *s.last()
	o.drops += uint32(int(s.n) + len(s.more) - 1)
	s.empty()
	return true
}

// cancel ends a subscription: nothing of it is sent behind what is written next.
func (s *subscription) cancel() {
	if s.source != nil {
		s.source.Unsubscribe()
	}
	s.end()
}

// unsubscribe ends all subscriptions of a channel.
func unsubscribe(ch *circuit.Channel) {
	for _, sub := range ch.Subscriptions() {
		if s, ok := sub.Owner.(*subscription); ok {
			s.cancel()
		}
	}
}
