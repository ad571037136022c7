package config

import (
	"fmt"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
)

// simulation is what takes the place of the hardware.
type simulation struct {
	faultPoints

	pwm      sim.Tree
	pwmChips map[string]*sim.PWMChip // that are in pwm

	lines sim.Lines
	tree  sim.Tree
}

// instruments are those on a port.
func (s *simulation) instruments(m *portModel) (serial.Transport, error) {
	peer, err := sim.NewPeer(m.options, m.peer())
	if err != nil {
		return nil, fmt.Errorf("port %s: %w", m.name, err)
	}
	s.onPort(m, peer)
	return peer, nil
}
