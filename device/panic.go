package device

import (
	"fmt"
	"runtime/debug"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// panicError is a driver's mistake.
type panicError struct {
	doing string
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic in %s: %v", e.doing, e.value) }

// guard turns a panic of a driver into the loss of its connection: it costs its own
// port only.
func guard(doing string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &drivers.Fault{Status: pv.StatusSoft, Lost: true, Err: &panicError{doing, r, debug.Stack()}}
		}
	}()
	return f()
}
