package ioc

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/caserver"
)

// Run serves until ctx ends, then stops everything and returns: first what works
// behind the records, so that the devices bring outputs to their safe states, then
// the server, so that clients see the last alarms. It returns nil after ctx has
// ended, and an error when a PV could not be made, the server cannot listen, or an
// operation of a device or a function of OnPut or Every does not come back, which is left
// behind after 1.5 seconds. Nothing else of the IOC runs when Run has returned. An IOC is
// run once.
func (i *IOC) Run(ctx context.Context) error {
	if i.ran.Swap(true) {
		return errors.New("an IOC runs once")
	}
	i.mu.Lock()
	err := errors.Join(i.problems...)
	i.mu.Unlock()
	if err != nil {
		return err
	}
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	logging, stopLogging := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLogging()
	working, stopWorking := context.WithCancel(ctx)
	defer stopWorking()

	i.database.SetLog(i.log())
	server := &caserver.Server{Database: i.database, Config: i.Server, Log: i.log(), States: &i.states, Listeners: i.listeners}
	i.secure(server)
	if err := server.Listen(serving); err != nil {
		return fmt.Errorf("channel access server: %w", err)
	}
	i.server.Store(server)
	var works, calls, serves, logs sync.WaitGroup
	var failed failures
	l := &life{ioc: i, ctx: working, works: &works, calls: &calls, failed: &failed}
	l.clock()
	i.begin(l)
	l.recsync(server)
	if i.PutLog != nil {
		logs.Go(func() { i.PutLog.Run(logging) }) // until logging ends, after the last put
	}
	serves.Go(func() { // until serving ends
		failed.add(server.Run(serving))
		stopWorking() // without a server the rest has no purpose
	})
	if i.Started != nil {
		i.Started(server)
	}

	<-working.Done()
	i.end()
	works.Wait()
	failed.add(i.await(&calls))
	stopServing()
	serves.Wait()
	stopLogging()
	logs.Wait()
	i.control.Close()
	return failed.err()
}

// life is what works while Run does; what is added meanwhile joins it.
type life struct {
	ioc    *IOC
	ctx    context.Context
	works  *sync.WaitGroup // one is added under the IOC's mu, before end
	calls  *sync.WaitGroup // functions of the program's; as works
	failed *failures
}

func (l *life) port(p *device.Port) {
	l.works.Go(func() { l.failed.add(p.Run(l.ctx)) }) // until ctx ends
}

func (l *life) task(t *task) {
	l.calls.Go(func() { l.ioc.repeat(l.ctx, t) }) // until ctx ends
}

// begin starts all that there is; what comes later starts by itself.
func (i *IOC) begin(l *life) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.life = l
	for h := range i.handlers {
		h.begin(l.ctx, l.calls)
	}
	for _, p := range i.ports {
		l.port(p)
	}
	l.works.Go(func() { l.failed.add(i.database.Run(l.ctx)) }) // until ctx ends
	l.works.Go(func() { i.resolveHosts(l.ctx) })               // until ctx ends
	for _, t := range i.tasks {
		l.task(t)
	}
}

// end lets nothing new begin.
func (i *IOC) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.life = nil
	for h := range i.handlers {
		h.end()
	}
}

// budget is how long the program's functions may take to return at the end.
const budget = 1500 * time.Millisecond

// await waits for the program's functions to return. The error names those that do not.
func (i *IOC) await(calls *sync.WaitGroup) error {
	ended := make(chan struct{})
	go func() { // ends with calls: only one that never returns keeps it
		calls.Wait()
		close(ended)
	}()
	late := time.NewTimer(budget)
	defer late.Stop()
	select {
	case <-ended:
		return nil
	case <-late.C:
	}
	var names []string
	i.mu.Lock()
	defer i.mu.Unlock()
	for h := range i.handlers {
		if pv := h.busy.Load(); pv != nil {
			names = append(names, "OnPut of "+pv.Name())
		}
	}
	for _, t := range i.tasks {
		if t.busy.Load() {
			names = append(names, fmt.Sprintf("Every %v", t.period))
		}
	}
	slices.Sort(names)
	return fmt.Errorf("functions that do not return are left behind: %s", strings.Join(names, ", "))
}

// repeat calls t.do each period until ctx ends.
func (i *IOC) repeat(ctx context.Context, t *task) {
	ticker := time.NewTicker(t.period)
	defer ticker.Stop()
	var l lapse
	for ctx.Err() == nil {
		t.busy.Store(true)
		err := guard("periodic function", func() error { return t.do(ctx) })
		t.busy.Store(false)
		if err == nil || ctx.Err() == nil {
			i.tell(l.note(err), "periodic function", err, "period", t.period)
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// guard turns a panic of a function of the program's into an error: the outputs of
// other devices are not to be left alone because of it.
func guard(doing string, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &drivers.Panic{Doing: doing, Value: p, Stack: debug.Stack()}
		}
	}()
	return do()
}

// lapse is what the last call of a function of the program's has come to.
type lapse struct{ failed, panicked bool }

// news is what the log is to be told.
type news struct{ failed, panicked, good bool }

// note takes the outcome of a call, and says what has changed with it.
func (l *lapse) note(err error) news {
	_, panicked := errors.AsType[*drivers.Panic](err)
	n := news{failed: err != nil && !l.failed, panicked: panicked && !l.panicked, good: err == nil && l.failed}
	l.failed, l.panicked = err != nil, panicked
	return n
}

// tell logs what has changed.
func (i *IOC) tell(n news, what string, err error, args ...any) {
	if n.panicked {
		p, _ := errors.AsType[*drivers.Panic](err)
		i.log().Error("panic in "+what, append(slices.Clip(args), "panic", p.Value, "stack", string(p.Stack))...)
	}
	if n.failed {
		i.log().Warn(what+" failed", append(slices.Clip(args), "err", err)...)
	}
	if n.good {
		i.log().Info(what+" good again", args...)
	}
}

// failures collects errors of several goroutines.
type failures struct {
	mu   sync.Mutex
	errs []error
}

func (f *failures) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs = append(f.errs, err)
}

func (f *failures) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.errs...)
}
