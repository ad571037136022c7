package client

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"

	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// UpdateKind says what an [Update] tells.
type UpdateKind uint8

// The kinds of updates.
const (
	NewValue        UpdateKind = iota // Data holds it
	NowConnected                      // Channel.Info is known; a NewValue follows
	NowDisconnected                   // Err says why; the channel is being searched for again
	AccessChanged                     // what Channel.Info says about it has changed
	Failed                            // Err says why there is no value; the channel remains
)

var updateNames = [...]string{"value", "connected", "disconnected", "access changed", "failed"}

func (k UpdateKind) String() string {
	if int(k) < len(updateNames) {
		return updateNames[k]
	}
	return "unknown"
}

// Update is what a [Monitor] tells about one of its channels.
type Update struct {
	Channel *Channel
	Kind    UpdateKind
	Data    dbr.Data
	Err     error  // an [*Error]
	Dropped uint32 // updates of this channel that this one has replaced because nobody took them
}

// MonitorOptions say what a [Monitor] is told. The zero MonitorOptions ask for
// changes of value and alarm, with time stamps.
type MonitorOptions struct {
	Request
	Mask pv.Mask // 0: EventValue | EventAlarm
	// Depth is how many updates of one channel may wait to be taken, at least 2. When
	// they do, the newest replaces the last one; one of another kind than the last,
	// that before the last. 0: 16
	Depth int
	// StateOnly asks for no values: the updates tell of connections and rights.
	StateOnly bool
}

// Monitor is a queue of what happens to any number of channels. The subscriptions
// live through reconnections of their channels.
//
// It is a queue with bounds: a reader that is too slow misses updates in between,
// never the newest of a channel, and never slows the other monitors down.
type Monitor struct {
	context *Context
	opts    MonitorOptions
	wake    chan struct{}

	mu          sync.Mutex    // taken with and without context.mu, never the other way round
	first, last *subscription // those with updates, in the order of waiting
	ended       bool
	subs        map[*subscription]struct{} // guarded by context.mu
}

// subscription is one channel of a monitor.
type subscription struct {
	monitor *Monitor
	channel *Channel
	wire    *circuit.Subscription // guarded by context.mu; nil while not connected

	// Guarded by monitor.mu.
	queue  ring // not empty: the subscription is in the monitor's list
	next   *subscription
	closed bool
}

// NewMonitor makes a monitor without channels. It lives until it or the Context is
// closed.
func (c *Context) NewMonitor(opts MonitorOptions) *Monitor {
	c.start()
	if opts.Mask == 0 {
		opts.Mask = pv.EventValue | pv.EventAlarm
	}
	if opts.Depth <= 0 {
		opts.Depth = 16
	}
	opts.Depth = max(opts.Depth, 2)
	m := &Monitor{
		context: c, opts: opts, wake: make(chan struct{}, 1),
		subs: map[*subscription]struct{}{},
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.ended = c.closed; !m.ended { // not shared yet: no lock
		c.monitors[m] = struct{}{}
	}
	return m
}

// Add subscribes to a channel of the same Context, now or when it connects. The
// first update is [NowConnected].
func (m *Monitor) Add(ch *Channel) error {
	c := m.context
	if ch.context != c {
		panic("client: Monitor.Add of another Context's channel")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.isEnded() {
		return ch.fail("monitor", ErrClosed)
	}
	if err := ch.want(); err != nil {
		return ch.fail("monitor", err)
	}
	s := &subscription{monitor: m, channel: ch}
	m.subs[s] = struct{}{}
	ch.subs = append(ch.subs, s)
	if ch.state == Connected {
		s.push(Update{Kind: NowConnected})
		s.begin()
	}
	return nil
}

// Next waits for an update and takes it. Updates of one channel come in order. The
// error is ctx's as soon as that has ended, though updates may wait, or [ErrClosed]
// once the monitor or its Context has been closed and all updates are taken. One
// goroutine at a time may call it.
func (m *Monitor) Next(ctx context.Context) (Update, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Update{}, err
		}
		u, ok, ended := m.take()
		switch {
		case ok:
			return u, nil
		case ended:
			return Update{}, ErrClosed
		}
		select {
		case <-m.wake:
		case <-ctx.Done():
		}
	}
}

