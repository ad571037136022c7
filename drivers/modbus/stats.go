package modbus

import (
	"sync/atomic"

	"github.com/ioclet/ioclet/drivers"
)

// counters count since the driver was made. Atomic, since anybody may read them.
type counters struct {
	in, out                                        atomic.Uint64
	requests, timeouts, exceptions, errors, strays atomic.Uint64
}

// Counters are the numbers of bytes, of requests and of what became of them.
// drivers.Counted.
func (d *Driver) Counters() []drivers.Counter {
	c := &d.counters
	return []drivers.Counter{
		{Name: "BYTES:IN", Desc: "bytes received", Read: c.in.Load},
		{Name: "BYTES:OUT", Desc: "bytes sent", Read: c.out.Load},
		{Name: "COMMANDS", Desc: "requests sent", Read: c.requests.Load},
		{Name: "TIMEOUTS", Desc: "requests without an answer", Read: c.timeouts.Load},
		{Name: "EXCEPTIONS", Desc: "requests that slaves refused", Read: c.exceptions.Load},
		{Name: "MISMATCHES", Desc: "answers with errors", Read: c.errors.Load},
		{Name: "STRAYS", Desc: "bytes that answered nothing", Read: c.strays.Load},
	}
}

// Trace is what has been sent and received last, by slave. drivers.Traced.
func (d *Driver) Trace() *drivers.Trace { return &d.wires }
