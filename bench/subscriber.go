package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

// subscriber receives the events of its monitors in a goroutine of its own, which
// ends when the link is closed.
type subscriber struct {
	*link
	done   sync.WaitGroup
	events atomic.Uint64
	missed atomic.Uint64 // steps of counters that no event told of

	last  []float64                     // of each monitor; owned by the goroutine
	value func(x float64, at time.Time) // called for each event, if it is not nil
}

// subscribe monitors all names with time stamps on a circuit of its own. It returns
// when as many events have come as there are names. each is called for each value by
// the subscriber's goroutine; with nil the values are taken for those of counters.
func subscribe(addr string, names []string, within time.Duration, each func(x float64, at time.Time)) (*subscriber, error) {
	l, err := dial(addr)
	if err != nil {
		return nil, err
	}
	l.conn.SetDeadline(time.Now().Add(within))
	sids, err := l.create(names)
	if err != nil {
		l.close()
		return nil, err
	}
	for i, sid := range sids {
		l.out = protocol.AppendEventAdd(l.out, dbrTimeDouble, 1, sid, uint32(i), pv.EventValue|pv.EventAlarm)
	}
	s := &subscriber{link: l, last: make([]float64, len(names)), value: each}
	for i := range s.last {
		s.last[i] = math.NaN()
	}
	l.conn.SetReadDeadline(time.Time{})
	s.done.Go(s.receive) // until the link is closed
	if err := l.flush(); err != nil {
		s.leave()
		return nil, err
	}
	if got := s.await(uint64(len(names)), within); got < uint64(len(names)) {
		s.leave()
		return nil, fmt.Errorf("%d first events of %d monitors after %v", got, len(names), within)
	}
	return s, nil
}

// leave closes the link and waits for the goroutine.
func (s *subscriber) leave() {
	s.close()
	s.done.Wait()
}

// await waits until n events have come, for a while at most, and returns how many
// have.
func (s *subscriber) await(n uint64, within time.Duration) uint64 {
	for until := time.Now().Add(within); s.events.Load() < n && time.Now().Before(until); {
		time.Sleep(time.Millisecond)
	}
	return s.events.Load()
}

func (s *subscriber) receive() {
	for s.fill() == nil {
		at := time.Now()
		events, missed := uint64(0), uint64(0)
		for {
			m, size, ok := first(s.in)
			if !ok {
				break
			}
			s.in = s.in[size:]
			if m.command != uint16(protocol.CmdEventAdd) || len(m.payload) < timeDoubleValue+8 {
				continue
			}
			events++
			x := math.Float64frombits(binary.BigEndian.Uint64(m.payload[timeDoubleValue:]))
			switch last := &s.last[m.p2]; {
			case s.value != nil:
				s.value(x, at)
			default:
				if x > *last+1 {
					missed += uint64(x - *last - 1)
				}
				*last = x
			}
		}
		s.events.Add(events)
		s.missed.Add(missed)
	}
}

// crowd is several subscribers.
type crowd []*subscriber

func (c crowd) events() (events, missed float64) {
	for _, s := range c {
		events += float64(s.events.Load())
		missed += float64(s.missed.Load())
	}
	return events, missed
}

// leave closes all links at once.
func (c crowd) leave() {
	for _, s := range c {
		s.close()
	}
	for _, s := range c {
		s.done.Wait()
	}
}

// grow has n subscribers to names.
func (c *crowd) grow(n int, addr string, names []string, within time.Duration, each func(i int) func(float64, time.Time)) error {
	for len(*c) < n {
		var f func(float64, time.Time)
		if each != nil {
			f = each(len(*c))
		}
		s, err := subscribe(addr, names, within, f)
		if err != nil {
			return fmt.Errorf("subscriber %d: %w", len(*c)+1, err)
		}
		*c = append(*c, s)
	}
	return nil
}
