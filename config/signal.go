package config

import (
	"hash/fnv"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

// signalSource is a made-up value.
type signalSource struct{ signal sim.Signal }

func (s *signalSource) describe() string { return "signal " + string(s.signal.Shape) }

func (s *signalSource) support(bool) string { return "Signal" }

func (s *signalSource) build(b *builder, p *PV) error {
	signal := s.signal
	signal.Seed = seedOf(p.Name)
	f, err := signal.Func()
	if err != nil {
		return err
	}
	spec := b.spec(p)
	spec.Device = device.Source(func(now time.Time) pv.Value { return pv.Float64Value(f(now)) })
	_, err = b.ioc.Database().Add(spec)
	return err
}

// seedOf is a seed that differs between PVs and stays the same between runs.
func seedOf(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

// signal checks a PV with signal:.
func (c *checker) signal(k *pvKeys) nature {
	s := sim.Signal{
		Shape: sim.Shape(k.Signal.Value), Offset: k.Offset.Value, Amplitude: k.Amplitude.Value,
		Step: k.Step.Value, Period: k.Period.Value, Low: k.Range.Value.Low, High: k.Range.Value.High,
	}
	return nature{source: &signalSource{s}, kind: pv.Float64, polled: true, scan: scan{scanPeriodic, time.Second}}
}
