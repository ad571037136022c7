package serial

import (
	"sync/atomic"

	"github.com/ioclet/ioclet/drivers"
)

// counters count since the port was made. Atomic, since anybody may read them.
type counters struct {
	in, out                               atomic.Uint64
	commands, answers                     atomic.Uint64
	timeouts, mismatches, strays, dropped atomic.Uint64
}

// Stats is what a port has done since it was made.
type Stats struct {
	BytesIn, BytesOut uint64
	Commands          uint64 // sent
	Answers           uint64 // that fitted
	Timeouts          uint64 // questions without an answer
	Mismatches        uint64 // answers that did not fit
	Strays            uint64 // lines that nobody asked for or wanted, late answers among them
	Dropped           uint64 // bytes of input that came too thick to be kept
}

// Stats may be called at any time from any goroutine.
func (p *Port) Stats() Stats {
	c := &p.counters
	return Stats{
		BytesIn: c.in.Load(), BytesOut: c.out.Load(),
		Commands: c.commands.Load(), Answers: c.answers.Load(),
		Timeouts: c.timeouts.Load(), Mismatches: c.mismatches.Load(),
		Strays: c.strays.Load(), Dropped: c.dropped.Load(),
	}
}

// Counters are those of [Stats] that concern a person. drivers.Counted.
func (p *Port) Counters() []drivers.Counter {
	c := &p.counters
	return []drivers.Counter{
		{Name: "BYTES:IN", Desc: "bytes received", Read: c.in.Load},
		{Name: "BYTES:OUT", Desc: "bytes sent", Read: c.out.Load},
		{Name: "COMMANDS", Desc: "commands sent", Read: c.commands.Load},
		{Name: "TIMEOUTS", Desc: "questions without an answer", Read: c.timeouts.Load},
		{Name: "MISMATCHES", Desc: "answers that did not fit", Read: c.mismatches.Load},
		{Name: "STRAYS", Desc: "lines that nobody asked for", Read: c.strays.Load},
	}
}

// Trace is what has been sent and received last, by device; lines of no use have no
// device. drivers.Traced.
func (p *Port) Trace() *drivers.Trace { return &p.wires }