// take takes the first update.
func (m *Monitor) take() (u Update, ok, ended bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.first
	if s == nil {
		return Update{}, false, m.ended
	}
	if m.first, s.next = s.next, nil; m.first == nil {
		m.last = nil
	}
	u = s.queue.pop()
	if s.queue.n > 0 {
		m.append(s)
	}
	return u, true, false
}

// append puts s at the end of those that wait.
func (m *Monitor) append(s *subscription) {
	if m.last == nil {
		m.first = s
	} else {
		m.last.next = s
	}
	m.last = s
}

// Updates yields updates until ctx ends or the monitor is closed.
func (m *Monitor) Updates(ctx context.Context) iter.Seq[Update] {
	return func(yield func(Update) bool) {
		for {
			u, err := m.Next(ctx)
			if err != nil || !yield(u) {
				return
			}
		}
	}
}

// Close ends the subscriptions; Next gives out what is left. The channels stay
// open. Close may be called twice.
func (m *Monitor) Close() error {
	c := m.context
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.monitors, m)
	for s := range m.subs {
		s.remove()
	}
	m.end()
	return nil
}

// end wakes Next for the last time.
func (m *Monitor) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
	m.signal()
}

func (m *Monitor) isEnded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended
}

// signal wakes Next.
func (m *Monitor) signal() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Monitor yields what happens to this one channel until ctx ends, connecting and
// reconnecting by itself. An error comes last: the channel cannot be monitored, or
// has been closed. Use [Context.NewMonitor] for many channels.
func (ch *Channel) Monitor(ctx context.Context, opts MonitorOptions) iter.Seq2[Update, error] {
	return func(yield func(Update, error) bool) {
		m := ch.context.NewMonitor(opts)
		defer m.Close()
		err := m.Add(ch)
		for err == nil {
			var u Update
			if u, err = m.Next(ctx); err != nil {
				break
			}
			if errors.Is(u.Err, ErrClosed) {
				err = u.Err
			} else if !yield(u, nil) {
				return
			}
		}
		if ctx.Err() == nil {
			yield(Update{Channel: ch}, err)
		}
	}
}

// begin subscribes on the circuit; the channel is connected.
func (s *subscription) begin() {
	ch, o := s.channel, &s.monitor.opts
	if o.StateOnly {
		return
	}
	n := ch.conn
	t, count, err := o.form(&ch.info)
	if err == nil { // without the right to read too: the server says so, and when that changes
		n.out, s.wire, err = n.wire.Subscribe(n.out, ch.wire, t, count, o.Mask, s)
	}
	if err != nil {
		s.push(Update{Kind: Failed, Err: ch.fail("monitor", err)})
		return
	}
	n.flush()
}

// remove ends the subscription; the Context is locked.
func (s *subscription) remove() {
	ch := s.channel
	if s.wire != nil && ch.conn != nil {
		if out, err := ch.conn.wire.Unsubscribe(ch.conn.out, s.wire); err == nil {
			ch.conn.out = out
			ch.conn.flush()
		}
	}
	s.wire = nil
	if i := slices.Index(ch.subs, s); i >= 0 {
		ch.subs = slices.Delete(ch.subs, i, i+1)
	}
	delete(s.monitor.subs, s)
	s.monitor.mu.Lock()
	defer s.monitor.mu.Unlock()
	s.closed = true // a value that is being decoded comes too late
}

// push queues an update. When the queue is full it takes the last one's place, or
// if that tells something else the place before: the newest value is not lost to a
// change of rights.
func (s *subscription) push(u Update) {
	u.Channel = s.channel
	m := s.monitor
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.closed || m.ended {
		return
	}
	if s.queue.n >= m.opts.Depth {
		last := s.queue.at(s.queue.n - 1)
		if last.Kind == u.Kind {
			u.Dropped = last.Dropped + 1
		} else {
			before := s.queue.at(s.queue.n - 2)
			last.Dropped += before.Dropped + 1
			*before = *last
		}
		*last = u
		return
	}
	s.queue.push(u)
	if s.queue.n == 1 {
		m.append(s)
		m.signal()
	}
}
