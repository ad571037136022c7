package main

import (
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/drivers/sysfs"
)

// text prints the inventory for people.
func (i *inventory) text(w io.Writer) {
	fmt.Fprint(w, i.Board)
	if i.Model != "" {
		fmt.Fprintf(w, " (%s)", i.Model)
	}
	fmt.Fprintln(w)
	i.gpioText(w)
	i.i2cText(w)
	i.spiText(w)
	i.serialText(w)
	i.kernelText(w)
	if len(i.Problems) > 0 {
		fmt.Fprintln(w, "\nNot looked at:")
		for _, p := range i.Problems {
			fmt.Fprintf(w, "  %s\n", p)
		}
	}
	if lines := i.yaml(); lines != "" {
		fmt.Fprintf(w, "\nFor a configuration file:\n\n%s", lines)
	}
}

// section begins a section of the text.
func section(w io.Writer, title string, n int) {
	fmt.Fprintf(w, "\n%s:", title)
	if n == 0 {
		fmt.Fprint(w, " none")
	}
	fmt.Fprintln(w)
}

func (i *inventory) gpioText(w io.Writer) {
	section(w, "GPIO chips", len(i.GPIO))
	for _, c := range i.GPIO {
		fmt.Fprintf(w, "  %s: %s, %d lines\n", c.Path, c.Label, len(c.Lines))
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, l := range c.Lines {
			if l.Used {
				fmt.Fprintf(t, "    %s:%d\t%s\t%s\tused by %s\n", filepath.Base(c.Path), l.Offset, orDash(l.Name), direction(l), orKernel(l.Consumer))
			}
		}
		t.Flush()
	}
}

