package device

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// Config adjusts a [Port]. The zero Config is useful.
type Config struct {
	// Name stands in logs and status: "PS", "i2c-1".
	Name string
	// Log takes one line for each transition between good and bad; nil is
	// slog.Default().
	Log *slog.Logger
	// RetryMin and RetryMax bound the wait before a driver is opened again,
	// which doubles from one to the other and begins anew after a connection of a
	// second or more; 200 ms and 5 s if zero. RetryMax is
	// also after what time a channel that could not be read is read again,
	// besides its scans, and an initial value written again.
	RetryMin, RetryMax time.Duration
	// Stuck is how long one operation may take before the port counts as lost;
	// 10 s if zero. Drivers have shorter time-outs of their own: this is for a
	// system call that does not return. Where a driver's time-outs are longer,
	// this must be longer still.
	Stuck time.Duration
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.RetryMin <= 0 {
		c.RetryMin = 200 * time.Millisecond
	}
	if c.RetryMax <= 0 {
		c.RetryMax = 5 * time.Second
	}
	c.RetryMax = max(c.RetryMax, c.RetryMin)
	if c.Stuck <= 0 {
		c.Stuck = 10 * time.Second
	}
	return c
}

// Why a port is not connected, besides what its driver says.
var (
	errStarting = errors.New("not opened yet")
	errEnding   = errors.New("the IOC ends")
	errRunEnded = errors.New("the driver has ended")
)

// Port runs one driver and serves the records bound to its channels. Make one with
// [NewPort], give it records with [Port.Add], then call [Port.Run].
type Port struct {
	// immutable once Run has begun
	driver drivers.Driver
	config Config

	queue queue
	lost  atomic.Pointer[record.Result] // what operations end with while the queue is closed; never nil
	busy  *time.Timer                   // set while an operation is under way; fires to Run
	again *time.Timer                   // set while later is; fires to Run
	later atomic.Bool                   // a channel waits to be read again
	tried chan struct{}                 // closed when Open has ended for the first time

	disabled atomic.Bool
	kick     chan struct{} // capacity 1: to be switched on or off, or opened anew
	outage   lapse         // what the log is told of connections

	now   bool // the driver is opened again without a wait; owned by Run's goroutine
	tries int  // how often the driver could not be opened; owned by Run's goroutine

	recoveries []*recovery // grows before Run only

	mu       sync.Mutex         // guards what follows; no record is locked under it
	status   Status             // but for what is in health
	health   health             // of all channels
	units    map[string]*health // by device
	watchers []*record.Record   // processed when something connects or disconnects
	current  *binding           // whose operation is under way; nil: none, or given up
	bindings []*binding         // grows before Run only
	released int                // how many of them at most are of records that were removed
}

// Status says how a port is doing.
type Status struct {
	Name      string
	Connected bool
	Err       error     // why it is not connected
	Since     time.Time // of the last change of Connected
	Opened    uint64    // how often the driver was opened
	Requests  uint64    // operations on its channels
	Faults    uint64    // operations that failed

	// Latency is what the last operation took, Worst the longest since the driver
	// was opened.
	Latency, Worst time.Duration
}

// NewPort is a port for driver, which it owns from now on. It touches no hardware.
func NewPort(driver drivers.Driver, config Config) *Port {
	p := &Port{driver: driver, config: config.withDefaults(), tried: make(chan struct{}), kick: make(chan struct{}, 1)}
	p.queue.wake = make(chan struct{}, 1)
	p.busy, p.again = stoppedTimer(), stoppedTimer()
	p.lost.Store(lostResult(errStarting))
	p.status = Status{Name: config.Name, Err: errStarting, Since: time.Now()}
	return p
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// lostResult is the outcome of an operation on a port that is not connected.
func lostResult(cause error) *record.Result {
	return &record.Result{Alarm: pv.Alarm{Status: pv.StatusComm, Severity: pv.InvalidAlarm}, Err: cause}
}

// Status is a snapshot; safe to call at any time.
func (p *Port) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, h := p.status, &p.health
	s.Requests, s.Faults, s.Latency, s.Worst = h.requests, h.faults, h.last, h.worst
	return s
}

// Trace is what went over the wires of the port last, nil if its driver does not tell.
func (p *Port) Trace() *drivers.Trace {
	if t, ok := p.driver.(drivers.Traced); ok {
		return t.Trace()
	}
	return nil
}

// steady is how long a connection must have lasted to count as a good one.
const steady = time.Second

// Tried is closed when the driver has been opened for the first time, or could not
// be: Status then tells which.
func (p *Port) Tried() <-chan struct{} { return p.tried }

// Run opens the driver and serves requests until ctx ends, opening it again
// whenever it is lost. At the end the driver is closed, its outputs in their safe
// states, and the records are marked. The error is nil but when an operation of the
// driver does not return, even after Close: then Run leaves it behind after
// 1.5 seconds. A Port is run once.
func (p *Port) Run(ctx context.Context) error {
	var recoveries sync.WaitGroup
	defer recoveries.Wait()
	for _, r := range p.recoveries {
		recoveries.Go(func() { r.run(ctx) }) // until ctx ends
	}
	wait := p.config.RetryMin
	for ctx.Err() == nil {
		if p.disabled.Load() {
			p.rest(ctx)
			wait = p.config.RetryMin
			continue
		}
		p.now = false
		worked, err := p.session(ctx)
		if err != nil {
			return err
		}
		if worked >= min(steady, p.config.RetryMax) {
			wait = p.config.RetryMin
		}
		// Jitter keeps ports that were lost together from coming back in step.
		if p.now || !p.pause(ctx, wait+rand.N(wait/4+1)) {
			wait = p.config.RetryMin
			continue
		}
		wait = min(2*wait, p.config.RetryMax)
	}
	return nil
}
