package modbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/link"
	"github.com/ioclet/ioclet/pv"
)

// Driver is a driver for the slaves on one line or connection; see [New].
type Driver struct {
	// immutable
	options Options
	mode    Mode
	log     *slog.Logger
	slaves  []*slave

	counters
	wires drivers.Trace

	mu      sync.Mutex
	session *session
}

var (
	_ drivers.Driver  = (*Driver)(nil)
	_ drivers.Counted = (*Driver)(nil)
	_ drivers.Traced  = (*Driver)(nil)
)

// New makes a driver from the description. It touches no hardware. All that is wrong is
// reported, joined: a [*SlaveError] or [*ValueError] each.
func New(o Options) (*Driver, error) {
	if o.Dial == nil {
		return nil, errors.New("modbus: no Dial")
	}
	if o.Mode > RTU {
		return nil, fmt.Errorf("modbus: no mode %d", o.Mode)
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = defaultTimeout
	}
	if o.ReconnectAfter == 0 && o.Mode == TCP {
		o.ReconnectAfter = defaultReconnect
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	d := &Driver{options: o, mode: o.Mode, log: o.Log.With("port", o.Name)}
	var errs []error
	for i := range o.Slaves {
		s, err := newSlave(d, &o.Slaves[i])
		errs = append(errs, err)
		if j := slices.IndexFunc(d.slaves, func(other *slave) bool { return other.unit == s.unit }); j >= 0 {
			errs = append(errs, &SlaveError{s.name, fmt.Errorf("unit %d is that of %q already", s.unit, d.slaves[j].name)})
		}
		d.slaves = append(d.slaves, s)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return d, nil
}

// Channels lists the channels of all slaves, in the order of the options.
func (d *Driver) Channels() []drivers.Channel {
	var all []drivers.Channel
	for _, s := range d.slaves {
		for _, c := range s.channels {
			all = append(all, c.face())
		}
	}
	return all
}

// Channel is the channel of a slave's value, by their indices in the options.
func (d *Driver) Channel(slave, value int) drivers.Channel {
	return d.slaves[slave].channels[value].face()
}

// Open connects. Nobody is asked anything yet.
func (d *Driver) Open(ctx context.Context) error {
	if err := d.Close(); err != nil {
		return err
	}
	conn, err := d.options.Dial(ctx)
	if err != nil {
		return err
	}
	for _, s := range d.slaves {
		s.renew()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session = start(conn, d.options.WriteTimeout, &d.counters)
	return nil
}

// Run waits for the end: slaves say nothing by themselves.
func (d *Driver) Run(ctx context.Context) error {
	s := d.current()
	if s == nil {
		return link.Lost(errNotOpen)
	}
	select {
	case <-ctx.Done():
		return nil
	case <-s.Closed():
		return nil
	case <-s.Gone():
		return s.Lost()
	}
}

func (d *Driver) current() *session {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.session
}

// Close writes the OnExit values, as far as the slaves answer within 0.7 s, and closes the
// connection.
func (d *Driver) Close() error {
	d.mu.Lock()
	s := d.session
	d.session = nil
	d.mu.Unlock()
	if s == nil {
		return nil
	}
	return s.Leave(d.farewells(s))
}

// farewells are the OnExit values.
func (d *Driver) farewells(s *session) (all []link.Farewell) {
	for _, v := range d.slaves {
		f := link.Farewell{To: &v.Health}
		for _, c := range v.channels {
			if c.onExit.Kind() != pv.Invalid {
				f.Words = append(f.Words, func(ctx context.Context, most time.Duration) error { return c.exit(ctx, s, most) })
			}
		}
		all = append(all, f)
	}
	return all
}
