package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

const (
	listeners = 50                    // subscribers to the fast PV
	fastTick  = time.Millisecond      // between two writes of it
	crowdTick = 10 * time.Millisecond // between two batches of writes to still's PVs
	crowdBits = 10                    // writes in a batch
	settling  = 2 * time.Second       // for the last events
)

// crowdSizes are the numbers of subscribers over which the cost of an event is drawn.
var crowdSizes = []int{1, 2, 4, 8, 16, 32, 64}

// fast measures one PV that is written at 1 kHz, and 50 subscribers.
func (b *bench) fast(r *process, s sample) error {
	begin := time.Now()
	delays := make([][]time.Duration, listeners)
	var subs crowd
	defer func() { subs.leave() }()
	// The value written is its own time.
	err := subs.grow(listeners, r.addr, names("P", 1), b.patience, func(i int) func(float64, time.Time) {
		return func(x float64, at time.Time) {
			if x > 1e6 { // not what the PV had before
				delays[i] = append(delays[i], at.Sub(begin)-time.Duration(x))
			}
		}
	})
	if err != nil {
		return err
	}
	writes := 0
	w, err := r.written(subs, names("P", 1), fastTick, 1, 2*b.window, func() float64 {
		writes++
		return float64(time.Since(begin))
	})
	if err != nil {
		return err
	}
	subs.leave() // the delays are complete
	all := slices.Concat(delays...)
	subs = nil
	if len(all) == 0 {
		return errors.New("the fast PV brought no events")
	}
	slices.Sort(all)
	s["fastcpu"], s["fast99"] = w.busy*100, percentile(all, 0.99)/1e3
	s["one write"] = w.cpu / float64(writes) * 1e6
	s["fastlost"] = 100 * (1 - w.events/float64(writes*listeners))
	return nil
}

// crowds measures the cost of an event with more and more subscribers to the PVs of
// still, 1,000 of which are written a second.
func (b *bench) crowds(r *process, s sample) error {
	var subs crowd
	defer func() { subs.leave() }()
	ignore := func(int) func(float64, time.Time) { return func(float64, time.Time) {} }
	x := 0.0
	for _, n := range crowdSizes {
		if err := subs.grow(n, r.addr, names("P", few), b.patience, ignore); err != nil {
			return err
		}
		w, err := r.written(subs, names("P", few), crowdTick, crowdBits, b.window/2, func() float64 { x++; return x })
		if err != nil {
			return fmt.Errorf("%d subscribers: %w", n, err)
		}
		s[at("crowd", n)] = w.cpu / w.events * 1e6
	}
	return nil
}

// outcome is what came of writes.
type outcome struct {
	cpu    float64 // seconds of the server's, all in all
	busy   float64 // the same, a second
	events float64 // of all subscribers
}

// written writes names in turn, batch at each tick, for the window.
func (r *process) written(subs crowd, names []string, tick time.Duration, batch int, window time.Duration, value func() float64) (o outcome, err error) {
	l, err := dial(r.addr)
	if err != nil {
		return o, err
	}
	defer l.close()
	sids, err := l.create(names)
	if err != nil {
		return o, err
	}
	before := make([]uint64, len(subs))
	for k, s := range subs {
		before[k] = s.events.Load()
	}
	begin, i, seconds := time.Now(), 0, 0.0
	o.cpu, err = r.cost(func() error {
		for next := begin; next.Sub(begin) < window; next = next.Add(tick) {
			time.Sleep(time.Until(next))
			for range batch {
				payload := binary.BigEndian.AppendUint64(nil, math.Float64bits(value()))
				l.out = protocol.AppendWrite(l.out, dbrDouble, 1, sids[i%len(sids)], uint32(i%len(sids)), payload)
				i++
			}
			if err := l.flush(); err != nil {
				return err
			}
		}
		seconds = time.Since(begin).Seconds()
		for k, s := range subs { // the last events, if none is lost
			o.events += float64(s.await(before[k]+uint64(i), settling/time.Duration(len(subs))) - before[k])
		}
		return nil
	})
	o.busy = o.cpu / seconds
	if err == nil && o.events == 0 {
		err = errors.New("no events")
	}
	return o, err
}
