package reccaster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
)

const (
	chunk      = 32 << 10    // bytes of an upload that are written at once
	maxPending = 100_000     // changes that may wait for the server; with more it is told all anew
	gather     = time.Second // changes within that time are told together
)

// session is one connection to a server.
type session struct {
	caster *Caster
	conn   net.Conn

	// owned by run's goroutine
	out  []byte
	ids  map[*record.Record]uint32
	last uint32 // id given out

	pings chan uint32 // numbers to be sent back

	mu      sync.Mutex // guards what follows
	pending []record.Change
	flooded bool
	changed chan struct{} // of one: pending is not empty
}

// serve is one connection to a server, until it or ctx ends; told is called when the
// server has been told everything. The error says why it ended.
func (c *Caster) serve(ctx context.Context, a announcement, told func()) error {
	connect := c.Dial
	if connect == nil {
		connect = dial
	}
	dialing, cancel := context.WithTimeout(ctx, c.timeout())
	conn, err := connect(dialing, a.server)
	cancel()
	if err != nil {
		return err
	}
	s := &session{
		caster: c, conn: conn, ids: make(map[*record.Record]uint32),
		pings: make(chan uint32, 1), changed: make(chan struct{}, 1),
	}
	ctx, end := context.WithCancelCause(ctx)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	var reader sync.WaitGroup
	defer func() {
		stop()
		_ = conn.Close()
		end(nil)
		reader.Wait()
	}()
	greeted := make(chan struct{})
	reader.Go(func() { end(s.read(ctx, greeted)) }) // until conn is closed
	select {
	case <-greeted:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := s.run(ctx, a.key, told); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause // the reader knows better
		}
		return err
	}
	return nil
}

// read takes the server's messages until conn ends: its greeting, which is told by
// closing greeted, and pings. A server that says nothing for long is given up.
func (s *session) read(ctx context.Context, greeted chan<- struct{}) error {
	b := make([]byte, 0, 1024)
	met := false
	_ = s.conn.SetReadDeadline(time.Now().Add(s.caster.timeout())) // for all of the greeting
	for {
		if met {
			_ = s.conn.SetReadDeadline(time.Now().Add(4 * s.caster.timeout()))
		}
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := s.conn.Read(b[len(b):cap(b)])
		if err != nil {
			return fmt.Errorf("the server has gone: %w", err)
		}
		b = b[:len(b)+n]
		for {
			kind, body, n, err := nextMessage(b)
			if errors.Is(err, errShort) {
				break
			}
			switch {
			case err != nil:
				return err
			case kind == msgServerGreeting && !met:
				met = true
				close(greeted)
			case kind == msgPing && met && len(body) >= 4: // nobody takes them before
				select {
				case s.pings <- pingNumber(body):
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
			b = append(b[:0], b[n:]...)
		}
	}
}

// run tells the server everything, then what changes, and answers its pings.
func (s *session) run(ctx context.Context, key uint32, told func()) error {
	existing, unwatch := s.caster.Database.Watch(s.note)
	defer unwatch()
	s.out = appendGreeting(s.out, key)
	for _, i := range s.caster.Infos {
		if i.Value != "" {
			s.out = appendInfo(s.out, noRecord, i.Key, i.Value)
		}
	}
	for _, r := range existing {
		if err := s.add(r); err != nil {
			return err
		}
	}
	if err := s.done(); err != nil {
		return err
	}
	told()
	var due <-chan time.Time // nil: nothing has changed
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case x := <-s.pings:
			s.out = appendNumber(s.out, msgPong, x)
			if err := s.write(); err != nil {
				return err
			}
		case <-s.changed:
			if due == nil {
				due = time.After(gather)
			}
		case <-due:
			due = nil
			if err := s.update(); err != nil {
				return err
			}
		}
	}
}

// note keeps changes until they are told; it never waits. It runs in a goroutine that
// changes the database.
func (s *session) note(changes []record.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flooded = s.flooded || len(s.pending)+len(changes) > maxPending; s.flooded {
		s.pending = nil
	} else {
		s.pending = append(s.pending, changes...)
	}
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// update tells the server what has changed. The server acts on it when it hears done.
func (s *session) update() error {
	s.mu.Lock()
	changes, flooded := s.pending, s.flooded
	s.pending = nil
	s.mu.Unlock()
	if flooded {
		return errTooManyChanges
	}
	for _, c := range changes {
		id, known := s.ids[c.Record]
		switch {
		case !c.Removed:
			if err := s.add(c.Record); err != nil {
				return err
			}
		case known:
			s.out = appendNumber(s.out, msgDelRecord, id)
			delete(s.ids, c.Record)
			if err := s.writeLarge(); err != nil {
				return err
			}
		}
	}
	return s.done()
}

// add tells of a record, its aliases, its info tags and its description, unless it has
// gone already.
func (s *session) add(r *record.Record) error {
	if r.Removed() {
		return nil
	}
	s.last++
	s.ids[r] = s.last
	s.out = appendRecord(s.out, s.last, kindRecord, r.Type().String(), r.Name())
	for _, a := range s.caster.Database.Aliases(r) {
		s.out = appendRecord(s.out, s.last, kindAlias, "", a)
	}
	tags := s.caster.Database.InfoTags(r)
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		s.info(name, tags[name])
	}
	s.info("recordDesc", description(r))
	return s.writeLarge()
}

// info tells a fact about the record that was added last, if it has a value.
func (s *session) info(key, value string) {
	if value != "" {
		s.out = appendInfo(s.out, s.last, key, value)
	}
}

func description(r *record.Record) string {
	f, err := r.Field("DESC")
	if err != nil {
		return ""
	}
	sample, _ := f.Get()
	return sample.Value.Str()
}

// done ends an upload.
func (s *session) done() error {
	s.out = appendNumber(s.out, msgDone, 0)
	return s.write()
}

// writeLarge writes what there is if it is much, and answers a ping meanwhile.
func (s *session) writeLarge() error {
	if len(s.out) < chunk {
		return nil
	}
	select {
	case x := <-s.pings:
		s.out = appendNumber(s.out, msgPong, x)
	default:
	}
	return s.write()
}

func (s *session) write() error {
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.caster.timeout()))
	_, err := s.conn.Write(s.out)
	s.out = s.out[:0]
	return err
}
