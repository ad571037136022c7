package ioc

import (
	"context"
	"net"
)

// RunOn is Run on a listener in memory, so that a test can have its own time.
func RunOn(ctx context.Context, i *IOC, l net.Listener) error {
	i.listeners = []net.Listener{l}
	return i.Run(ctx)
}
