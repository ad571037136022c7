package device

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
)

// closeBudget bounds how long Run waits, after its context has ended, for a
// driver whose operation does not return. Close may take a second by contract.
const closeBudget = 1500 * time.Millisecond

// session is one life of the driver from Open to Close; worked is how long it was
// connected. It returns an error only when ctx has ended and an operation of the
// driver does not return.
func (p *Port) session(ctx context.Context) (worked time.Duration, err error) {
	// What the driver does is cancelled below, when it is known why.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var calls sync.WaitGroup // of the driver's methods

	opened := make(chan error, 1)
	calls.Go(func() { // as long as Open takes
		opened <- drivers.Guard("open", func() error { return p.driver.Open(work) })
		close(opened)
	})
	cause := p.opening(ctx, opened)
	connected := cause == nil
	if connected {
		began := time.Now()
		p.up()
		cause = p.serving(ctx, work, &calls)
		worked = time.Since(began)
	}
	if ctx.Err() != nil {
		cause = errEnding
	}
	p.down(cause)
	cancel()
	p.refuse()
	if errors.Is(cause, errStuck) {
		p.abandon()
	}
	var closed error  // once calls have ended
	calls.Go(func() { // as long as Close takes, after Open
		for range opened {
		}
		if closed = drivers.Guard("close", p.driver.Close); closed != nil && connected {
			p.warn("driver not closed properly", closed, 0)
		}
	})
	if err := p.await(ctx, &calls); err != nil {
		return worked, err
	}
	if crash := (*drivers.Panic)(nil); connected && (own(cause) || errors.As(cause, &crash)) { // the hardware was there
		for b := range p.bound() {
			b.exited(closed)
		}
	}
	p.mark() // those that a last value has made good since
	return worked, nil
}

// opening waits for Open and returns its error.
func (p *Port) opening(ctx context.Context, opened <-chan error) error {
	slow := time.NewTimer(p.config.Stuck)
	defer slow.Stop()
	for {
		select {
		case err := <-opened:
			return err
		case <-ctx.Done():
			return errEnding
		case <-p.kick:
			return p.interrupted()
		case <-slow.C:
			p.down(fmt.Errorf("open: %w for %v", errStuck, p.config.Stuck))
			p.mark()
		}
	}
}

// errStuck is why a port is given up whose driver hangs.
var errStuck = errors.New("has not returned")

// serving runs the driver and serves requests until the hardware is lost, or ctx
// ends; it returns why.
func (p *Port) serving(ctx, work context.Context, calls *sync.WaitGroup) error {
	ended := make(chan error, 2)
	calls.Go(func() { // until work ends or the hardware is lost
		ended <- drivers.Guard("run", func() error { return p.driver.Run(work) })
	})
	calls.Go(func() { // until work ends or the hardware is lost
		ended <- p.serve(work)
	})
	for {
		select {
		case <-ctx.Done():
			return errEnding
		case <-p.kick:
			return p.interrupted()
		case err := <-ended:
			if err == nil {
				err = errRunEnded
			}
			return err
		case <-p.busy.C:
			return fmt.Errorf("an operation %w for %v", errStuck, p.config.Stuck)
		case <-p.again.C:
			p.tryAgain()
		}
	}
}

// serve carries out requests until ctx ends or the hardware is lost.
func (p *Port) serve(ctx context.Context) error {
	for ctx.Err() == nil {
		r, ok := p.queue.take()
		if !ok {
			select {
			case <-ctx.Done():
			case <-p.queue.wake:
			}
			continue
		}
		if r.binding.record.Removed() {
			continue
		}
		p.begin(r.binding)
		err := r.binding.perform(ctx, r)
		p.busy.Stop()
		if drivers.IsLost(err) {
			return err
		}
	}
	return nil
}

// begin notes that an operation of b is under way.
func (p *Port) begin(b *binding) {
	p.mu.Lock()
	p.current = b
	p.mu.Unlock()
	p.busy.Reset(p.config.Stuck)
}

// end notes that the operation of b that began then has ended, but for a measurement that
// is going on, and reports whether its record still waits for it.
func (p *Port) end(b *binding, began time.Time, going *action, err error) bool {
	took := time.Since(began)
	changed := false
	p.mu.Lock()
	if going == nil || !going.measures {
		p.health.note(took, err)
		changed = b.unit != nil && b.unit.note(took, err)
	}
	waits := p.current != nil
	p.current = nil
	p.mu.Unlock()
	if changed {
		p.tell()
	}
	if b.unit != nil {
		p.report(b.unit, err)
	}
	return waits
}

// abandon answers the record whose operation does not return.
func (p *Port) abandon() {
	p.mu.Lock()
	b := p.current
	p.current = nil
	p.mu.Unlock()
	if b != nil {
		b.refused()
	}
}

