package bus

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/pv"
)

// failure is what a failed operation means.
type failure uint8

const (
	noAnswer failure = iota // the device does not acknowledge
	garbled                 // what it says is damaged, or it has begun anew
	stalled                 // the bus does not move: a line is held low
	gone                    // there is no bus any more
	late                    // the device does not get ready
	wrong                   // it is not what it should be
	refused                 // it does not take the value, and is well
	ended                   // nobody waits any more
)

// busError is an error of the bus itself, as opposed to those of a chip's driver.
type busError struct{ err error }

func (e *busError) Error() string { return e.err.Error() }

func (e *busError) Unwrap() error { return e.err }

// errVerify says that a register does not hold what was written.
var errVerify = errors.New("not what was written")

// classify tells failures apart. periph's kernel buses turn error numbers into text, so
// the text counts too. ENODEV is a bus that is gone; ENXIO, whose text begins like that
// of ENODEV, is one of the numbers by which adapters report a missing acknowledge.
func classify(err error) failure {
	is := func(number syscall.Errno, text string) bool {
		return errors.Is(err, number) || strings.HasSuffix(err.Error(), text)
	}
	var onBus *busError
	switch {
	case errors.As(err, &onBus):
		err = onBus.err
		switch {
		case is(syscall.ENODEV, "no such device"), errors.Is(err, fs.ErrClosed):
			return gone
		case is(syscall.ETIMEDOUT, "timed out"), errors.Is(err, os.ErrDeadlineExceeded):
			return stalled
		}
		return noAnswer
	case errors.Is(err, chip.ErrRange):
		return refused
	case errors.Is(err, chip.ErrNotReady):
		return late
	case errors.Is(err, chip.ErrNoAnswer):
		return noAnswer
	case errors.Is(err, chip.ErrChecksum), errors.Is(err, chip.ErrReset), errors.Is(err, errVerify):
		return garbled
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return ended
	}
	return wrong
}

// again reports whether the operation is worth another attempt at once.
func (f failure) again() bool { return f == noAnswer || f == garbled }

// status is the alarm of an operation that failed, if the operation itself does not say
// READ or WRITE.
func (f failure) status(operation pv.Status) pv.Status {
	switch f {
	case stalled, late:
		return pv.StatusTimeout
	case noAnswer, gone:
		return pv.StatusComm
	case refused:
		return pv.StatusHwLimit
	}
	return operation
}
