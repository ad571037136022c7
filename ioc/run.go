package ioc

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/ioclet/ioclet/ioc/caserver"
)

// Run serves until ctx ends, then stops everything and returns: first what works
// behind the records, so that the devices bring outputs to their safe states, then
// the server, so that clients see the last alarms. It returns nil after ctx has
// ended, and an error when a PV could not be made, the server cannot listen, or an
// operation of a device does not come back, which is left behind after 1.5 seconds.
// Nothing else of the IOC runs when Run has returned. An IOC is run once.
func (i *IOC) Run(ctx context.Context) error {
	if i.ran.Swap(true) {
		return errors.New("an IOC runs once")
	}
	if err := errors.Join(i.problems...); err != nil {
		return err
	}
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	working, stopWorking := context.WithCancel(ctx)
	defer stopWorking()

	server := &caserver.Server{Database: i.database, Config: i.Server, Log: i.log(), Listeners: i.listeners}
	i.secure(server)
	if err := server.Listen(serving); err != nil {
		return fmt.Errorf("channel access server: %w", err)
	}
	var works, serves sync.WaitGroup
	var failed failures
	for _, h := range i.handlers {
		h.begin(working, &works)
	}
	for _, p := range i.ports {
		works.Go(func() { failed.add(p.Run(working)) }) // until working ends
	}
	works.Go(func() { failed.add(i.database.Run(working)) }) // until working ends
	works.Go(func() { i.resolveHosts(working) })             // until working ends
	if i.PutLog != nil {
		serves.Go(func() { i.PutLog.Run(serving) }) // until serving ends
	}
	for _, t := range i.tasks {
		works.Go(func() { i.repeat(working, t) }) // until working ends
	}
	serves.Go(func() { // until serving ends
		failed.add(server.Run(serving))
		stopWorking() // without a server the rest has no purpose
	})
	if i.Started != nil {
		i.Started(server)
	}

	<-working.Done()
	for _, h := range i.handlers {
		h.end()
	}
	works.Wait()
	stopServing()
	serves.Wait()
	i.control.Close()
	return failed.err()
}

// repeat calls t.do each period until ctx ends.
func (i *IOC) repeat(ctx context.Context, t task) {
	ticker := time.NewTicker(t.period)
	defer ticker.Stop()
	failed := false
	for ctx.Err() == nil {
		err := i.guard("periodic function", func() error { return t.do(ctx) })
		switch {
		case err != nil && !failed && ctx.Err() == nil:
			i.log().Warn("periodic function failed", "period", t.period, "err", err)
		case err == nil && failed:
			i.log().Info("periodic function good again", "period", t.period)
		}
		failed = err != nil
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// guard turns a panic of a function of the program's into an error: the outputs of
// other devices are not to be left alone because of it.
func (i *IOC) guard(what string, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			i.log().Error("panic in "+what, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	return do()
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
