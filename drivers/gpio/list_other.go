//go:build !linux

package gpio

import (
	"fmt"
	"runtime"

	"github.com/ioclet/ioclet/drivers"
)

// List finds no chips here.
func List(string) ([]ChipInfo, error) {
	return nil, fmt.Errorf("GPIO chips need Linux, this is %s: %w", runtime.GOOS, drivers.ErrAbsent)
}
