package device

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// action is what a write or a measurement has begun and what goes on: see
// drivers.Finisher and drivers.Measurer. Whoever takes it out of its binding's acting
// answers the record: the worker for as long as it asks, or refuse when the port is lost.
type action struct {
	every time.Duration
	most  time.Duration
	end   time.Time // of our patience

	measures bool
	began    time.Time // of a measurement
}

// begun is the action of the write that has just been done, nil if it has ended.
func (b *binding) begun() *action {
	if b.finisher == nil {
		return nil
	}
	every, most := b.finisher.Patience()
	if every <= 0 {
		return nil
	}
	return &action{every: every, most: most, end: time.Now().Add(most)}
}

// errNotDone is the end of our patience with a device that has answered to the last.
var errNotDone = errors.New("not done")

// ask asks whether a has ended: going is a if it goes on, err then why there was no answer.
func (a *action) ask(ctx context.Context, f drivers.Finisher) (going *action, err error) {
	if a.measures { // reading tells
		return nil, nil
	}
	done, err := f.Finished(ctx)
	switch {
	case drivers.IsLost(err) || ctx.Err() != nil:
		return nil, err
	case err == nil && done:
		return nil, nil
	case time.Now().Before(a.end):
		return a, err
	}
	what := fmt.Errorf("%w after %v", errNotDone, a.most)
	if err != nil {
		what = fmt.Errorf("not done after %v: %w", a.most, err)
	}
	return nil, &drivers.Fault{Status: pv.StatusTimeout, Err: what}
}

// measure reads the channel, or goes on with what began then; going is not nil if it takes
// longer.
func (b *binding) measure(ctx context.Context, began time.Time) (v pv.Value, going *action, err error) {
	if b.measurer == nil {
		v, err = b.reader.Read(ctx)
		return v, nil, err
	}
	v, wait, err := b.measurer.Measure(ctx)
	if err != nil || wait <= 0 {
		return v, nil, err
	}
	return v, &action{every: wait, end: time.Now().Add(wait), measures: true, began: began}, nil
}

// await has the worker ask about a after a while. The port is free until then.
func (b *binding) await(a *action) {
	if !a.measures {
		b.record.Underway()
	}
	b.acting.Store(a)
	time.AfterFunc(min(a.every, max(time.Until(a.end), 0)), func() {
		if !b.port.queue.put(request{binding: b, do: opAsk, action: a}) {
			b.abandon(a)
		}
	})
}

// abandon answers the record that waits for the end of a; any action if a is nil.
func (b *binding) abandon(a *action) {
	if a == nil {
		a = b.acting.Load()
	}
	if a != nil && b.acting.CompareAndSwap(a, nil) {
		b.refused()
	}
}
