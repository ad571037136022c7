package config

import (
	"errors"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
	"periph.io/x/conn/v3/i2c"
)

type simulation struct{}

func (b *builder) simulate() error { b.sim = &simulation{}; return nil }

func (s *simulation) instruments(m *portModel) (serial.Transport, error) {
	return sim.NewPeer(m.options, sim.PeerOptions{Expressions: m.sims, Seed: seedOf(m.name)})
}

func (s *simulation) bus(m *busModel) (func() (i2c.BusCloser, error), error) {
	return nil, errors.New("x")
}
