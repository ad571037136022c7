package caserver

import (
	"slices"
	"sync"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

// outbox is what records have for a client: events and completions of puts. It is
// filled with records' locks held, so its lock is held for moments only and nothing
// is called under it.
type outbox struct {
	wake chan struct{} // of one: there is something for the writer
	room chan struct{} // of one: answers to puts have been taken for sending

	// immutable
	budget *budget // for arrays that are no longer their PVs' values
	keep   int     // most of them, in bytes

	mu        sync.Mutex
	kept      int             // bytes of such arrays
	shared    int             // values in shared places
	spareMore []pv.Sample     // memory for them
	dirty     []*subscription // that have values, in the order of their first
	ended     int             // of them, at most those that have ended meanwhile
	spare     []*subscription // dirty's memory while it is drained
	puts      []completion    // that have not been answered, in order
	sparePut  []completion
	pending   []*putNotify // whose action has not ended
	unused    []*putNotify // for the next puts
	waiting   int          // puts accepted whose answers have not been taken for sending
	hold      bool         // the client has switched events off
	draining  bool         // somebody takes everything out until nothing is left: no need to wake
	attended  bool         // the reader executes requests and will flush: no need to wake
	closed    bool         // nothing is taken in any more
	drops     uint32
}

// completion is a put-notify that has finished.
type completion struct {
	request protocol.Header
	status  protocol.Status
}

// signal wakes the writer.
func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
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
			o.drops += uint32(int(s.n) + len(s.more) - 1)
			newest := *s.last()
			s.empty()
			s.values[0], s.n = newest, 1
		}
	}
}

var _ record.Completion = (*putNotify)(nil)

// putNotify is a put that its client wants to hear the end of.
type putNotify struct {
	out     *outbox
	request protocol.Header

	// guarded by out.mu
	index  int  // in out.pending
	silent bool // its channel has been cleared: no answer
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
		if p.silent {
			o.waiting--
			o.signalRoom()
		} else {
			o.puts = append(o.puts, completion{p.request, status})
		}
		o.release(p)
	}
	wake := !o.draining && !o.attended
	o.mu.Unlock()
	if wake {
		o.signal()
	}
}

// signalRoom wakes the reader if it waits for room for a put.
func (o *outbox) signalRoom() {
	select {
	case o.room <- struct{}{}:
	default:
	}
}

// beginPut counts a put in, if fewer than limit wait for their end or their answer's
// way out; otherwise it returns nil.
func (o *outbox) beginPut(limit int, request protocol.Header) *putNotify {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiting >= limit {
		return nil
	}
	o.waiting++
	var p *putNotify
	if n := len(o.unused); n == 0 {
		p = &putNotify{out: o}
	} else {
		p = o.unused[n-1]
		o.unused = o.unused[:n-1]
	}
	p.request, p.index, p.silent = request, len(o.pending), false
	o.pending = append(o.pending, p)
	return p
}

// release takes p, which has ended, back for another put; mu is held.
func (o *outbox) release(p *putNotify) {
	last := len(o.pending) - 1
	o.pending[p.index] = o.pending[last]
	o.pending[p.index].index = p.index
	o.pending[last] = nil
	o.pending = o.pending[:last]
	o.unused = append(o.unused, p)
}

// forgetPuts has the puts to a channel that is being cleared end without an answer, as
// in rsrv; they are carried out. What a drain has taken goes out before the
// confirmation.
func (o *outbox) forgetPuts(sid uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.pending {
		p.silent = p.silent || p.request.Param1 == sid
	}
	n := len(o.puts)
	o.puts = slices.DeleteFunc(o.puts, func(c completion) bool { return c.request.Param1 == sid })
	if n -= len(o.puts); n > 0 {
		o.waiting -= n
		o.signalRoom()
	}
}

// cancelPut counts out a put that was not accepted.
func (o *outbox) cancelPut(p *putNotify) {
	o.mu.Lock()
	o.waiting--
	if !o.closed {
		o.release(p)
	}
	o.mu.Unlock()
}

// close drops everything and takes in nothing more; the writer ends, and the reader
// if it waits for a put.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.dirty, o.spare, o.puts, o.sparePut = nil, nil, nil, nil
	o.pending, o.unused, o.spareMore = nil, nil, nil
	o.mu.Unlock()
	o.signal()
	o.signalRoom()
}

// state is how many subscriptions have events that wait, and how many were dropped.
func (o *outbox) state() (waiting int, drops uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.dirty) - o.ended, o.drops
}

func (o *outbox) isClosed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed
}

// attend says that a flush will follow soon, with the answers to the requests that are
// executed meanwhile: what those bring goes along.
func (o *outbox) attend() {
	o.mu.Lock()
	o.attended = true
	o.mu.Unlock()
}

// unattend says that the flush is not to be waited for.
func (o *outbox) unattend() {
	o.mu.Lock()
	more := o.attended && !o.draining && o.ready()
	o.attended = false
	o.mu.Unlock()
	if more {
		o.signal()
	}
}

// ready reports whether there is anything for sending. mu is held.
func (o *outbox) ready() bool { return len(o.puts) > 0 || len(o.dirty) > 0 && !o.hold }

// begin takes all there is for sending, with draining set; ok is false when there is
// nothing. What was taken comes back by giveBack.
func (o *outbox) begin() (subs []*subscription, puts []completion, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.attended = false
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
	more := o.ready()
	o.mu.Unlock()
	if more {
		o.signal()
	}
}
