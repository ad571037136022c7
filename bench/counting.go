package main

import "time"

// counting measures monitors of 10,000 changing PVs.
func (b *bench) counting(p peer, s sample) error {
	r, err := p.start(counting)
	if err != nil {
		return err
	}
	defer r.stop()
	all := names("C", counters)
	if _, err := r.found(all[counters-1]); err != nil {
		return err
	}
	time.Sleep(b.window) // until it runs evenly
	busy, err := r.cost(func() error { time.Sleep(b.window); return nil })
	if err != nil {
		return err
	}
	s["cpu0"] = busy / b.window.Seconds() * 100
	var subs crowd
	defer func() { subs.leave() }()
	for _, step := range []struct {
		subscribers     int
		cpu, rate, lost string
	}{{1, "cpu1", "rate1", "lost1"}, {8, "cpu8", "rate8", "lost8"}} {
		if err := subs.grow(step.subscribers, r.addr, all, b.patience, nil); err != nil {
			return err
		}
		time.Sleep(b.window / 2) // past the first events
		w, err := r.watch(subs, 2*b.window)
		if err != nil {
			return err
		}
		if w.rate > 0 {
			s[step.cpu], s[step.rate], s[step.lost] = w.cpu, w.rate, w.lost
		}
	}
	return nil
}

// watched is what subscribers got and what it cost.
type watched struct {
	cpu  float64 // of the server, µs an event
	rate float64 // events a second
	lost float64 // percentage of the changes
}

// watch measures during the window.
func (r *process) watch(subs crowd, window time.Duration) (w watched, err error) {
	events, missed := subs.events()
	begin := time.Now()
	cpu, err := r.cost(func() error { time.Sleep(window); return nil })
	if err != nil {
		return w, err
	}
	seconds := time.Since(begin).Seconds()
	after, missedAfter := subs.events()
	events, missed = after-events, missedAfter-missed
	return watched{cpu: cpu / events * 1e6, rate: events / seconds, lost: missed / (events + missed) * 100}, nil
}
