package serial

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ioclet/ioclet/drivers/link"
	"github.com/ioclet/ioclet/pv"
)

// finish is how a device is asked whether it has done what a write began.
type finish struct {
	ask         []byte
	reply       *scanner
	until       []pv.Value
	every, most time.Duration
}

func (c *channel) compileDone(o *Done, siblings map[string]*channel) error {
	f := &finish{until: o.Until, every: o.Every, most: o.Timeout}
	if f.every <= 0 {
		f.every = defaultEvery
	}
	if f.most <= 0 {
		f.most = defaultDone
	}
	var errs []error
	var err error
	if f.ask, err = constant(o.Ask, c.device.out); err != nil {
		errs = append(errs, fmt.Errorf("done: ask: %w", err))
	}
	one := channel{name: c.name, device: c.device, in: answer{framing: c.device.in}} // has no array
	f.reply, err = one.compileScan(WholeLine(o.Reply), siblings)
	switch {
	case err != nil:
		errs = append(errs, fmt.Errorf("done: reply: %w", err))
	case f.reply.own < 0:
		errs = append(errs, fmt.Errorf("done: reply: %q yields no value", o.Reply))
	}
	if o.Ask == "" || len(o.Until) == 0 {
		errs = append(errs, errors.New("done: a question and the answers that end the wait are needed"))
	}
	if c.write == nil {
		errs = append(errs, errors.New("done: a channel without write begins nothing"))
	}
	c.done = f
	return errors.Join(errs...)
}

func (c *channel) patience() (every, most time.Duration) {
	if c.done == nil {
		return 0, 0
	}
	return c.done.every, c.done.most
}

// finished asks whether the last write has done its work.
func (c *channel) finished(ctx context.Context) (bool, error) {
	s := c.port.current()
	if s == nil {
		return false, c.subject(link.Lost(errNotOpen))
	}
	v, err := c.port.exchange(ctx, s, &request{
		device: c.device, command: c.done.ask, reply: c.done.reply, timeout: c.timeout,
	})
	if err != nil {
		return false, c.subject(err)
	}
	return slices.ContainsFunc(c.done.until, func(u pv.Value) bool { return same(u, v) }), nil
}

// same reports whether two scalars are the same number, or the same text.
func same(a, b pv.Value) bool {
	if a.Kind() == pv.String || b.Kind() == pv.String {
		return a.Kind() == b.Kind() && a.Str() == b.Str()
	}
	return a.Float64() == b.Float64()
}
