package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Signals is a driver whose channels are signals. Where a worker's queue is not
// wanted, use [Signal.Func] without a driver.
type Signals struct{ channels []drivers.Channel }

var _ drivers.Driver = (*Signals)(nil)

// Named is a signal with its channel's name.
type Named struct {
	Name string
	Signal
}

// NewSignals makes a driver with a channel for each signal, in order.
func NewSignals(signals ...Named) (*Signals, error) {
	s := &Signals{}
	for _, n := range signals {
		f, err := n.Func()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.Name, err)
		}
		s.channels = append(s.channels, &signalChannel{n.Name, f})
	}
	return s, nil
}

// Open does nothing.
func (s *Signals) Open(ctx context.Context) error { return ctx.Err() }

// Run waits for the end of ctx.
func (s *Signals) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Close does nothing.
func (s *Signals) Close() error { return nil }

// Channels lists the channels; all are Readers of kind Float64.
func (s *Signals) Channels() []drivers.Channel { return s.channels }

type signalChannel struct {
	name string
	f    Func
}

func (c *signalChannel) Name() string { return c.name }

func (c *signalChannel) Read(context.Context) (pv.Value, error) {
	return pv.Float64Value(c.f(time.Now())), nil
}
