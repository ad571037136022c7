package serial

import (
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/drivers"
)

func (u USB) matches(has USB) bool {
	return (u.VID == 0 || u.VID == has.VID) && (u.PID == 0 || u.PID == has.PID) &&
		(u.Serial == "" || u.Serial == has.Serial)
}

// oneOf is the only path found, or why there is not exactly one.
func oneOf(u USB, found, others []string) (string, error) {
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		plugged := "no USB serial port is"
		if len(others) > 0 {
			plugged = strings.Join(others, ", ")
		}
		return "", fmt.Errorf("%s: not plugged in (%s): %w", u, plugged, drivers.ErrAbsent)
	}
	return "", fmt.Errorf("%s: fits %s: say which by its serial number or path", u, strings.Join(found, " and "))
}