func direction(l gpioLine) string {
	if l.Output {
		return "output"
	}
	return "input"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func orKernel(consumer string) string {
	if consumer == "" {
		return "the kernel or another program"
	}
	return fmt.Sprintf("%q", consumer)
}

func (i *inventory) i2cText(w io.Writer) {
	section(w, "I2C buses", len(i.I2C))
	for _, b := range i.I2C {
		fmt.Fprintf(w, "  %s", b.Path)
		if b.Adapter != "" {
			fmt.Fprintf(w, ": %s", b.Adapter)
		}
		fmt.Fprintln(w)
		if b.Error != "" {
			fmt.Fprintf(w, "    %s\n", b.Error)
		}
		for _, c := range b.Chips {
			fmt.Fprintf(w, "    0x%02X", c.Address)
			switch {
			case c.Kernel != "":
				fmt.Fprintf(w, "  driver %s of the kernel has it", c.Kernel)
			case len(c.Models) > 0:
				fmt.Fprintf(w, "  could be %s", strings.Join(c.Models, ", "))
			}
			fmt.Fprintln(w)
		}
	}
}

func (i *inventory) spiText(w io.Writer) {
	section(w, "SPI buses", len(i.SPI))
	for _, s := range i.SPI {
		fmt.Fprintf(w, "  %s\n", s.Path)
		if s.Error != "" {
			fmt.Fprintf(w, "    %s\n", s.Error)
		}
	}
}

func (i *inventory) serialText(w io.Writer) {
	section(w, "Serial ports", len(i.Serial))
	for _, s := range i.Serial {
		fmt.Fprintf(w, "  %s", s.Path)
		separator := ": "
		for _, what := range []string{readable([]byte(s.Product)), s.USB.String(), s.Driver} {
			if what != "" {
				fmt.Fprint(w, separator+what)
				separator = ", "
			}
		}
		fmt.Fprintln(w)
		for _, l := range s.Links {
			fmt.Fprintf(w, "    %s\n", l)
		}
		if s.Error != "" {
			fmt.Fprintf(w, "    %s\n", s.Error)
		}
	}
}

func (i *inventory) kernelText(w io.Writer) {
	section(w, "1-Wire sensors", len(i.OneWire))
	for _, id := range i.OneWire {
		fmt.Fprintf(w, "  %s\n", id)
	}
	section(w, "Sensors that the kernel drives", len(i.Kernel))
	for _, k := range i.Kernel {
		fmt.Fprintf(w, "  %s %s: %s\n", k.Class, k.Name, strings.Join(k.Attributes, ", "))
	}
}

func (u *usbDevice) String() string {
	if u == nil {
		return ""
	}
	s := fmt.Sprintf("usb %04x:%04x", u.VID, u.PID)
	if u.Serial != "" {
		s += " serial " + readable([]byte(u.Serial))
	}
	return s
}

// yaml is what a configuration file can have of what was found, "" if that is nothing.
func (i *inventory) yaml() string {
	text := ""
	if devices := i.devices(); devices != "" {
		text += "devices:\n" + devices
	}
	if pvs := i.pvs(); pvs != "" {
		text += "pvs:\n" + pvs
	}
	return text
}

// devices are the entries of devices:.
func (i *inventory) devices() string {
	var s strings.Builder
	for _, b := range i.I2C {
		for _, c := range b.Chips {
			if c.Kernel == "" {
				c.device(&s, b.Number)
			}
		}
	}
	for n, id := range i.OneWire {
		if sysfs.CheckSensorID(id) == nil {
			fmt.Fprintf(&s, "  SENSOR%d: {onewire: %s, chip: ds18b20, scan: 5s}\n", n+1, id)
		}
	}
	for n, p := range i.Serial {
		fmt.Fprintf(&s, "  INSTR%d:", n+1)
		if p.Product != "" {
			fmt.Fprintf(&s, "  # %s", readable([]byte(p.Product)))
		}
		fmt.Fprintf(&s, "\n    port: {serial: %s, baud: 9600}\n    pvs:\n      ID: {read: \"*IDN?\", reply: \"%%s\", scan: once}\n", p.yaml())
	}
	return s.String()
}

// device is the entry of a chip, as the first of the models that it can be.
func (c i2cChip) device(s *strings.Builder, bus int) {
	fmt.Fprintf(s, "  CHIP%d_%02X:\n    i2c: {bus: %[1]d, address: 0x%02[2]X}\n", bus, c.Address)
	if len(c.Models) == 0 {
		fmt.Fprint(s, "    pvs:\n      REG0: {at: 0x00, type: uint8, scan: 1s}\n")
		return
	}
	fmt.Fprintf(s, "    chip: %s   # a guess by the address", c.Models[0])
	if others := c.Models[1:]; len(others) > 0 {
		fmt.Fprintf(s, ", could be %s", strings.Join(others, ", "))
	}
	fmt.Fprintln(s)
	if with := settings(c.Models[0]); with != "" {
		fmt.Fprintf(s, "    with: {%s}\n", with)
	}
}

// settings are examples of those that a chip must be given, and that move nothing.
func settings(model string) string {
	m, err := chip.Find(model)
	if err != nil {
		return ""
	}
	var list []string
	for _, p := range m.Parameters {
		if p.Required() {
			list = append(list, p.Name+": "+p.Example)
		}
	}
	return strings.Join(list, ", ")
}

// pvs are the entries of pvs:, the values of the kernel's sensors.
func (i *inventory) pvs() string {
	var s strings.Builder
	named := map[string]int{} // devices of a name
	for _, k := range i.Kernel {
		named[k.Class+k.Name]++
	}
	taken := map[string]int{}
	for _, k := range i.Kernel {
		name := strings.ToUpper(pvLetters(k.Name))
		if taken[name]++; taken[name] > 1 {
			name += fmt.Sprint(taken[name])
		}
		at := ""
		if named[k.Class+k.Name] > 1 {
			at = ", at: " + strings.TrimPrefix(path.Dir(k.At), "/sys/devices/") // hwmon0 is another one tomorrow
		}
		if k.Class == sysfs.Thermal.String() {
			if named[k.Class+k.Name] == 1 { // of several of a name none can be picked
				fmt.Fprintf(&s, "  %s: {thermal: %s, scan: 5s}\n", name, k.Name)
			}
			continue
		}
		for _, a := range k.Attributes {
			fmt.Fprintf(&s, "  %s:%s: {%s: {name: %s%s, attribute: %s}, scan: 5s}\n", name, strings.ToUpper(pvLetters(a)), k.Class, k.Name, at, a)
		}
	}
	return s.String()
}

// pvLetters replaces what cannot be in the name of a PV.
func pvLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, s)
}

// yaml names the port so that it is found wherever it is plugged in: by the adapter's
// serial number, or by a link that udev makes of it.
func (p serialPort) yaml() string {
	switch {
	case p.USB != nil && p.USB.Serial != "":
		return fmt.Sprintf("{usb: {vid: 0x%04x, pid: 0x%04x, serial: %q}}", p.USB.VID, p.USB.PID, p.USB.Serial)
	case len(p.Links) > 0:
		return p.Links[0]
	}
	return p.Path
}
