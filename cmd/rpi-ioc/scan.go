package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/drivers/gpio"
	"github.com/ioclet/ioclet/drivers/i2c"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/spi"
	"github.com/ioclet/ioclet/drivers/sysfs"
)

// machine is how a scan gets at the hardware.
type machine struct {
	root     string // directory of /dev, /proc and /sys
	listGPIO func(root string) ([]gpio.ChipInfo, error)
	probeI2C func(ctx context.Context, bus int, skip map[uint16]string, at func(uint16)) ([]uint16, error)
}

// thisMachine is the real one.
var thisMachine = machine{root: "/", listGPIO: gpio.List, probeI2C: i2c.Probe}

func (p *program) scanCommand() *cobra.Command {
	var asJSON, asYAML, quick bool
	m := p.machine
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Find out what is connected to this machine",
		Long: `Find out what is connected to this machine: GPIO chips and who uses their lines, chips on
I2C buses, SPI buses, serial ports, 1-Wire sensors, and the sensors that the kernel drives.

I2C buses are searched by reading one byte from each address that no driver of the
kernel has, which nearly all chips take well; --quick leaves that out. Serial ports are
not opened. Nothing is changed. What this user may not open is listed with what would
help.`,
		Example: `  rpi-ioc scan
  rpi-ioc scan --yaml        # lines to paste into a configuration file
  rpi-ioc scan --json | jq '.serial[].usb'`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := notBoth(cmd, "json", "yaml"); err != nil {
				return err
			}
			i, err := p.scan(cmd.Context(), m, !quick)
			if err != nil {
				return err
			}
			switch {
			case asJSON:
				return printJSON(p.stdout, i)
			case asYAML:
				fmt.Fprint(p.stdout, i.yaml())
			default:
				i.text(p.stdout)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	cmd.Flags().BoolVar(&asYAML, "yaml", false, "print lines for a configuration file")
	cmd.Flags().BoolVar(&quick, "quick", false, "do not look for chips on I2C buses")
	rootFlag(cmd, &m.root)
	return cmd
}

// inventory is what was found.
type inventory struct {
	Board  string       `json:"board"`
	Model  string       `json:"model,omitempty"`
	GPIO   []gpioChip   `json:"gpio"`
	I2C    []i2cBus     `json:"i2c"`
	SPI    []spiPort    `json:"spi"`
	Serial []serialPort `json:"serial"`
	// OneWire are the numbers of 1-Wire sensors.
	OneWire []string `json:"onewire"`
	// Kernel are the sensors that the kernel drives.
	Kernel []kernelDevice `json:"kernel"`
	// Problems are what could not be looked at.
	Problems []string `json:"problems,omitempty"`
}

type gpioChip struct {
	Path   string     `json:"path"`
	Label  string     `json:"label"`
	Device string     `json:"device,omitempty"`
	Lines  []gpioLine `json:"lines"`
}

type gpioLine struct {
	Offset   int    `json:"offset"`
	Name     string `json:"name,omitempty"`
	Used     bool   `json:"used,omitempty"`
	Consumer string `json:"consumer,omitempty"`
	Output   bool   `json:"output,omitempty"`
	Low      bool   `json:"active_low,omitempty"`
}

type i2cBus struct {
	Number  int       `json:"bus"`
	Path    string    `json:"path"`
	Adapter string    `json:"adapter,omitempty"`
	Chips   []i2cChip `json:"chips"`
	Error   string    `json:"error,omitempty"`
}

type i2cChip struct {
	Address uint16 `json:"address"`
	Kernel  string `json:"kernel_driver,omitempty"` // which has the chip already
	// Models are those that rpi-ioc knows and that can have this address.
	Models []string `json:"models,omitempty"`
}

type spiPort struct {
	Bus   int    `json:"bus"`
	CS    int    `json:"cs"`
	Path  string `json:"path"`
	Error string `json:"error,omitempty"`
}

type kernelDevice struct {
	Class      string   `json:"class"` // iio, hwmon or thermal
	Name       string   `json:"name"`
	At         string   `json:"at"` // below /sys/devices
	Attributes []string `json:"attributes"`
}

type serialPort struct {
	Path    string     `json:"path"`
	Links   []string   `json:"links,omitempty"`
	USB     *usbDevice `json:"usb,omitempty"`
	Product string     `json:"product,omitempty"`
	Driver  string     `json:"driver,omitempty"`
	Error   string     `json:"error,omitempty"`
}

type usbDevice struct {
	VID    uint16 `json:"vid"`
	PID    uint16 `json:"pid"`
	Serial string `json:"serial,omitempty"`
}

// scan looks at everything in turn, and on if something cannot be looked at. The error is
// that of ctx.
func (p *program) scan(ctx context.Context, m machine, probe bool) (*inventory, error) {
	i := &inventory{GPIO: []gpioChip{}, I2C: []i2cBus{}, SPI: []spiPort{}, Serial: []serialPort{}, OneWire: []string{}, Kernel: []kernelDevice{}}
	if err := i.findBoard(m.root); err != nil {
		i.Problems = append(i.Problems, err.Error())
	}
	if err := i.findGPIO(m); err != nil {
		i.Problems = append(i.Problems, err.Error())
	}
	if err := i.findPorts(m.root); err != nil {
		i.Problems = append(i.Problems, err.Error())
	}
	if err := i.findSensors(sysfs.Kernel{Root: m.root}); err != nil {
		i.Problems = append(i.Problems, err.Error())
	}
	if err := p.findChips(ctx, m, i, probe); err != nil {
		i.Problems = append(i.Problems, err.Error())
	}
	return i, ctx.Err()
}

func (i *inventory) findBoard(root string) error {
	b, err := boards.Detect(os.DirFS(root))
	if err != nil {
		b = boards.Generic()
	}
	i.Board, i.Model = b.Name, b.Model
	return err
}

func (i *inventory) findGPIO(m machine) error {
	chips, err := m.listGPIO(m.root)
	if errors.Is(err, drivers.ErrAbsent) {
		return nil
	}
	for _, c := range chips {
		x := gpioChip{Path: c.Path, Label: c.Label, Device: c.Device, Lines: []gpioLine{}}
		for _, l := range c.Lines {
			x.Lines = append(x.Lines, gpioLine(l))
		}
		i.GPIO = append(i.GPIO, x)
	}
	return err
}

func (i *inventory) findPorts(root string) error {
	selects, failed := spi.List(root)
	for _, s := range selects {
		i.SPI = append(i.SPI, spiPort{s.Bus, s.CS, s.Path, text(s.Err)})
	}
	ports, err := serial.List(root)
	for _, s := range ports {
		x := serialPort{Path: s.Path, Links: s.Links, Product: s.Product, Driver: s.Driver, Error: text(s.Err)}
		if s.USB != nil {
			x.USB = &usbDevice{s.USB.VID, s.USB.PID, s.USB.Serial}
		}
		i.Serial = append(i.Serial, x)
	}
	return errors.Join(failed, err)
}

// findSensors finds what the kernel drives.
func (i *inventory) findSensors(files sysfs.Files) error {
	sensors, err := sysfs.ListOneWire(files)
	i.OneWire = append(i.OneWire, sensors...)
	errs := []error{err}
	for _, c := range []sysfs.Class{sysfs.IIO, sysfs.Hwmon, sysfs.Thermal} {
		found, err := sysfs.List(files, c)
		errs = append(errs, err)
		for _, f := range found {
			i.Kernel = append(i.Kernel, kernelDevice{c.String(), f.Name, f.At, append([]string{}, f.Attributes...)})
		}
	}
	return errors.Join(errs...)
}

func (p *program) findChips(ctx context.Context, m machine, i *inventory, probe bool) error {
	buses, err := i2c.List(m.root)
	for _, b := range buses {
		x := i2cBus{Number: b.Number, Path: b.Path, Adapter: b.Adapter, Chips: []i2cChip{}, Error: text(b.Err)}
		var found []uint16
		if probe && b.Err == nil && ctx.Err() == nil {
			var failed error
			found, failed = m.probeI2C(ctx, b.Number, b.Kernel, func(address uint16) {
				p.progress("%s: 0x%02X", b.Path, address)
			})
			x.Error = text(failed)
		}
		p.progress("")
		for address := range uint16(1 << 7) {
			if name, driven := b.Kernel[address]; driven || slices.Contains(found, address) {
				x.Chips = append(x.Chips, i2cChip{address, name, candidates(address)})
			}
		}
		i.I2C = append(i.I2C, x)
	}
	return err
}

// candidates are the models that can be at an address.
func candidates(address uint16) (names []string) {
	for _, m := range chip.Models() {
		if m.I2C != nil && slices.Contains(m.I2C.Addresses, address) {
			names = append(names, m.Name)
		}
	}
	return names
}

// text is that of an error, "" of none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// progress shows on a terminal what is being done, in the place of what it showed before;
// "" leaves nothing.
func (p *program) progress(format string, args ...any) {
	if p.watched {
		fmt.Fprintf(p.stderr, "\r\x1b[K"+format, args...)
	}
}
