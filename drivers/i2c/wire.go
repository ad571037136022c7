package i2c

import (
	"fmt"

	"periph.io/x/conn/v3/i2c"
)

// wire is an open bus with multiplexers. bus.Bus.
type wire struct {
	bus     i2c.BusCloser
	devices []Device

	// owned by the bus's worker: the port that each multiplexer connects
	selected map[uint16]int
}

// What a multiplexer may connect besides a port.
const (
	none    = -1
	unknown = -2
)

func newWire(b i2c.BusCloser, devices []Device) *wire {
	w := &wire{bus: b, devices: devices, selected: map[uint16]int{}}
	for _, d := range devices {
		if d.Mux != nil {
			w.selected[d.Mux.Address] = unknown
		}
	}
	return w
}

// Tx does a transaction with a device, once it is connected. bus.Bus.
func (w *wire) Tx(device int, out, in []byte) error {
	d := &w.devices[device]
	if d.Mux == nil {
		return w.bus.Tx(d.Address, out, in)
	}
	if err := w.connect(d.Mux); err != nil {
		return err
	}
	err := w.bus.Tx(d.Address, out, in)
	if err != nil {
		w.selected[d.Mux.Address] = unknown // it may have been without power, too
	}
	return err
}

// connect has the port of the multiplexer connected, and those of no other: a chip of
// the same address may be there.
func (w *wire) connect(m *Mux) error {
	if w.selected[m.Address] == m.Port {
		return nil
	}
	for other, port := range w.selected {
		if other != m.Address && port != none {
			_ = w.set(other, none) // one that does not answer connects nothing
		}
	}
	return w.set(m.Address, m.Port)
}

// set has a multiplexer connect one port, or none.
func (w *wire) set(mux uint16, port int) error {
	w.selected[mux] = unknown
	var bits byte
	if port != none {
		bits = 1 << port
	}
	if err := w.bus.Tx(mux, []byte{bits}, nil); err != nil {
		return fmt.Errorf("multiplexer 0x%02X: %w", mux, err)
	}
	w.selected[mux] = port
	return nil
}

// Close closes the bus. bus.Bus.
func (w *wire) Close() error { return w.bus.Close() }
