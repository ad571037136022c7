package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
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
	i.serialText(w)
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

func (i *inventory) serialText(w io.Writer) {
	section(w, "Serial ports", len(i.Serial))
	for _, s := range i.Serial {
		fmt.Fprintf(w, "  %s", s.Path)
		separator := ": "
		for _, what := range []string{s.Product, s.USB.String(), s.Driver} {
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

func (u *usbDevice) String() string {
	if u == nil {
		return ""
	}
	s := fmt.Sprintf("usb %04x:%04x", u.VID, u.PID)
	if u.Serial != "" {
		s += " serial " + u.Serial
	}
	return s
}

// yaml makes devices: of what was found, "" if there is nothing that can be one.
func (i *inventory) yaml() string {
	var s strings.Builder
	for _, b := range i.I2C {
		for _, c := range b.Chips {
			if c.Kernel == "" {
				i.chipYAML(&s, b, c)
			}
		}
	}
	for n, p := range i.Serial {
		fmt.Fprintf(&s, "  INSTR%d:", n+1)
		if p.Product != "" {
			fmt.Fprintf(&s, "  # %s", p.Product)
		}
		fmt.Fprintf(&s, "\n    port: {serial: %s, baud: 9600}\n    pvs:\n      ID: {read: \"*IDN?\", reply: \"%%s\", scan: once}\n", p.yaml())
	}
	if s.Len() == 0 {
		return ""
	}
	return "devices:\n" + s.String()
}

func (i *inventory) chipYAML(s *strings.Builder, b i2cBus, c i2cChip) {
	fmt.Fprintf(s, "  CHIP%d_%02X:", b.Number, c.Address)
	if len(c.Models) > 0 {
		fmt.Fprintf(s, "  # could be %s", strings.Join(c.Models, ", "))
	}
	fmt.Fprintf(s, "\n    i2c: {bus: %d, address: 0x%02X}\n    pvs:\n      REG0: {at: 0x00, type: uint8, scan: 1s}\n", b.Number, c.Address)
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
