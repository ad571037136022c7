package device

import (
	"context"
	"errors"
	"time"

	"github.com/ioclet/ioclet/drivers"
)

var (
	errDisabled  = errors.New("the port is switched off")
	errReconnect = errors.New("the port is being opened anew")
)

// Enable lets the port work, as it does from the start, or switches it off: its driver
// is closed, its outputs go to their safe states, its records are marked, and the
// hardware is left alone until the port is switched on again. It does not wait for that.
func (p *Port) Enable(on bool) {
	if p.disabled.Swap(!on) == on {
		p.kicked()
	}
}

// Reconnect closes the driver and opens it again at once, whatever the time is that it
// would be tried. It does not wait for that; of a port that is switched off it does
// nothing.
func (p *Port) Reconnect() { p.kicked() }

func (p *Port) kicked() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// interrupted is why the port gives up a connection upon a kick.
func (p *Port) interrupted() error {
	p.now = true
	if p.disabled.Load() {
		return errDisabled
	}
	return errReconnect
}

// rest leaves a port that is switched off alone until it is switched on, or ctx ends.
func (p *Port) rest(ctx context.Context) {
	p.down(errDisabled)
	p.mark()
	for p.disabled.Load() {
		select {
		case <-p.kick:
		case <-ctx.Done():
			p.down(errEnding)
			p.mark()
			return
		}
	}
}

// lookEvery is how often it is looked whether the hardware of a closed driver has
// appeared.
const lookEvery = 200 * time.Millisecond

// pause waits before the driver is opened again, no longer than until its hardware
// appears, somebody asks for it, or ctx ends. It reports whether the whole time has
// passed.
func (p *Port) pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var look <-chan time.Time
	there, told := p.present()
	if told {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		look = ticker.C
	}
	for {
		select {
		case <-timer.C:
			return true
		case <-ctx.Done():
			return false
		case <-p.kick:
			return false
		case <-look:
			was := there
			if there, told = p.present(); !told {
				look = nil
			}
			if there && !was {
				return false
			}
		}
	}
}

// present asks the driver whether its hardware is there; told is whether it can tell.
func (p *Port) present() (there, told bool) {
	plugged, ok := p.driver.(drivers.Plugged)
	if !ok {
		return false, false
	}
	if err := drivers.Guard("present", func() error { there = plugged.Present(); return nil }); err != nil {
		p.warn("whether the hardware is there cannot be told", err, 0)
		return false, false
	}
	return there, true
}
