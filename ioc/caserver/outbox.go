package caserver

import (
	"slices"
	"sync"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// slots is how many values a subscription keeps until they are sent; rsrv reserves
// as many (dbEvent.h: EVENTENTRIES).
const slots = 4

// outbox is what records have for a client: events and completions of puts. It is
// filled with records' locks held, so its lock is held for moments only and nothing
// is called under it.
type outbox struct {
	wake chan struct{} // of one: there is something for the writer
	room chan struct{} // of one: answers to puts have been taken for sending

	mu       sync.Mutex
	dirty    []*subscription // that have values, in the order of their first
	ended    int             // of them, at most those that have ended meanwhile
	spare    []*subscription // dirty's memory while it is drained
	puts     []completion    // of puts, in order
	sparePut []completion
	waiting  int  // puts accepted whose answers have not been taken for sending
	hold     bool // the client has switched events off
	draining bool // somebody takes everything out until nothing is left: no need to wake
	closed   bool // nothing is taken in any more
	drops    uint32
}

// completion is a put-notify that has finished.
type completion struct {
	request protocol.Header
	status  protocol.Status
}

// subscription is a client's monitor on a field.
type subscription struct {
	// immutable
	out   *outbox
	field record.Field
	typ   dbr.Type
	count uint32 // 0: as many as there are
	id    uint32
	sid   uint32
	cid   uint32

	// owned by the reader
	source *record.Subscription

	// guarded by out.mu
	ring   [slots]pv.Sample
	head   uint8
	n      uint8
	queued bool // in out.dirty, or in what was taken from there
	ended  bool
}

var (
	_ record.Subscriber = (*subscription)(nil)
	_ record.Completion = (*putNotify)(nil)
)

// request is the header of the client's EVENT_ADD, for an error about it.
func (s *subscription) request() protocol.Header {
	return protocol.Header{
		Command: protocol.CmdEventAdd, DataType: uint16(s.typ), Size: 16, Count: s.count, Param1: s.sid, Param2: s.id,
	}
}

// Post keeps a value until it is sent. With the ring full or events off it takes the
// place of the last one.
func (s *subscription) Post(sample *pv.Sample, _ pv.Mask) {
	o := s.out
	o.mu.Lock()
	if o.closed || s.ended {
		o.mu.Unlock()
		return
	}
	if s.n == slots || s.n > 0 && o.hold {
		s.ring[(s.head+s.n-1)%slots] = *sample
		o.drops++
	} else {
		s.ring[(s.head+s.n)%slots] = *sample
		s.n++
	}
	wake := false
	if !s.queued {
		s.queued = true
		o.dirty = append(o.dirty, s)
		wake = len(o.dirty) == 1 && !o.hold && !o.draining
	}
	o.mu.Unlock()
	if wake {
		o.signal()
	}
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// end drops what is kept and takes nothing any more. A drain under way may have
// taken values before; it sends them before it gives up the right to write.
func (s *subscription) end() {
	o := s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	s.ended, s.n = true, 0
	s.ring = [slots]pv.Sample{}
	if !s.queued {
		return
	}
	// With events off nobody empties dirty: it must not fill with what has ended.
	if o.ended++; 2*o.ended > len(o.dirty) {
		o.dirty = slices.DeleteFunc(o.dirty, func(s *subscription) bool { return s.ended })
		o.ended = 0
	}
}

// take moves the values kept to samples, the oldest first, and returns their number.
func (s *subscription) take(samples *[slots]pv.Sample) int {
	o := s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	s.queued = false
	n := int(s.n)
	for i := range n {
		k := (int(s.head) + i) % slots
		samples[i] = s.ring[k]
		s.ring[k] = pv.Sample{} // an array is not kept alive
	}
	s.head, s.n = 0, 0
	return n
}

// setHold switches events off and on. What is kept of a subscription shrinks to its
// newest value, all that is sent of it when events are on again.
func (o *outbox) setHold(hold bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hold = hold
	if !hold {
		if len(o.dirty) > 0 {
			o.signal()
		}
		return
	}
	for _, s := range o.dirty {
		if s.n > 1 {
			o.drops += uint32(s.n - 1)
			newest := s.ring[(s.head+s.n-1)%slots]
			s.ring = [slots]pv.Sample{newest}
			s.head, s.n = 0, 1
		}
	}
}

// putNotify is a put that its client wants to hear the end of.
type putNotify struct {
	out     *outbox
	request protocol.Header
}

// PutDone keeps the answer until it is sent, after the events posted before.
func (p *putNotify) PutDone(err error) {
	status := protocol.ECANormal
	if err != nil {
		status = protocol.ECAPutFail
	}
	o := p.out
	o.mu.Lock()
	if !o.closed {
		o.puts = append(o.puts, completion{p.request, status})
	}
	wake := !o.draining
	o.mu.Unlock()
	if wake {
		o.signal()
	}
}

func (o *outbox) signalRoom() {
	select {
	case o.room <- struct{}{}:
	default:
	}
}

// beginPut counts a put in, if fewer than limit wait for their end or their answer's
// way out.
func (o *outbox) beginPut(limit int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiting >= limit {
		return false
	}
	o.waiting++
	return true
}

// cancelPut counts out a put that was not accepted.
func (o *outbox) cancelPut() {
	o.mu.Lock()
	o.waiting--
	o.mu.Unlock()
}

// close drops everything and takes in nothing more; the writer ends, and the reader
// if it waits for a put.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.dirty, o.spare, o.puts, o.sparePut = nil, nil, nil, nil
	o.mu.Unlock()
	o.signal()
	o.signalRoom()
}

func (o *outbox) isClosed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed
}

// begin takes all there is for sending, with draining set; ok is false when there is
// nothing. What was taken comes back by giveBack.
func (o *outbox) begin() (subs []*subscription, puts []completion, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.hold && len(o.dirty) > 0 {
		subs, o.dirty, o.spare = o.dirty, o.spare[:0], nil
		o.ended = 0
	}
	if len(o.puts) > 0 {
		puts, o.puts, o.sparePut = o.puts, o.sparePut[:0], nil
		o.waiting -= len(puts)
		o.signalRoom()
	}
	o.draining = len(subs) > 0 || len(puts) > 0
	return subs, puts, o.draining
}

// giveBack returns the memory of begin's lists.
func (o *outbox) giveBack(subs []*subscription, puts []completion) {
	clear(subs)
	o.mu.Lock()
	if subs != nil && !o.closed {
		o.spare = subs[:0]
	}
	if puts != nil && !o.closed {
		o.sparePut = puts[:0]
	}
	o.mu.Unlock()
}

// leave ends draining before everything is out; the writer goes on if there is more.
func (o *outbox) leave() {
	o.mu.Lock()
	o.draining = false
	more := len(o.puts) > 0 || len(o.dirty) > 0 && !o.hold
	o.mu.Unlock()
	if more {
		o.signal()
	}
}

// newSubscription is the monitor that a client has asked for.
func newSubscription(o *outbox, f record.Field, s *circuit.Subscription) *subscription {
	return &subscription{out: o, field: f, typ: s.Type, count: s.Count, id: s.ID, sid: s.Channel.SID, cid: s.Channel.CID}
}
