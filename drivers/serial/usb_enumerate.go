//go:build windows || (darwin && cgo)

package serial

import (
	"fmt"
	"strconv"

	"go.bug.st/serial/enumerator"
)

// findUSB looks the adapter up among the ports that the system lists.
func findUSB(u USB) (string, error) {
	ports, err := enumerator.GetDetailedPortsList()
	if err != nil {
		return "", fmt.Errorf("listing serial ports: %w", err)
	}
	var found, others []string
	for _, p := range ports {
		vid, err1 := strconv.ParseUint(p.VID, 16, 16)
		pid, err2 := strconv.ParseUint(p.PID, 16, 16)
		if !p.IsUSB || err1 != nil || err2 != nil {
			continue
		}
		if has := (USB{uint16(vid), uint16(pid), p.SerialNumber}); u.matches(has) {
			found = append(found, p.Name)
		} else {
			others = append(others, p.Name+" is "+has.String())
		}
	}
	return oneOf(u, found, others)
}
