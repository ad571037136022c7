package config

import (
	"fmt"

	periph "periph.io/x/conn/v3/i2c"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
)

// simulation is what takes the place of the hardware.
type simulation struct{ lines sim.Lines }

// instruments are those on a port.
func (*simulation) instruments(m *portModel) (serial.Transport, error) {
	peer, err := sim.NewPeer(m.options, m.peer())
	if err != nil {
		return nil, fmt.Errorf("port %s: %w", m.name, err)
	}
	return peer, nil
}

// bus opens a bus with the chips on it.
func (*simulation) bus(m *busModel) (func() (periph.BusCloser, error), error) {
	name := fmt.Sprintf("i2c-%d", m.options.Bus)
	bus, err := sim.NewBus(m.options, sim.BusOptions{Registers: m.sims, Seed: seedOf(name)})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return bus.Open, nil
}
