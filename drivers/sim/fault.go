package sim

import (
	"slices"
	"time"

	"github.com/ioclet/ioclet/drivers/serial"
)

// Fault is what is wrong with a simulated device.
type Fault string

// The faults.
const (
	NoFault Fault = "none"
	Drop    Fault = "drop"     // takes commands and does not answer, as if it were switched off
	Late    Fault = "delay"    // answers later than it is waited for
	Garbage Fault = "garbage"  // what it says is made of chance
	Partial Fault = "partial"  // answers half of the line, without its end
	NACK    Fault = "nack"     // refuses what it is told or asked; on a bus, does not answer: on SPI, where nobody acknowledges, all bits are 1
	Stuck   Fault = "stuck"    // takes no commands, as with the wrong handshake; on a bus, holds it, until the kernel gives up after a second
	PowerOn Fault = "power-on" // a thermometer loses its supply again and again: it says 85 °C
	Refuse  Fault = "refuse"   // can be read, but takes nothing that is written
	Unplug  Fault = "unplug"   // is not there any more, nor is the port
)

// PeerFaults lists what can be wrong with an instrument on a [Peer].
func PeerFaults() []Fault {
	return []Fault{NoFault, Drop, Late, Garbage, Partial, NACK, Stuck, Unplug}
}

// BusFaults lists what can be wrong with one of [Devices].
func BusFaults() []Fault { return []Fault{NoFault, NACK, Stuck, Garbage} }

// ModbusFaults lists what can be wrong with a slave of [Modbus].
func ModbusFaults() []Fault { return []Fault{NoFault, NACK, Garbage} }

// lateBy is how much later than it is waited for a device with the fault Late answers, as
// part of the time that it has.
const lateBy = 1.5

// nak is ASCII's "negative acknowledge".
const nak = 0x15

// latest is when a late answer of a device comes.
func latest(d *serial.Device) time.Duration {
	timeout := time.Second // the driver's default
	if d.Timeout > 0 {
		timeout = d.Timeout
	}
	return time.Duration(lateBy * float64(timeout))
}

// SetFault makes something wrong with a device, until another fault, or NoFault, is. Stuck and
// Unplug are of the port, and so of all devices on it.
func (p *Peer) SetFault(device string, f Fault) {
	p.mu.Lock()
	for _, in := range p.instruments {
		if in.name == device {
			in.fault = f
		}
	}
	is := func(f Fault) bool {
		return slices.ContainsFunc(p.instruments, func(in *instrument) bool { return in.fault == f })
	}
	switch stuck := is(Stuck); {
	case stuck && p.stuck == nil:
		p.stuck = make(chan struct{})
	case !stuck && p.stuck != nil:
		close(p.stuck)
		p.stuck = nil
	}
	unplugged := is(Unplug)
	p.mu.Unlock()
	if unplugged {
		p.Unplug()
	} else {
		p.Plug()
	}
}

// taking waits until the port takes commands; ended ends it.
func (p *Peer) taking(ended <-chan struct{}) {
	p.mu.Lock()
	stuck := p.stuck
	p.mu.Unlock()
	if stuck == nil {
		return
	}
	select {
	case <-stuck:
	case <-ended:
	}
}

// spoil is answer as the instrument's fault lets it through.
func (in *instrument) spoil(answer []byte) []byte {
	switch {
	case len(answer) == 0:
	case in.fault == Garbage:
		body := answer[:len(answer)-len(in.end)]
		for i := range body {
			body[i] = byte('!' + in.clock.random.IntN('~'-'!'))
		}
	case in.fault == Partial:
		return answer[:(len(answer)-len(in.end)+1)/2]
	}
	return answer
}
