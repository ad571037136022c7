package drivers

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/ioclet/ioclet/pv"
)

// ErrAbsent is wrapped by an Open error when the hardware is not on this
// machine: no such port, chip, bus or pin.
var ErrAbsent = errors.New("not on this machine")

// Fault is the failure of an operation on a channel: what alarm it becomes (always
// with severity INVALID) and how far the damage goes.
type Fault struct {
	// Status is the alarm: TIMEOUT for no answer, COMM for no connection, READ
	// or WRITE for a refused operation, CALC for an answer that does not parse,
	// HWLIMIT for a value that the hardware cannot take.
	Status pv.Status
	// Lost means that the driver's connection is gone: the worker closes it,
	// backs off and opens it again, and every channel of the driver is INVALID
	// meanwhile. Otherwise only the one channel is.
	Lost bool
	// Device means that it is not the matter of the one channel but of the device that it
	// is of, as when that does not answer: the log has one line for all its channels.
	Device bool
	// Err is the cause, with the remedy if there is one.
	Err error
}

func (f *Fault) Error() string { return f.Err.Error() }

func (f *Fault) Unwrap() error { return f.Err }

// AlarmOf is the alarm that err becomes: that of the [*Fault] in its chain, COMM for
// ErrAbsent, otherwise fallback; severity INVALID. A nil err is no alarm.
func AlarmOf(err error, fallback pv.Status) pv.Alarm {
	if err == nil {
		return pv.Alarm{}
	}
	var f *Fault
	switch {
	case errors.As(err, &f):
		fallback = f.Status
	case errors.Is(err, ErrAbsent):
		fallback = pv.StatusComm
	}
	return pv.Alarm{Status: fallback, Severity: pv.InvalidAlarm}
}

// IsLost reports whether err means that the driver's connection is gone.
func IsLost(err error) bool {
	if err == nil {
		return false // and f costs nothing
	}
	var f *Fault
	return errors.As(err, &f) && f.Lost
}

// IsOfDevice reports whether err means that the channel's whole device is not well.
func IsOfDevice(err error) bool {
	f, ok := errors.AsType[*Fault](err)
	return ok && f.Device
}

// Denied is err, of a file of the kernel's that may not be opened, with the path and the
// remedy: group is whose members may, on common systems.
func Denied(path, group string, err error) error {
	if of, ok := err.(*fs.PathError); ok {
		err = of.Err // says the path once more
	}
	return fmt.Errorf("%s: %w: add the user to group %[3]s (sudo usermod -aG %[3]s $USER) and log in again", path, err, group)
}
