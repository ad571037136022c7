package spi

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"periph.io/x/conn/v3/spi"
)

// wire is an open bus. bus.Bus.
type wire struct{ ports []*port }

// port is a chip select. One that cannot be opened faults its own chip.
type port struct {
	device *Device
	open   func(cs int) (spi.PortCloser, error)

	// mu is held by a transaction, and by Close, which periph's port does not survive.
	mu     sync.Mutex
	port   spi.PortCloser // nil: not open
	conn   spi.Conn
	closed bool
}

// openWire opens the ports of all devices. It fails only if none can be opened.
func openWire(open func(cs int) (spi.PortCloser, error), devices []Device) (*wire, error) {
	w := &wire{}
	var errs []error
	for i := range devices {
		p := &port{device: &devices[i], open: open}
		if err := p.connect(); err != nil {
			errs = append(errs, err)
		}
		w.ports = append(w.ports, p)
	}
	if len(errs) > 0 && len(errs) == len(devices) {
		return nil, errors.Join(errs...)
	}
	return w, nil
}

// connect opens the port. mu is held, or nobody else has p.
func (p *port) connect() error {
	opened, err := p.open(p.device.CS)
	if err != nil {
		return err
	}
	conn, err := opened.Connect(p.device.speed(), p.device.Mode, p.device.bits())
	if err != nil {
		opened.Close()
		return fmt.Errorf("%v: %w", p.device, err)
	}
	p.port, p.conn = opened, conn
	return nil
}

// Tx does a transaction with a device. bus.Bus.
func (w *wire) Tx(device int, out, in []byte) error {
	p := w.ports[device]
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return fs.ErrClosed
	}
	if p.conn == nil {
		if err := p.connect(); err != nil {
			return err
		}
	}
	return p.conn.Tx(out, in)
}

// Close closes the ports, once transactions have ended. bus.Bus.
func (w *wire) Close() error {
	var errs []error
	for _, p := range w.ports {
		errs = append(errs, p.close())
	}
	return errors.Join(errs...)
}

func (p *port) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed, p.conn = true, nil
	if p.port == nil {
		return nil
	}
	err := p.port.Close()
	p.port = nil
	return err
}
