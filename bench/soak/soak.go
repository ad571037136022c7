package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/ioclet/ioclet/ioc/caserver"
)

// soak is one run.
type soak struct {
	duration, every time.Duration
	seed            uint64
	crowd           int // clients of each kind
	out             io.Writer

	site    site
	seen    []lasts     // by the watchers
	outputs chan string // that nobody writes to

	mu    sync.Mutex
	errs  []error
	count map[string]int // of what the clients did
}

// grace is what a good client's request may take on a machine whose cores are taken.
const grace = 30 * time.Second

// fault notes a broken promise.
func (s *soak) fault(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.errs) < 20 {
		s.errs = append(s.errs, fmt.Errorf(format, args...))
	}
}

// did counts what a client has done.
func (s *soak) did(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count[what]++
}

// run soaks until the time is over or ctx ends, and returns what was broken.
func (s *soak) run(ctx context.Context) error {
	s.count = map[string]int{}
	s.seen = make([]lasts, s.crowd)
	s.outputs = make(chan string, outputs)
	for i := range outputs {
		s.outputs <- outputName(i)
	}
	fmt.Fprintf(s.out, "soak: %v, %d clients of each kind, seed %d\n", s.duration, s.crowd, s.seed)
	if err := s.site.start(); err != nil {
		return err
	}
	idle := s.settle()
	fmt.Fprintln(s.out, idle)

	coming, stopComing := context.WithCancel(ctx) // no deadline: a dial would fail by it before coming has ended
	defer stopComing()
	defer time.AfterFunc(s.duration, stopComing).Stop()
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	var crowd, watchers sync.WaitGroup
	for i := range s.crowd {
		for k, kind := range kinds {
			crowd.Go(func() { s.repeat(coming, kind, s.random(i, k)) }) // until coming ends
		}
		watchers.Go(func() { s.watch(watching, i) }) // until watching ends
	}
	samples := s.sample(coming)
	crowd.Wait()
	s.site.stopCounting()
	s.awaitLast(ctx)
	stopWatching()
	watchers.Wait()
	s.mu.Lock()
	for _, kind := range kinds {
		if s.count[kind.name] == 0 {
			s.errs = append(s.errs, fmt.Errorf("no %s has come", kind.name))
		}
	}
	s.mu.Unlock()

	if n := s.awaitNobody(); n > 0 {
		s.fault("%d clients are left", n)
	}
	end := s.settle()
	fmt.Fprintln(s.out, end)
	if err := idle.grown(end); err != nil {
		s.fault("%w", err)
	}
	if err := drifted(samples); err != nil {
		s.fault("%w", err)
	}
	for _, l := range s.site.server.Stats().Limits {
		if l.Held > 0 {
			fmt.Fprintf(s.out, "limit %s (%v) held back %d times\n", l.Name, l.Value, l.Held)
		}
	}
	if err := s.site.stop(); err != nil {
		s.fault("the IOC ended with: %w", err)
	}
	return errors.Join(s.errs...)
}

func (s *soak) random(i, k int) *rand.Rand { return rand.New(rand.NewPCG(s.seed, uint64(i*100+k))) }

// repeat has clients of a kind come one after the other.
func (s *soak) repeat(ctx context.Context, k kind, r *rand.Rand) {
	for ctx.Err() == nil {
		err := k.visit(s, ctx, r)
		s.did(k.name)
		if err != nil && k.good && ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
			s.fault("%s: %w", k.name, err)
		}
		pause(ctx, time.Duration(r.IntN(200))*time.Millisecond)
	}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// sample prints a line now and then until ctx ends.
func (s *soak) sample(ctx context.Context) (all []measurement) {
	for {
		pause(ctx, s.every)
		if ctx.Err() != nil {
			return all
		}
		runtime.GC()
		m := s.measure()
		fmt.Fprintln(s.out, m)
		all = append(all, m)
	}
}

// settle measures when nothing changes any more.
func (s *soak) settle() measurement {
	last := s.measure()
	for range 50 {
		time.Sleep(100 * time.Millisecond)
		runtime.GC()
		now := s.measure()
		if now.goroutines == last.goroutines && now.clients == 0 {
			return now
		}
		last = now
	}
	return last
}

// awaitNobody waits until all clients have gone and returns how many have not.
func (s *soak) awaitNobody() (n int) {
	for late := time.Now().Add(grace); ; time.Sleep(50 * time.Millisecond) {
		if n = len(s.site.server.Stats().Clients); n == 0 || time.Now().After(late) {
			return n
		}
	}
}

// measurement is how large the process is.
type measurement struct {
	at         time.Time
	goroutines int
	heap, rss  uint64 // bytes
	clients    int
	channels   int
	subscribed int
	stats      caserver.Stats
	did        string
}

func (s *soak) measure() measurement {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	st := s.site.server.Stats()
	return measurement{
		at: time.Now(), goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc, rss: resident(), clients: len(st.Clients),
		channels: st.Channels(), subscribed: st.Subscriptions(), stats: st, did: s.tally(),
	}
}

// tally is what the clients have done.
func (s *soak) tally() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("%d events, %d puts, %d gets, %d removals seen, %d visits of hostile peers, %d faults",
		s.count["event"], s.count["put"], s.count["get"], s.count["removal"], s.count["hostile"], len(s.errs))
}

func (m measurement) String() string {
	return fmt.Sprintf("%s  %4d goroutines  heap %5.1f MB  rss %5.1f MB  %3d clients %5d channels %5d subscriptions  %d accepted %d refused  %s",
		m.at.Format("15:04:05"), m.goroutines, float64(m.heap)/1e6, float64(m.rss)/1e6, m.clients, m.channels, m.subscribed,
		m.stats.Accepted, m.stats.Refused, m.did)
}

// Tolerances of growth from before the clients came to after they have gone: the heap
// keeps pools and maps that have grown.
const (
	goroutineTolerance = 2
	heapTolerance      = 4 << 20
)

// driftTolerance is by how much the last quarter of a run may be larger than the second
// one, beside driftRoom bytes.
const (
	driftTolerance = 1.3
	driftRoom      = 8 << 20
)

// drifted is how memory has grown during a run long enough to tell.
func drifted(samples []measurement) error {
	quarter := len(samples) / 4
	if quarter < 2 {
		return nil
	}
	var errs []error
	for what, of := range map[string]func(measurement) uint64{
		"heap": func(m measurement) uint64 { return m.heap },
		"rss":  func(m measurement) uint64 { return m.rss },
	} {
		mean := func(list []measurement) (sum float64) {
			for _, m := range list {
				sum += float64(of(m))
			}
			return sum / float64(len(list))
		}
		early, late := mean(samples[quarter:2*quarter]), mean(samples[len(samples)-quarter:])
		if late > early*driftTolerance+driftRoom {
			errs = append(errs, fmt.Errorf("%s grew from %.1f to %.1f MB while clients came and went", what, early/1e6, late/1e6))
		}
	}
	return errors.Join(errs...)
}

// grown is how the process has grown from m to end beyond what is tolerated.
func (m measurement) grown(end measurement) error {
	var errs []error
	if end.goroutines > m.goroutines+goroutineTolerance {
		errs = append(errs, fmt.Errorf("%d goroutines became %d", m.goroutines, end.goroutines))
	}
	if end.heap > m.heap+heapTolerance {
		errs = append(errs, fmt.Errorf("a heap of %d bytes became %d", m.heap, end.heap))
	}
	if end.channels != 0 || end.subscribed != 0 {
		errs = append(errs, fmt.Errorf("%d channels and %d subscriptions are left", end.channels, end.subscribed))
	}
	return errors.Join(errs...)
}
