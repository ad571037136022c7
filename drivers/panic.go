package drivers

import (
	"fmt"
	"runtime/debug"

	"github.com/ioclet/ioclet/pv"
)

// Panic is a driver's mistake, as [Guard] has caught it.
type Panic struct {
	Doing string // what the driver did then
	Value any    // of the panic
	Stack []byte // as debug.Stack has it
}

func (p *Panic) Error() string { return fmt.Sprintf("panic in %s: %v", p.Doing, p.Value) }

// Guard calls f and turns a panic in it into the loss of the connection, with a [Panic] as
// its cause, so that the mistake costs its own driver only. Device support calls a driver's
// methods so; a goroutine that a driver starts itself does its work in it, and what it
// returns has to end the driver's Run.
func Guard(doing string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Fault{Status: pv.StatusSoft, Lost: true, Err: &Panic{doing, r, debug.Stack()}}
		}
	}()
	return f()
}
