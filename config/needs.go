package config

import (
	"slices"

	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sysfs"
)

// Needs are what an IOC must be allowed, for whoever runs it with no more rights than
// that.
type Needs struct {
	GPIO, I2C, SPI, PWM bool
	// Serial are the device files of serial ports. "" is one that is looked for among those
	// on USB.
	Serial []string
	// Writes are files that are written: the put log, in a whole path if that of the
	// configuration is one, and attributes of the kernel, of which "/sys" stands for those
	// whose paths are not known.
	Writes []string
	// Reload means that there are files that SIGHUP has read again.
	Reload bool
}

// Needs are those of the IOC that m makes of hardware.
func (m *Model) Needs() Needs {
	n := Needs{Reload: m.access != nil}
	for _, b := range m.buses {
		n.I2C = n.I2C || b.kind == chip.OnI2C
		n.SPI = n.SPI || b.kind == chip.OnSPI
	}
	var transports []serial.Transport
	for _, p := range m.ports {
		transports = append(transports, p.options.Transport)
	}
	for _, p := range m.modbuses {
		transports = append(transports, p.transport)
	}
	for _, t := range transports {
		if l, ok := t.(serial.Line); ok {
			n.Serial = append(n.Serial, l.Path)
		}
	}
	if m.putLog != nil && m.putLog.file != "" {
		n.Writes = append(n.Writes, m.putLog.file)
	}
	for i := range m.PVs {
		switch s := m.PVs[i].from.(type) {
		case *lineSource:
			n.GPIO = true
		case *fileSource:
			a := &s.place.options.Attributes[s.index]
			switch {
			case !a.Writable:
			case s.place.options.Place.Class == sysfs.Path:
				n.Writes = append(n.Writes, a.Name)
			default:
				n.Writes = append(n.Writes, "/sys")
			}
		case *sensorSource: // conversions of all, and the resolution
			n.Writes = append(n.Writes, "/sys")
		case *pulseSource:
			n.PWM = true
			n.Writes = append(n.Writes, "/sys")
		}
	}
	slices.Sort(n.Serial)
	slices.Sort(n.Writes)
	n.Serial, n.Writes = slices.Compact(n.Serial), slices.Compact(n.Writes)
	return n
}
