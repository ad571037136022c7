package gpio

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// watch reports edges until ctx ends or the lines are lost.
func (d *Driver) watch(ctx context.Context, claim Claim, debounce *debouncer) error {
	levels, err := claim.Levels()
	if err != nil {
		return d.lose(err)
	}
	now := time.Now()
	for _, m := range d.meters {
		m.start(levels&1 != 0, now)
	}
	watching, stop := context.WithCancelCause(ctx)
	var ticks sync.WaitGroup
	defer ticks.Wait()
	defer stop(nil)
	for _, m := range d.meters {
		if m.gated() {
			ticks.Go(func() { // until watching ends
				stop(drivers.Guard(m.Name(), func() error { m.run(watching); return nil }))
			})
		}
	}
	report := d.report
	if debounce != nil {
		debounce.failed = stop
		defer debounce.stop()
		report = debounce.edge
	}
	last := make([]uint32, len(d.options.Pins))
	err = claim.Watch(watching, func(e Event) {
		x := edge{Event: e}
		levels &^= 1 << e.Line
		if e.Active {
			levels |= 1 << e.Line
		}
		if x.lost = e.Seq - last[e.Line] - 1; x.lost != 0 {
			// What became of the line in the gap is unknown, but not what it is now.
			x.doubted = true
			d.lost.Add(uint64(x.lost))
			if now, err := claim.Levels(); err == nil {
				levels = now
			}
		}
		last[e.Line], x.levels = e.Seq, levels
		report(x)
	})
	switch {
	case err != nil:
		return d.lose(err)
	case ctx.Err() == nil: // a goroutine has ended the watch
		return context.Cause(watching)
	}
	return nil
}

// lose is the error of a Run that ends with err.
func (d *Driver) lose(err error) error {
	return &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("gpio %s: %w", d.where(), err)}
}

// run tells the meter when a Per has ended, until ctx ends.
func (m *meter) run(ctx context.Context) {
	timer := time.NewTimer(m.Per + grace)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			timer.Reset(time.Until(m.tick(time.Now().Add(-grace))))
		}
	}
}

// lookEvery is how often it is looked whether lines are there that tell nothing by themselves.
const lookEvery = time.Second

// look waits until ctx ends or the lines are lost.
func (d *Driver) look(ctx context.Context, claim Claim) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if _, err := claim.Levels(); errors.Is(err, drivers.ErrAbsent) && ctx.Err() == nil {
			return d.lose(err)
		}
	}
}

// beat changes the level once in a while, as long as there is life.
func (d *Driver) beat(ctx context.Context) error {
	ticker := time.NewTicker(d.options.Heartbeat)
	defer ticker.Stop()
	var level uint64
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if !d.options.Alive() {
			continue
		}
		level ^= 1
		if err := d.set(level); err != nil {
			return d.lose(err)
		}
	}
}
