package device

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// Recovery has a device that does not answer any more switched off and on.
type Recovery struct {
	// Unit is the device, see [Options].
	Unit string
	// Supply is an output whose state 1 gives the device its power. As long as it has
	// another state, because somebody has switched it off, nothing is done.
	Supply *record.Record
	// After is for how long all operations on the device must have ended with TIMEOUT
	// or COMM: the next that does begins the recovery.
	After time.Duration
	// Off is how long the device is without power, Settle how long it is left alone
	// after that. Operations on it fail meanwhile; those on others go on.
	Off, Settle time.Duration
	// Every is the shortest time from one recovery to the next. It doubles with each
	// one, up to an hour, until the device has been well for as long.
	Every time.Duration
	// Restarted is called when all that was known of the device is no longer true,
	// from a goroutine of the port. It must not block.
	Restarted func()
}

// maxEvery bounds the time between two recoveries of a device that stays dead.
const maxEvery = time.Hour

// recovery is a Recovery and the device that it is for.
type recovery struct {
	Recovery
	port    *Port
	unit    *health
	powered atomic.Bool // as far as the output knows

	// owned by its goroutine
	able  bool          // it can be done: the port is open, and the device has power
	from  time.Time     // since when
	last  time.Time     // when the last one began
	pause time.Duration // from then to the next
}

// Recover has r done while the port runs. It is called before Run.
func (p *Port) Recover(r Recovery) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.unit(r.Unit)
	u.turned = make(chan struct{}, 1)
	p.recoveries = append(p.recoveries, &recovery{Recovery: r, port: p, unit: u, pause: r.Every})
}

// Post takes what the output is. record.Subscriber.
func (r *recovery) Post(s *pv.Sample, _ pv.Mask) {
	r.powered.Store(s.Alarm.Severity != pv.InvalidAlarm && s.Value.Int64() == 1)
	r.unit.turn()
}

// run does what is due, until ctx ends. Each operation that finds nobody has it look.
func (r *recovery) run(ctx context.Context) {
	defer r.Supply.Value().Subscribe(pv.EventValue|pv.EventAlarm, r).Unsubscribe()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.unit.turned:
		}
		r.port.mu.Lock()
		silent, since, seen, connected := r.unit.silent, r.unit.since, r.unit.seen, r.port.status.Connected
		r.port.mu.Unlock()
		if able := connected && r.powered.Load(); able != r.able {
			r.able, r.from = able, time.Now()
		}
		if silent && r.able && r.due(since, seen) {
			r.next(since)
			r.cycle(ctx, seen.Sub(since))
		}
	}
}

// due reports whether it is time for a device that was silent then and then.
func (r *recovery) due(since, seen time.Time) bool {
	if r.from.After(since) {
		since = r.from
	}
	return seen.Sub(since) >= r.After && (r.last.IsZero() || time.Since(r.last) >= r.pause)
}

// next notes that a recovery of a device that is silent since then begins now.
func (r *recovery) next(since time.Time) {
	switch {
	case r.last.IsZero(), since.Sub(r.last) >= r.pause:
		r.pause = r.Every
	default:
		r.pause = max(min(2*r.pause, maxEvery), r.Every)
	}
	r.last = time.Now()
}

// errSwitched is why operations on the device fail meanwhile.
var errSwitched = errors.New("the device is being switched off and on")

// cycle switches the device off and on.
func (r *recovery) cycle(ctx context.Context, silent time.Duration) {
	log := r.port.config.Log.With("port", r.port.config.Name, "device", r.Unit)
	log.Warn("silent: switched off and on", "for", silent.Round(time.Second), "again_after", r.pause)
	r.unit.off.Store(true)
	defer r.unit.off.Store(false)
	if err := r.supply(ctx, 0); err != nil {
		if ctx.Err() == nil {
			log.Warn("cannot be switched off", "err", err)
		}
		return
	}
	r.port.mu.Lock()
	r.unit.recoveries++
	r.port.mu.Unlock()
	sleep(ctx, r.Off)
	told := false
	for ctx.Err() == nil { // when it ends the output's driver does as it was told
		err := r.supply(ctx, 1)
		if err == nil {
			sleep(ctx, r.Settle)
			r.Restarted()
			return
		}
		if !told && ctx.Err() == nil {
			log.Warn("cannot be switched on", "err", err)
			told = true
		}
		sleep(ctx, r.port.config.RetryMax)
	}
}

// supply sets the output, and returns when that is done.
func (r *recovery) supply(ctx context.Context, state uint16) error {
	done := make(ending, 1)
	if err := r.Supply.Value().Put(pv.EnumValue(state), done); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ending hands on how a put has ended. record.Completion.
type ending chan error

// PutDone does not block: there is one.
func (e ending) PutDone(err error) { e <- err }

// sleep waits, until ctx ends at most.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
