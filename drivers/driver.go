package drivers

import (
	"context"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// Driver is one thing that a single worker must own: a bus, a port, a set of
// lines. Making a Driver touches no hardware.
type Driver interface {
	// Open claims the hardware and makes it ready: finds the port, requests the
	// lines, sends the init sequence. It may be called again after Close, any
	// number of times. It must return soon after ctx ends. An error that wraps
	// ErrAbsent says that this machine does not have the hardware; the worker
	// tries again all the same, since a USB adapter may be plugged in later.
	Open(ctx context.Context) error

	// Run receives what comes unasked (edges, unsolicited lines) and hands it to
	// the channels' sinks. It returns nil after ctx ends, and an error when the
	// hardware is lost. A driver to which nothing comes unasked waits for ctx.
	// Run overlaps with the channels' Read and Write.
	Run(ctx context.Context) error

	// Close brings outputs to their safe state as far as that can be done, and
	// releases the hardware. It is idempotent, legal right after a failed Open,
	// unblocks a Read or Write that is under way, and takes no longer than one
	// second.
	Close() error

	// Channels lists the driver's channels. The list does not change.
	Channels() []Channel
}

// Channel is one value of the hardware: a line, a register, a command and its
// answer. What can be done with it shows in which of [Reader], [Measurer],
// [Writer], [Finisher] and [Notifier] it implements.
type Channel interface {
	// Name identifies the channel within its driver, for logs: "GPIO17",
	// "0x76/0xFA", "MEAS:CURR?".
	Name() string
}

// Reader is a channel that can be asked for its value: an input, or an output
// that can be read back.
type Reader interface {
	Channel
	// Read asks the hardware and returns the value in the channel's own kind;
	// device support converts it for the record. Called by the driver's worker
	// only; blocks until the answer, a time-out of the driver's own, or the end
	// of ctx. Errors are [*Fault] where the driver knows the cause.
	Read(ctx context.Context) (pv.Value, error)
}

// Measurer is a reader whose hardware may take a while until there is a value: others that
// share the driver are served meanwhile.
type Measurer interface {
	Reader
	// Measure is Read, but that it does not wait for the hardware: if wait is not 0
	// there is no value yet, and it is to be called again after that time. What is
	// begun and not asked for again costs nothing but the next measurement's time, and
	// ends with Close. Called as Read is.
	Measure(ctx context.Context) (v pv.Value, wait time.Duration, err error)
}

// Writer is a channel that can be set.
type Writer interface {
	Channel
	// Write sets the hardware. When it returns nil the hardware has taken the
	// value, as far as it can tell. Called as Read is.
	Write(ctx context.Context, v pv.Value) error
}

// Finisher is a writer whose action may go on after Write has returned: a stage that
// moves, an oven that heats up.
type Finisher interface {
	Writer
	// Finished asks the hardware whether the action of the last Write has ended.
	// Called as Read is. An error that is not the loss of the connection is one
	// question without an answer: it is asked again.
	Finished(ctx context.Context) (bool, error)
	// Patience is how often to ask, and after what time since Write the action has
	// failed. With every 0 Write does not return before all is done.
	Patience() (every, most time.Duration)
}

// Notifier is a channel that reports new values by itself.
type Notifier interface {
	Channel
	// Notify names the sink for the channel's values; called once, before Open.
	Notify(sink Sink)
}

// Sink takes what a [Notifier] reports. Its methods may be called from any
// goroutine and do not block on clients.
type Sink interface {
	// Post hands over a value. t is when the hardware says it was taken; the
	// zero Stamp means now. a is what is to be said against the value, such as
	// MINOR after a gap in what was seen; the zero Alarm is nothing.
	Post(v pv.Value, t pv.Stamp, a pv.Alarm)
	// Fault says that the channel has no good value, and why; the next Post
	// ends it.
	Fault(err error)
}
