package ioc

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// handler is the device support of a PV made in Go: what a client writes goes to
// the program's function.
type handler struct {
	ioc *IOC // immutable

	fault atomic.Pointer[record.Result] // what the program said last; nil: a good value, or nothing
	busy  atomic.Pointer[record.Record] // whose put is being carried out; nil: none

	mu sync.Mutex // guards what follows; taken with the record's lock held
	// do carries out a put and returns what the PV has then, Invalid for what was
	// written; nil: the value is just kept.
	do      func(context.Context, pv.Value) (pv.Value, error)
	ctx     context.Context // of Run; nil: not running
	running *sync.WaitGroup
	cancel  context.CancelFunc // of the put under way
	last    lapse              // the last put
	removed bool
}

var errNotRunning = errors.New("the IOC is not running")

// begin lets writes in until ctx ends; their goroutines are counted in running.
func (h *handler) begin(ctx context.Context, running *sync.WaitGroup) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ctx, h.running = ctx, running
}

// end refuses further writes.
func (h *handler) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ctx = nil
}

// onPut sets what carries out puts.
func (h *handler) onPut(do func(context.Context, pv.Value) (pv.Value, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.do = do
}

// Release ends a put under way, the last, of a PV that was removed. record.Releaser.
func (h *handler) Release(*record.Record) {
	h.mu.Lock()
	h.ctx, h.removed = nil, true
	if h.cancel != nil {
		h.cancel()
	}
	h.mu.Unlock()
	h.ioc.forget(h)
}

// Read has nothing to read: what the program said last stands. record.Device.
func (h *handler) Read(*record.Record) (record.Result, bool) {
	if fault := h.fault.Load(); fault != nil {
		return *fault, true
	}
	return record.Result{}, true
}

// Write starts the program's function. record.Device.
func (h *handler) Write(r *record.Record, v pv.Value) (record.Result, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.do == nil:
		return record.Result{}, true
	case h.ctx == nil:
		return record.Result{Err: errNotRunning}, true
	}
	ctx, cancel := context.WithCancel(h.ctx)
	h.cancel = cancel
	do := h.do
	h.running.Go(func() { // as long as the program's function takes
		res := h.put(ctx, r, v, do)
		cancel()
		_ = r.Complete(res) // the value is of the PV's own type
	})
	return record.Result{}, false
}

// put calls the program's function.
func (h *handler) put(ctx context.Context, r *record.Record, v pv.Value,
	do func(context.Context, pv.Value) (pv.Value, error),
) (res record.Result) {
	h.busy.Store(r)
	res.Err = guard("put", func() (err error) {
		res.Value, err = do(ctx, v)
		return err
	})
	h.busy.Store(nil)
	if res.Err != nil {
		res.Value = pv.Value{}
		res.Alarm = drivers.AlarmOf(res.Err, pv.StatusWrite)
	}
	h.note(r, res.Err)
	return res
}

// note logs what has changed; of a PV that was removed only that there is a mistake.
func (h *handler) note(r *record.Record, err error) {
	h.mu.Lock()
	n := h.last.note(err)
	if h.removed {
		n.failed, n.good = false, false
	}
	h.mu.Unlock()
	h.ioc.tell(n, "put", err, "pv", r.Name())
}
