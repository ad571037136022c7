package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/pv"
)

// kind is a sort of clients.
type kind struct {
	name  string
	good  bool // an error breaks a promise
	visit func(s *soak, ctx context.Context, r *rand.Rand) error
}

// kinds are all that come and go.
var kinds = []kind{
	{"getter", true, (*soak).get},
	{"putter", true, (*soak).put},
	{"passing monitor", true, (*soak).monitor},
	{"pipelined putter", true, (*soak).pipeline},
	{"image reader", true, (*soak).readImage},
	{"follower", false, (*soak).follow},
	{"slow reader", false, (*soak).readSlowly},
	{"stuck subscriber", false, (*soak).stuck},
	{"leaver", false, (*soak).leave},
	{"holder", false, (*soak).holdEvents},
	{"silent peer", false, (*soak).silent},
	{"trickler", false, (*soak).trickle},
	{"half-closer", false, (*soak).halfClose},
	{"babbler", false, (*soak).babble},
	{"search flood", false, (*soak).flood},
	{"create flood", false, (*soak).createFlood},
}

// context is a good client's; it finds names by UDP or by TCP.
func (s *soak) context(byTCP bool) *client.Context {
	c := new(client.Context)
	c.Config = client.Config{OnlyAddresses: true, Log: slog.New(slog.DiscardHandler)}
	if byTCP {
		c.Config.NameServers = []string{s.site.tcp()}
	} else {
		c.Config.Addresses = []string{s.site.udp()}
	}
	return c
}

// watch monitors counters all the time: their values must not run backwards, and the
// last ones must come.
func (s *soak) watch(ctx context.Context, i int) {
	c := s.context(i%2 == 0)
	defer c.Close()
	m := c.NewMonitor(client.MonitorOptions{})
	defer m.Close()
	of := map[*client.Channel]int{}
	for n := range counters {
		ch := c.Channel(counterName(n))
		of[ch] = n
		if err := m.Add(ch); err != nil {
			s.fault("watcher: %w", err)
			return
		}
	}
	for u := range m.Updates(ctx) {
		if u.Kind == client.NowDisconnected {
			s.fault("watcher: disconnected from %s", u.Channel.Name())
		}
		if u.Kind != client.NewValue {
			continue
		}
		s.did("event")
		x := u.Data.Sample.Value.Float64()
		if last := s.seen[i].put(of[u.Channel], x); x < last {
			s.fault("watcher: %s went from %v back to %v", u.Channel.Name(), last, x)
		}
	}
}

// lasts are the last values of the counters that a watcher has seen.
type lasts [counters]atomic.Uint64

func (l *lasts) put(n int, x float64) (before float64) {
	return math.Float64frombits(l[n].Swap(math.Float64bits(x)))
}

// missing is a counter whose last value has not been seen, -1 if there is none.
func (l *lasts) missing(s *site) int {
	for n := range l {
		if math.Float64frombits(l[n].Load()) != s.counter[n].Get() {
			return n
		}
	}
	return -1
}

// awaitLast waits until the watchers have seen the last value of every counter.
func (s *soak) awaitLast(ctx context.Context) {
	late := time.Now().Add(grace)
	for i := range s.seen {
		for n := s.seen[i].missing(&s.site); n >= 0; n = s.seen[i].missing(&s.site) {
			if time.Now().After(late) || ctx.Err() != nil {
				s.fault("watcher %d: the last value of %s has not come", i, counterName(n))
				break
			}
			pause(ctx, 20*time.Millisecond)
		}
	}
}

// get reads PVs one by one.
func (s *soak) get(ctx context.Context, r *rand.Rand) error {
	c := s.context(r.IntN(2) == 0)
	defer c.Close()
	for range 1 + r.IntN(20) {
		if err := s.within(ctx, func(ctx context.Context) error {
			d, err := c.Channel(counterName(r.IntN(counters))).Get(ctx, client.Request{})
			if err == nil && d.Sample.Value.Len() != 1 {
				err = fmt.Errorf("a get brought %v", d.Sample.Value)
			}
			return err
		}); err != nil {
			return err
		}
		s.did("get")
	}
	return nil
}

// put writes to a PV of its own and reads back.
func (s *soak) put(ctx context.Context, r *rand.Rand) error {
	c := s.context(r.IntN(2) == 0)
	defer c.Close()
	name := <-s.outputs
	defer func() { s.outputs <- name }()
	ch := c.Channel(name)
	for range 1 + r.IntN(50) {
		x := r.Float64()
		if err := s.within(ctx, func(ctx context.Context) error {
			if err := ch.PutNotify(ctx, pv.Float64Value(x)); err != nil {
				return err
			}
			d, err := ch.Get(ctx, client.Request{})
			if err == nil && d.Sample.Value.Float64() != x {
				err = fmt.Errorf("wrote %v, read %v", x, d.Sample.Value)
			}
			return err
		}); err != nil {
			return err
		}
		s.did("put")
	}
	return nil
}

// monitor watches a few counters for a while.
func (s *soak) monitor(ctx context.Context, r *rand.Rand) error {
	c := s.context(r.IntN(2) == 0)
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(1+r.IntN(3000))*time.Millisecond)
	defer cancel()
	m := c.NewMonitor(client.MonitorOptions{})
	defer m.Close()
	for range 1 + r.IntN(20) {
		if err := m.Add(c.Channel(counterName(r.IntN(counters)))); err != nil {
			return err
		}
	}
	last := map[*client.Channel]float64{}
	for u := range m.Updates(ctx) {
		if u.Kind != client.NewValue {
			continue
		}
		s.did("event")
		x := u.Data.Sample.Value.Float64()
		if x < last[u.Channel] {
			return fmt.Errorf("%s went from %v back to %v", u.Channel.Name(), last[u.Channel], x)
		}
		last[u.Channel] = x
	}
	return nil
}

// follow watches PVs that are removed and made again.
func (s *soak) follow(ctx context.Context, r *rand.Rand) error {
	c := s.context(r.IntN(2) == 0)
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(1+r.IntN(5000))*time.Millisecond)
	defer cancel()
	m := c.NewMonitor(client.MonitorOptions{})
	defer m.Close()
	for i := range passing {
		if err := m.Add(c.Channel(passingName(i))); err != nil {
			return err
		}
	}
	for u := range m.Updates(ctx) {
		switch u.Kind {
		case client.NewValue:
			s.did("event")
		case client.NowDisconnected:
			s.did("removal")
		}
	}
	return nil
}

// readImage gets the image a few times.
func (s *soak) readImage(ctx context.Context, r *rand.Rand) error {
	c := s.context(r.IntN(2) == 0)
	defer c.Close()
	ch, last := c.Channel(imageName), 0.0
	for range 1 + r.IntN(5) {
		if err := s.within(ctx, func(ctx context.Context) error {
			d, err := ch.Get(ctx, client.Request{})
			if err != nil {
				return err
			}
			x := d.Sample.Value.At(0).Float64()
			if x < last {
				return fmt.Errorf("the image went from %v back to %v", last, x)
			}
			last = x
			return nil
		}); err != nil {
			return err
		}
		s.did("get")
	}
	return nil
}

// within gives do its time.
func (s *soak) within(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	return do(ctx)
}
