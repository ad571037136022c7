package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
)

// onSignal calls do whenever this process gets one of the signals, until ctx ends;
// stop waits for that.
func onSignal(ctx context.Context, which []os.Signal, do func(context.Context)) (stop func()) {
	if len(which) == 0 { // Notify would take all
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, which...)
	var running sync.WaitGroup
	running.Go(func() { // until ctx ends
		defer signal.Stop(signals)
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
				do(ctx)
			}
		}
	})
	return func() { cancel(); running.Wait() }
}
