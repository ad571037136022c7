package modbus

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ioclet/ioclet/drivers/link"
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

	link.Health
}

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
	most := o.MaxRead
	if most <= 0 {
		most = maxReadRegisters
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
		if codec.registers > mostAtOnce(v.Table, most) {
			errs = append(errs, &ValueError{s.name, v.Name, fmt.Errorf(
				"%d registers or bits: max_read allows %d", codec.registers, mostAtOnce(v.Table, most))})
		}
		if _, err := c.codec.Encode(c.registers, v.OnExit); v.Write && v.OnExit.Kind() != pv.Invalid && err != nil {
			errs = append(errs, &ValueError{s.name, v.Name, fmt.Errorf("on_exit: %w", err)})
		}
		c.write = v.Write
		s.channels = append(s.channels, c)
	}
	gap := o.Gap
	if gap == 0 {
		gap = defaultGap
	}
	plan(s.channels, max(gap, 0), most)
	return s, errors.Join(errs...)
}

// renew gives the slave another chance on a new connection.
func (s *slave) renew() {
	s.Health = link.Health{}
	for _, c := range s.channels {
		c.block.forget()
	}
}
