package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

// metric is one row of the table.
type metric struct {
	name, unit string
	more       bool // more is better
}

var metrics = []metric{
	{"CPU per monitor event, 1 subscriber to 10,000 PVs at 10 Hz", "µs", false},
	{"… events delivered (100,000 are made)", "1/s", true},
	{"CPU per monitor event, 8 subscribers to 10,000 PVs at 10 Hz", "µs", false},
	{"… events delivered (800,000 are made)", "1/s", true},
	{"CPU of 10,000 PVs at 10 Hz that nobody watches", "% of a core", false},
	{"gets, 100 in flight", "1/s", true},
	{"get, round trip, p50", "µs", false},
	{"get, round trip, p99", "µs", false},
	{"put with completion, round trip, p50", "µs", false},
	{"put with completion, round trip, p99", "µs", false},
	{"get of an array of 1 MiB, p50", "µs", false},
	{"memory (RSS) with 10 PVs", "MB", false},
	{"memory (RSS) with 10,000 PVs", "MB", false},
	{"from start to the first answered search", "ms", false},
}

// The rows, by index into metrics; those up to cpu0 are of changing PVs.
const (
	cpu1 = iota
	rate1
	cpu8
	rate8
	cpu0
	gets
	get50
	get99
	put50
	put99
	array50
	rssFew
	rssMany
	started
)

// sample is one value for each metric; NaN where there is none.
type sample []float64

func newSample() sample {
	s := make(sample, len(metrics))
	for i := range s {
		s[i] = math.NaN()
	}
	return s
}

// percentile of sorted durations, in µs.
func percentile(sorted []time.Duration, p float64) float64 {
	return float64(sorted[int(p*float64(len(sorted)-1))].Nanoseconds()) / 1e3
}

// still measures what needs no changing PVs.
func (p peer) still(s sample, window time.Duration) error {
	begin := time.Now()
	r, err := p.start(false)
	if err != nil {
		return err
	}
	defer r.stop()
	d, err := searched(r.addr, "B:S0", begin)
	if err != nil {
		return fmt.Errorf("%w; the server said: %s", err, r.said.String())
	}
	s[started] = float64(d.Microseconds()) / 1e3
	l, err := dial(r.addr)
	if err != nil {
		return err
	}
	defer l.close()
	l.conn.SetDeadline(time.Now().Add(20*window + time.Minute))
	sid, err := l.createOne("B:S0")
	if err != nil {
		return err
	}
	get := func(dst []byte) []byte { return protocol.AppendReadNotify(dst, dbrTimeDouble, 1, sid, 1) }
	if _, err := l.trips(window/4, protocol.CmdReadNotify, get); err != nil { // warm up
		return err
	}
	if s[rssFew], err = r.rss(); err != nil {
		return err
	}
	all, err := l.trips(window, protocol.CmdReadNotify, get)
	if err != nil {
		return err
	}
	s[get50], s[get99] = percentile(all, 0.5), percentile(all, 0.99)
	if s[gets], err = l.pipelined(window, sid); err != nil {
		return err
	}
	x := 0.0
	all, err = l.trips(window, protocol.CmdWriteNotify, func(dst []byte) []byte {
		x++
		return protocol.AppendWriteNotify(dst, dbrDouble, 1, sid, 1, binary.BigEndian.AppendUint64(nil, math.Float64bits(x)))
	})
	if err != nil {
		return err
	}
	s[put50], s[put99] = percentile(all, 0.5), percentile(all, 0.99)
	return l.array(s, window)
}

// array fills B:BIG and gets it.
func (l *link) array(s sample, window time.Duration) error {
	sid, err := l.createOne("B:BIG")
	if err != nil {
		return err
	}
	data := make([]byte, 0, 8*bigElements)
	for i := range bigElements {
		data = binary.BigEndian.AppendUint64(data, math.Float64bits(float64(i)))
	}
	l.out = protocol.AppendWriteNotify(l.out, dbrDouble, bigElements, sid, 1, data)
	if err := l.flush(); err != nil {
		return err
	}
	if err := l.expect(1, protocol.CmdWriteNotify, nil); err != nil {
		return err
	}
	all, err := l.trips(window, protocol.CmdReadNotify, func(dst []byte) []byte {
		return protocol.AppendReadNotify(dst, dbrDouble, bigElements, sid, 1)
	})
	if err != nil {
		return err
	}
	s[array50] = percentile(all, 0.5)
	return nil
}

// counting measures monitors of 10,000 changing PVs.
func (p peer) counting(s sample, window, patience time.Duration) error {
	begin := time.Now()
	r, err := p.start(true)
	if err != nil {
		return err
	}
	defer r.stop()
	if _, err := searched(r.addr, fmt.Sprintf("B:C%d", counters-1), begin); err != nil {
		return fmt.Errorf("%w; the server said: %s", err, r.said.String())
	}
	names := make([]string, counters)
	for i := range names {
		names[i] = fmt.Sprintf("B:C%d", i)
	}
	time.Sleep(window) // until it runs evenly
	if s[rssMany], err = r.rss(); err != nil {
		return err
	}
	busy, _, err := r.watch(nil, window)
	if err != nil {
		return err
	}
	s[cpu0] = busy * 100
	var subs []*subscriber
	defer func() {
		for _, sub := range subs {
			sub.close()
		}
	}()
	for _, step := range []struct{ subscribers, cpu, rate int }{{1, cpu1, rate1}, {8, cpu8, rate8}} {
		for len(subs) < step.subscribers {
			sub, err := subscribe(r.addr, names, patience)
			if err != nil {
				return fmt.Errorf("subscriber %d: %w", len(subs)+1, err)
			}
			subs = append(subs, sub)
		}
		time.Sleep(window / 2) // past the first events
		busy, rate, err := r.watch(subs, window)
		if err != nil {
			return err
		}
		if rate > 0 {
			s[step.cpu], s[step.rate] = busy/rate*1e6, rate
		}
	}
	return nil
}

// watch returns the server's CPU seconds a second and the subscribers' events a second
// during the window.
func (r *process) watch(subs []*subscriber, window time.Duration) (busy, rate float64, err error) {
	count := func() (n uint64) {
		for _, sub := range subs {
			n += sub.events.Load()
		}
		return n
	}
	cpu, err := r.cpu()
	if err != nil {
		return 0, 0, err
	}
	events, begin := count(), time.Now()
	time.Sleep(window)
	after, err := r.cpu()
	seconds := time.Since(begin).Seconds()
	return (after - cpu) / seconds, float64(count()-events) / seconds, err
}
