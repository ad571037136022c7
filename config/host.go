package config

import (
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/host"
	"github.com/ioclet/ioclet/pv"
)

// defaultScan is how often what has no other wish is read.
const defaultScan = time.Second

// hostSource is something of the machine.
type hostSource struct {
	quantity host.Quantity
	index    int // among the model's quantities
}

func (s *hostSource) describe() string { return "host " + s.quantity.Name }

func (s *hostSource) support(simulated bool) string { return support("Host", simulated) }

func (s *hostSource) build(b *builder, p *PV) error {
	w := b.host
	_, err := w.worker.Add(b.ioc.Database(), b.spec(p), w.driver.Channels()[s.index], device.Options{})
	return err
}

// hostWorker is the machine and the worker that owns it.
type hostWorker struct {
	driver *host.Driver
	worker *device.Port
}

func (b *builder) machine(quantities []string) error {
	if len(quantities) == 0 {
		return nil
	}
	if b.sim != nil {
		b.sim.tree.AddHost()
	}
	driver, err := host.New(host.Options{Quantities: quantities, Files: b.files()})
	if err != nil {
		return err
	}
	b.host = &hostWorker{driver, b.port("host", driver, 0)}
	return nil
}

// serverSource is something of the server in front of the records.
type serverSource struct {
	name string
	read func(clients, channels int) int
}

func (s *serverSource) describe() string { return "host " + s.name }

func (*serverSource) support(bool) string { return "Server" }

func (s *serverSource) build(b *builder, p *PV) error {
	spec := b.spec(p)
	i := b.ioc
	spec.Device = device.Source(func(time.Time) pv.Value { return pv.Int64Value(int64(s.read(i.Clients()))) })
	_, err := b.ioc.Database().Add(spec)
	return err
}

// host checks a PV with host:.
func (c *checker) host(k *pvKeys) nature {
	nat := nature{kind: pv.Int64, polled: true, scan: scan{scanPeriodic, 10 * time.Second}}
	switch k.Host.Value {
	case "clients":
		nat.source = &serverSource{k.Host.Value, func(clients, _ int) int { return clients }}
	case "channels":
		nat.source = &serverSource{k.Host.Value, func(_, channels int) int { return channels }}
	default:
		q, ok := host.Find(k.Host.Value)
		if !ok {
			return nature{} // reported by the decoder
		}
		nat.source = &hostSource{q, len(c.model.quantities)}
		nat.kind, nat.units, nat.prec, nat.states = q.Kind, q.Units, q.Prec, q.States
		c.model.quantities = append(c.model.quantities, q.Name)
	}
	return nat
}
