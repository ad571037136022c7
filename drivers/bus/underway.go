package bus

import (
	"context"
	"iter"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/pv"
)

// underway is a measurement that lets others use the bus while its chip converts: a
// coroutine that runs while its device has the turn, from one pause to the next.
type underway struct {
	op    operation
	next  func() (pause time.Duration, more bool)
	stop  func()
	yield func(pause time.Duration) bool
	due   time.Time // when it goes on
	err   error     // what it has ended with
}

// maxOverdue is how late a measurement may go on: what nobody has asked for is old.
const maxOverdue = maxMeasure

var _ chip.Pauser = (*device)(nil)

// Pause waits for d, during a measurement without the turn. chip.Pauser.
func (v *device) Pause(ctx context.Context, d time.Duration) error {
	if v.under == nil {
		return chip.Wait(ctx, nil, d)
	}
	if d > 0 && ctx.Err() == nil && !v.under.yield(d) {
		return context.Canceled
	}
	return ctx.Err()
}

// advance goes on with the measurement op, or begins it, until it is done or has to wait.
// Another of the device comes to its end before.
func (v *device) advance(ctx context.Context, op operation) (wait time.Duration, err error) {
	if err := v.driver.acquire(ctx); err != nil {
		return 0, err
	}
	defer v.driver.release()
	v.renew()
	if v.under != nil && time.Since(v.under.due) > maxOverdue {
		v.halt()
	}
	for mine := false; !mine; {
		if v.under == nil {
			if err := v.rests(false); err != nil {
				return 0, err
			}
			if !v.part.pauses() {
				return 0, v.perform(ctx, op, pv.StatusRead)
			}
			v.begin(ctx, op)
		}
		mine = v.under.op == op
		if wait, err = v.proceed(); wait > 0 {
			return wait, nil
		}
	}
	return 0, err
}

// begin prepares a measurement.
func (v *device) begin(ctx context.Context, op operation) {
	u := &underway{op: op}
	u.next, u.stop = iter.Pull(func(yield func(time.Duration) bool) {
		u.yield = yield
		u.err = drivers.Guard(v.name, func() error { return v.perform(ctx, op, pv.StatusRead) })
	})
	v.under = u
}

// proceed goes on with the measurement under way, if it is time. Once wait is 0 it has
// ended.
func (v *device) proceed() (wait time.Duration, err error) {
	u := v.under
	if wait := time.Until(u.due); wait > 0 {
		return wait, nil
	}
	if pause, more := u.next(); more {
		u.due = time.Now().Add(pause)
		return pause, nil
	}
	v.under = nil
	return 0, u.err
}

// halt breaks off the measurement under way, if there is one.
func (v *device) halt() {
	if v.under != nil {
		v.under.stop()
		v.under = nil
	}
}

// wait calls measure until it has a value.
func (v *device) wait(ctx context.Context, measure func(context.Context) (pv.Value, time.Duration, error)) (pv.Value, error) {
	for {
		x, wait, err := measure(ctx)
		if wait == 0 || err != nil {
			return x, err
		}
		if err := chip.Wait(ctx, nil, wait); err != nil {
			v.driver.turn <- struct{}{}
			defer v.driver.release()
			v.halt()
			return pv.Value{}, err
		}
	}
}
