package modbus

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// slave is one of the devices on a line.
type slave struct {
	// immutable
	name     string
	unit     uint8
	timeout  time.Duration
	multiple bool
	channels []*channel
	log      *slog.Logger

	// guarded by the turn
	silent   int       // requests in a row without an answer
	since    time.Time // of the first of them
	retry    time.Time // not asked before
	reported bool      // the log knows
}

// deadAfter is the number of timeouts after which a slave is dead, not late.
const deadAfter = 3

// maxRetry bounds how long a dead slave is left alone.
const maxRetry = 10 * time.Second

// newSlave checks a slave of a line.
func newSlave(d *Driver, o *Slave) (*slave, error) {
	s := &slave{name: o.Name, unit: o.Unit, timeout: o.Timeout, multiple: o.Multiple}
	if s.name == "" {
		s.name = fmt.Sprintf("unit %d", o.Unit)
	}
	if s.timeout <= 0 {
		s.timeout = defaultTimeout
	}
	s.log = d.log.With("slave", s.name)
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, &SlaveError{s.name, fmt.Errorf(format, args...)})
	}
	const last = 247
	if d.mode == RTU && (o.Unit < 1 || o.Unit > last) {
		bad("unit %d: expected 1 to %d", o.Unit, last)
	}
	if o.MaxRead < 0 || o.MaxRead > maxReadRegisters {
		bad("max_read %d: expected 1 to %d registers", o.MaxRead, maxReadRegisters)
	}
	if o.Order > DCBA {
		bad("no order %d", o.Order)
	}
	order := o.Order
	if order == DefaultOrder {
		order = ABCD
	}
	for i := range o.Values {
		v := &o.Values[i]
		codec, err := NewCodec(*v, order)
		if err != nil {
			errs = append(errs, &ValueError{s.name, v.Name, err})
			continue
		}
		c := &channel{driver: d, slave: s, address: v.Address, codec: codec, onExit: v.OnExit, registers: make([]uint16, codec.registers)}
		if c.name = v.Name; c.name == "" {
			c.name = fmt.Sprintf("%v %d", v.Table, v.Address)
		}
		if _, err := c.codec.Encode(c.registers, v.OnExit); v.Write && v.OnExit.Kind() != pv.Invalid && err != nil {
			errs = append(errs, &ValueError{s.name, v.Name, fmt.Errorf("on_exit: %w", err)})
		}
		c.write = v.Write
		s.channels = append(s.channels, c)
	}
	gap, most := o.Gap, o.MaxRead
	if gap == 0 {
		gap = defaultGap
	}
	if most <= 0 {
		most = maxReadRegisters
	}
	plan(s.channels, max(gap, 0), most)
	return s, errors.Join(errs...)
}

// fresh gives the slave another chance on a new connection.
func (s *slave) fresh() {
	s.silent, s.retry = 0, time.Time{}
	for _, c := range s.channels {
		c.block.forget()
	}
}

func (s *slave) heard(now time.Time) {
	s.silent, s.retry = 0, time.Time{}
	if s.reported {
		s.reported = false
		s.log.Info("slave answers again", "after", now.Sub(s.since).Round(time.Millisecond))
	}
}

// unheard counts a timeout. From the second in a row on the slave is left alone for its
// timeout, then twice that, and so on.
func (s *slave) unheard(now time.Time) {
	s.silent++
	if s.silent > 1 {
		s.retry = now.Add(min(s.timeout<<min(s.silent-2, 10), maxRetry))
	}
	if !s.reported {
		s.reported = true
		s.since = now
		s.log.Warn("slave does not answer", "timeout", s.timeout)
	}
}
