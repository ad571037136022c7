package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/caserver"
)

// Sizes of the IOC.
const (
	counters = 100     // PVs that count up, some a hundred times a second
	outputs  = 50      // PVs for puts
	passing  = 20      // PVs that come and go
	imageLen = 100_000 // doubles in an array whose first one counts
)

// site is the IOC under test.
type site struct {
	ioc     *ioc.IOC
	server  *caserver.Server
	counter []*ioc.Float
	image   *ioc.Floats
	stopped atomic.Bool // the counters stand
	cancel  context.CancelFunc
	ended   chan error
}

var loopback = netip.MustParseAddr("127.0.0.1")

func counterName(i int) string { return fmt.Sprint("SOAK:N", i) }
func outputName(i int) string  { return fmt.Sprint("SOAK:P", i) }
func passingName(i int) string { return fmt.Sprint("SOAK:X", i) }

const imageName = "SOAK:IMAGE"

// start runs the IOC until stop.
func (s *site) start() error {
	s.ioc = ioc.New("SOAK:")
	for i := range counters {
		s.counter = append(s.counter, s.ioc.Float(fmt.Sprint("N", i), ioc.ReadOnly(), ioc.Initial(0.0)))
	}
	for i := range outputs {
		p := s.ioc.Float(fmt.Sprint("P", i), ioc.Initial(0.0))
		if i%2 == 1 { // half of them have a device
			p.OnPut(func(context.Context, float64) error { return nil })
		}
	}
	s.image = s.ioc.Floats("IMAGE", imageLen, ioc.ReadOnly(), ioc.Initial([]float64{0}))
	s.ioc.Every(10*time.Millisecond, func(context.Context) error { s.count(0, counters/2); return nil })
	s.ioc.Every(time.Second, func(context.Context) error { s.count(counters/2, counters); return nil })
	s.ioc.Every(100*time.Millisecond, s.draw)
	for i := range passing {
		s.ioc.Float(fmt.Sprint("X", i))
	}
	next := 0
	s.ioc.Every(50*time.Millisecond, func(context.Context) error {
		next = (next + 1) % passing
		return s.renew(next)
	})
	s.ioc.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.ioc.Server = caserver.Config{
		AnyPort: true, Interfaces: []netip.Addr{loopback}, NoAutoBeacons: true,
		Limits: caserver.Limits{ // so low that they are reached
			Circuits: 300, SearchesPerAddress: 5000, SearchBurst: 20_000, ChannelsPerCircuit: 5000, Puts: 64,
			HandshakeTime: 10 * time.Second, MessageTime: 10 * time.Second, WriteTime: 15 * time.Second,
		},
	}
	started := make(chan *caserver.Server, 1)
	s.ioc.Started = func(server *caserver.Server) { started <- server }
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel, s.ended = cancel, make(chan error, 1)
	go func() { s.ended <- s.ioc.Run(ctx) }() // until stop
	select {
	case s.server = <-started:
		return nil
	case err := <-s.ended:
		cancel()
		return err
	}
}

// count moves the counters from i to j on by one.
func (s *site) count(i, j int) {
	for _, c := range s.counter[i:j] {
		if !s.stopped.Load() {
			c.Set(c.Get() + 1)
		}
	}
}

// draw makes the next image.
func (s *site) draw(context.Context) error {
	if s.stopped.Load() {
		return nil
	}
	x := s.image.Get()
	next := make([]float64, imageLen)
	next[0] = x[0] + 1
	s.image.Set(next)
	return nil
}

// renew removes a PV and makes it again.
func (s *site) renew(i int) error {
	name := fmt.Sprint("X", i)
	if err := s.ioc.Remove(name); err != nil {
		return err
	}
	x := s.ioc.Float(name)
	if i%2 == 0 {
		x.OnPut(func(context.Context, float64) error { return nil })
	}
	x.Set(float64(i))
	return nil
}

func (s *site) stopCounting() { s.stopped.Store(true) }

func (s *site) stop() error {
	s.cancel()
	return <-s.ended
}

func (s *site) tcp() string { return fmt.Sprint("127.0.0.1:", s.server.Port()) }
func (s *site) udp() string { return fmt.Sprint("127.0.0.1:", s.server.SearchPort()) }
