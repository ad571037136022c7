package serial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Conn is a stream of bytes to the instruments. Close unblocks Read; Write may
// block as long as it likes, the port guards itself against it.
type Conn = io.ReadWriteCloser

// Transport makes connections: a [Line], a [TCP], [UDP] or [RFC2217] address, a [Unix]
// socket, a [Listener], or a [DialFunc] such as that of a simulated instrument.
type Transport interface {
	// Dial connects. It returns soon after ctx ends. An error that wraps
	// drivers.ErrAbsent says that this machine has no such port.
	Dial(ctx context.Context) (Conn, error)
	// String names the far end, for logs.
	String() string
}

// DialFunc is a Transport made of a function.
type DialFunc func(ctx context.Context) (Conn, error)

// Dial calls f.
func (f DialFunc) Dial(ctx context.Context) (Conn, error) { return f(ctx) }

func (f DialFunc) String() string { return "injected connection" }

// TCP is the address of an instrument or terminal server: "192.0.2.7:5025".
type TCP string

func (a TCP) String() string { return "tcp " + string(a) }

// keepAlive has the loss of a peer noticed that vanishes without a word.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3}

// dialTimeout bounds a connect, so that a dead host is tried again in time.
const dialTimeout = 5 * time.Second

// Dial connects to a. A peer that has vanished without closing is noticed by keep-alive
// probes within about ten seconds.
func (a TCP) Dial(ctx context.Context) (Conn, error) {
	d := net.Dialer{Timeout: dialTimeout, KeepAliveConfig: keepAlive, Control: impatient}
	conn, err := d.DialContext(ctx, "tcp", string(a))
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf(
			"%s: connection refused: is the instrument's remote interface switched on, and is this its port?", a)}
	}
	if err != nil {
		return nil, &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("%s: %w", a, err)}
	}
	return conn, nil
}
