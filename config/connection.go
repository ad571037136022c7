package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ioclet/ioclet/drivers/serial"
)

// Connection is how a text instrument, or a port with several, is reached.
type Connection struct {
	Transport serial.Transport
	// In ends what an instrument sends, Out what it is sent: those of the first
	// instrument on a port.
	In, Out string
}

// Connection is that of a device or port, by its name in the file. If simulated it leads
// to the simulated instruments instead.
func (m *Model) Connection(name string, simulated bool) (Connection, error) {
	for _, p := range m.ports {
		is := p.name == name
		device := 0
		for i, d := range p.options.Devices {
			if d.Name == name {
				is, device = true, i
			}
		}
		if !is {
			continue
		}
		var d serial.Device
		if len(p.options.Devices) > 0 {
			d = p.options.Devices[device]
		}
		c := Connection{Transport: p.options.Transport}
		c.In, c.Out = terminators(d)
		var err error
		if simulated {
			c.Transport, err = (&simulation{}).instruments(p)
		}
		return c, err
	}
	all := m.Connections()
	err := fmt.Errorf("no device or port %q with text commands, there are %q", name, all)
	if near := nearest(name, all); near != "" {
		err = fmt.Errorf("no device or port %q (did you mean %q?)", name, near)
	}
	return Connection{}, err
}

// Connections are the names of all devices and ports that [Model.Connection] knows.
func (m *Model) Connections() []string {
	names := map[string]bool{}
	for _, p := range m.ports {
		names[p.name] = true
		for _, d := range p.options.Devices {
			names[d.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
