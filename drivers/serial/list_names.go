//go:build !linux && !windows && !(darwin && cgo)

package serial

import (
	"fmt"

	bugst "go.bug.st/serial"
)

// List finds the serial ports that the system lists, by their names alone. The root
// directory counts on Linux only.
func List(string) ([]PortInfo, error) {
	names, err := bugst.GetPortsList()
	if err != nil {
		return nil, fmt.Errorf("listing serial ports: %w", err)
	}
	var ports []PortInfo
	for _, name := range names {
		ports = append(ports, PortInfo{Path: name})
	}
	return ports, nil
}