// tryLater has tryAgain called after RetryMax, or when it is due already: channels
// that come and go must not put it off for the others.
func (p *Port) tryLater() {
	if !p.later.Swap(true) {
		p.again.Reset(p.config.RetryMax)
	}
}

// tryAgain reads the channels that could not be read, and writes the initial values that
// could not be written.
func (p *Port) tryAgain() {
	p.later.Store(false)
	for b := range p.bound() {
		switch {
		case !b.again.Swap(false):
		case b.begins():
			b.begin()
		default:
			b.record.Process()
		}
	}
}

// await waits for the driver's methods to return; after ctx has ended no longer
// than closeBudget.
func (p *Port) await(ctx context.Context, calls *sync.WaitGroup) error {
	gone := make(chan struct{})
	go func() { // ends with calls: only one that never returns keeps it
		calls.Wait()
		close(gone)
	}()
	ends := ctx.Done()
	var over <-chan time.Time
	for {
		select {
		case <-gone:
			return nil
		case <-p.busy.C:
			p.abandon()
		case <-ends:
			ends = nil
			budget := time.NewTimer(closeBudget)
			defer budget.Stop()
			over = budget.C
		case <-over:
			p.abandon()
			return fmt.Errorf("port %q: the driver %w for %v", p.config.Name, errStuck, closeBudget)
		}
	}
}

// up lets requests in and brings the records up to date with the hardware.
func (p *Port) up() {
	now := time.Now()
	p.mu.Lock()
	p.status.Opened++
	news := p.status.Opened == 1 || own(p.status.Err) // of what was told without an outage
	p.status.Connected, p.status.Err, p.status.Since = true, nil, now
	p.fresh()
	p.mu.Unlock()
	args := []any{"port", p.config.Name}
	if p.tries > 0 {
		args = append(args, "tries", p.tries+1)
	}
	tell, repeated, lasted := p.outage.good(now)
	if tell {
		args = append(args, "after", lasted)
	}
	if tell || news {
		p.good("connected", repeated, args...)
	}
	p.tries = 0
	p.queue.open()
	p.try()
	p.tell()
	for b := range p.bound() {
		b.connected()
	}
}

// down notes why the port is not connected, and says so if it is news.
func (p *Port) down(cause error) {
	now := time.Now()
	p.mu.Lock()
	news := p.status.Connected
	if news {
		p.status.Since = now
	} else {
		p.tries++
	}
	known := errors.Is(p.status.Err, cause)
	p.status.Connected, p.status.Err = false, cause
	if !own(cause) {
		p.health.err = cause
		for _, u := range p.units { // whose CONNECTED falls, too
			u.err = cause
		}
	}
	p.mu.Unlock()
	if p.lost.Load().Err.Error() != cause.Error() {
		p.lost.Store(lostResult(cause))
	}
	first := p.try()
	if news {
		p.tell()
	}
	switch {
	case errors.Is(cause, errEnding):
	case own(cause):
		if !known {
			p.config.Log.Info(cause.Error(), "port", p.config.Name)
		}
	case first || news:
		if tell, repeated := p.outage.fault(now); tell {
			p.warn("not connected", cause, repeated)
		}
	}
}

// own reports whether the port itself ends a connection, for no fault of the driver.
func own(cause error) bool {
	return errors.Is(cause, errDisabled) || errors.Is(cause, errReconnect) || errors.Is(cause, errEnding)
}

// try notes that the driver's Open has ended, and reports whether for the first
// time. Only Run's goroutine calls it.
func (p *Port) try() (first bool) {
	select {
	case <-p.tried:
		return false
	default:
		close(p.tried)
		return true
	}
}

// refuse closes the queue, answers what waits in it and marks the records.
func (p *Port) refuse() {
	for _, r := range p.queue.close() {
		switch r.do {
		case opWrite:
			r.binding.unwritten.Store(true)
			r.binding.refused()
		case opRead:
			r.binding.refused()
		}
	}
	for b := range p.bound() {
		b.abandon(nil)
	}
	p.mark()
}

// mark gives every record the alarm of the lost port.
func (p *Port) mark() {
	lost := p.lost.Load()
	for b := range p.bound() {
		b.disconnected(lost)
	}
}

// good logs the end of a fault.
func (p *Port) good(what string, repeated int, args ...any) {
	if repeated > 0 {
		args = append(args, "repeated", repeated)
	}
	p.config.Log.Info(what, args...)
}

// warn logs a fault of what args say.
func (p *Port) warn(what string, err error, repeated int, args ...any) {
	args = append(args, "port", p.config.Name, "err", err)
	if repeated > 0 {
		args = append(args, "repeated", repeated)
	}
	if caught := (*drivers.Panic)(nil); errors.As(err, &caught) {
		args = append(args, "stack", string(caught.Stack))
	}
	p.config.Log.Warn(what, args...)
}
