//go:build windows || (darwin && cgo)

package serial

import (
	"fmt"
	"strconv"

	"go.bug.st/serial/enumerator"
)

// List finds the serial ports that the system lists. The root directory counts on Linux
// only.
func List(string) ([]PortInfo, error) {
	details, err := enumerator.GetDetailedPortsList()
	if err != nil {
		return nil, fmt.Errorf("listing serial ports: %w", err)
	}
	var ports []PortInfo
	for _, d := range details {
		p := PortInfo{Path: d.Name, Product: d.Product}
		vid, err1 := strconv.ParseUint(d.VID, 16, 16)
		pid, err2 := strconv.ParseUint(d.PID, 16, 16)
		if d.IsUSB && err1 == nil && err2 == nil {
			p.USB = &USB{uint16(vid), uint16(pid), d.SerialNumber}
		}
		ports = append(ports, p)
	}
	return ports, nil
}
