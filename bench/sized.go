package main

import (
	"fmt"
	"time"
)

// What is measured with different numbers of PVs.
const (
	connected = 10_000 // channels that are created at least
	leavers   = 8
)

// sized measures with n PVs.
func (b *bench) sized(p peer, s sample, n int) error {
	r, err := p.start(sized(n))
	if err != nil {
		return err
	}
	defer r.stop()
	all := names("P", n)
	d, err := r.found(all[n-1])
	if err != nil {
		return err
	}
	s[at("started", n)] = d.Seconds() * 1e3
	if _, err := r.quiet(10 * time.Second); err != nil {
		return err
	}
	if s[at("rss", n)], err = r.rss(); err != nil {
		return err
	}
	found := 0
	cpu, err := r.cost(func() error { found, err = search(r.addr, all, b.window/4); return err })
	if err != nil {
		return err
	}
	s[at("search", n)] = cpu / float64(found) * 1e6

	l, err := dial(r.addr)
	if err != nil {
		return err
	}
	defer l.close()
	l.conn.SetDeadline(time.Now().Add(b.patience + 10*b.window))
	channels := all
	for len(channels) < connected {
		channels = append(channels, all...)
	}
	var sids []uint32
	if cpu, err = r.cost(func() error { sids, err = l.create(channels); return err }); err != nil {
		return err
	}
	sids = sids[:n]
	s[at("connect", n)] = cpu / float64(len(channels)) * 1e6
	if n == connected {
		s["connectcpu"] = cpu * 1e3
	}
	f, err := r.measure(l, getting(sids, dbrTimeDouble, 1), 100, b.window/4)
	if err != nil {
		return err
	}
	s[at("get", n)] = f.cpu
	if f, err = r.measure(l, putting(sids), 100, b.window/4); err != nil {
		return err
	}
	s[at("put", n)] = f.cpu
	if err := b.event(r, l, sids, all, s); err != nil {
		return err
	}
	if n == connected {
		return b.leave(r, all, s)
	}
	return nil
}

// event measures puts to PVs that are all monitored by a client.
func (b *bench) event(r *process, l *link, sids []uint32, names []string, s sample) error {
	sub, err := subscribe(r.addr, names, b.patience, func(float64, time.Time) {})
	if err != nil {
		return err
	}
	defer sub.leave()
	f, err := r.measure(l, putting(sids), 100, b.window/4)
	s[at("event", len(names))] = f.cpu
	return err
}

// leave measures what it costs to lose clients that have monitors of all names.
func (b *bench) leave(r *process, names []string, s sample) error {
	var subs crowd
	if err := subs.grow(leavers, r.addr, names, b.patience, nil); err != nil {
		subs.leave()
		return err
	}
	if _, err := r.quiet(10 * time.Second); err != nil {
		subs.leave()
		return err
	}
	begin := time.Now()
	var end time.Time
	cpu, err := r.cost(func() (err error) {
		subs.leave()
		end, err = r.quiet(b.patience)
		return err
	})
	if err != nil {
		return fmt.Errorf("after %d clients have left: %w", leavers, err)
	}
	s["leavecpu"], s["leave"] = cpu*1e3, end.Sub(begin).Seconds()*1e3
	return nil
}
