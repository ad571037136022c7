package config

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/gpio"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/record"
)

// Options say how a [Model] is built.
type Options struct {
	// Sim replaces all hardware by simulations that follow from the model.
	Sim bool
	// Log is given to everything that is built; nil is slog.Default().
	Log *slog.Logger
}

// Build makes the IOC of m. It touches no hardware: that begins with the IOC's
// Run. A model can be built several times; the IOCs have nothing in common.
func (m *Model) Build(o Options) (*ioc.IOC, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	b := &builder{model: m, log: o.Log, ioc: ioc.New(m.Prefix), gpios: map[*lineModel]*lineWorker{}, texts: map[*portModel]*textWorker{}, modbuses: map[*modbusModel]*modbusWorker{}, buses: map[*busModel]*busWorker{}, places: map[*placeModel]*placeWorker{}}
	b.ioc.Server, b.ioc.Log, b.ioc.RecSync = m.Server, o.Log, m.caster()
	b.secure()
	var errs []error
	if o.Sim {
		b.sim = &simulation{}
		b.lines = &b.sim.lines
		for _, w := range m.wires {
			b.sim.lines.Connect(w...)
		}
	}
	b.clock()
	for _, p := range m.ports {
		errs = append(errs, b.text(p))
	}
	for _, p := range m.modbuses {
		errs = append(errs, b.modbus(p))
	}
	for _, m := range m.buses {
		errs = append(errs, b.bus(m))
	}
	errs = append(errs, b.sensors(&m.oneWire))
	for _, p := range m.places {
		errs = append(errs, b.place(p))
	}
	errs = append(errs, b.machine(m.quantities))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for i := range m.PVs {
		p := &m.PVs[i]
		if err := p.from.build(b, p); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.Pos, err))
			continue
		}
		b.whenAlone(p)
	}
	for _, m := range m.buses {
		b.recoveries(m)
	}
	if o.Sim {
		errs = append(errs, b.faults()...)
	}
	if m.access != nil {
		b.ioc.UseAccess(m.access.rules)
	}
	if err := errors.Join(errs...); err != nil {
		return b.ioc, err
	}
	for _, s := range m.states {
		errs = append(errs, b.follow(s))
	}
	return b.ioc, errors.Join(errs...)
}

// spec is the record of p as the IOC gets it.
func (b *builder) spec(p *PV) record.Spec {
	s := p.spec
	s.DTYP = p.from.support(b.sim != nil)
	if s.DTYP != p.from.support(false) {
		return marked(s)
	}
	return s
}

// builder makes an IOC of a model.
type builder struct {
	model *Model
	log   *slog.Logger
	ioc   *ioc.IOC

	gpios map[*lineModel]*lineWorker

	lines    gpio.Backend // nil: the kernel's
	texts    map[*portModel]*textWorker
	modbuses map[*modbusModel]*modbusWorker
	buses    map[*busModel]*busWorker
	places   map[*placeModel]*placeWorker
	oneWire  *oneWireWorker // nil: no sensors
	host     *hostWorker    // nil: nothing of it is wanted
	sim      *simulation    // nil: real hardware
}

// textWorker is a connection with its instruments and the worker that owns it.
type textWorker struct {
	driver *serial.Port
	worker *device.Port
}

// busWorker is a bus and the worker that owns it.
type busWorker struct {
	driver *bus.Driver
	worker *device.Port
}

// add makes a PV of the i-th channel of a device.
func (w *busWorker) add(b *builder, p *PV, d *busDevice, i int, o device.Options) error {
	o.Unit = d.name
	_, err := w.worker.Add(b.ioc.Database(), b.spec(p), w.driver.Channel(d.index, i), o)
	return err
}

// port makes the worker of a driver and gives it to the IOC; stuck 0 is the default.
func (b *builder) port(name string, d drivers.Driver, stuck time.Duration) *device.Port {
	p := device.NewPort(d, device.Config{Name: name, Log: b.log, Stuck: stuck})
	b.ioc.AddPort(p)
	return p
}

func (b *builder) text(m *portModel) error {
	options := m.options
	options.Log = b.log
	if l, ok := options.Transport.(*serial.Listener); ok {
		options.Transport = l.Renew() // each IOC listens for itself
	}
	if b.sim != nil {
		t, err := b.sim.instruments(m)
		if err != nil {
			return err
		}
		options.Transport = t
	}
	driver, err := serial.New(options)
	if err != nil {
		return fmt.Errorf("port %s: %w", m.name, err)
	}
	b.texts[m] = &textWorker{driver, b.port(m.name, driver, m.stuck())}
	return nil
}

func (b *builder) bus(m *busModel) error {
	driver, err := m.open(b.sim)
	if err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	b.buses[m] = &busWorker{driver, b.port(m.name, driver, 0)}
	return nil
}
