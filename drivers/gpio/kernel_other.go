//go:build !linux

package gpio

import (
	"fmt"
	"runtime"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
)

// Request finds no line. Backend.
func (Kernel) Request([]boards.Pin, Config) (Claim, error) {
	return nil, fmt.Errorf("GPIO lines need Linux, this is %s: %w", runtime.GOOS, drivers.ErrAbsent)
}
