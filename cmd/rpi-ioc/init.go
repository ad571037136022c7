package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/boards"
)

func (p *program) initCommand() *cobra.Command {
	m := p.machine
	cmd := &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a configuration file to begin with",
		Long: `Write a configuration file to begin with, ioc.yaml if no other is named.

It has a few PVs that need no hardware, and lines for what "rpi-ioc scan" finds on this
machine, to be made active one by one. A file that is there is never overwritten; - is
standard output.`,
		Example: `  rpi-ioc init greenhouse.yaml
  rpi-ioc run --sim greenhouse.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("%d files given, expected one or none", len(args))}
			}
			return nil
		},
		ValidArgsFunction: completeYAML,
		RunE: func(cmd *cobra.Command, args []string) error {
			file := "ioc.yaml"
			if len(args) > 0 {
				file = args[0]
			}
			if _, err := os.Lstat(file); err == nil && file != "-" {
				return isThere(file)
			}
			i, err := p.scan(cmd.Context(), m, true)
			if err != nil {
				return err
			}
			if file == "-" {
				_, err := io.WriteString(p.stdout, i.starter("ioc.yaml"))
				return err
			}
			text := i.starter(file)
			if err := writeNew(file, text); err != nil {
				return err
			}
			for _, problem := range i.Problems {
				fmt.Fprintln(p.stderr, "warning:", problem)
			}
			fmt.Fprintf(p.stdout, "%s is written. Try:\n\n  %s run --sim %[1]s\n", file, p.name)
			return nil
		},
	}
	rootFlag(cmd, &m.root)
	return cmd
}

func isThere(file string) error {
	return fmt.Errorf("%s is there already, and is not overwritten: name another file", file)
}

// writeNew writes a file that must not be there.
func writeNew(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return isThere(file)
	} else if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// starter is a configuration to begin with. Lines that begin with # and anything but a
// single blank are good lines once the # is taken away.
func (i *inventory) starter(file string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	if strings.Trim(name, "-_") == "" {
		name = "ioc"
	}
	var s strings.Builder
	fmt.Fprintf(&s, starterHead, file, name, strings.ToUpper(name)+":")
	fmt.Fprintf(&s, "board: auto   # this machine is %s; rpi-ioc pins shows its pins\n\n", orModel(i))
	if i.isBare() {
		s.WriteString(starterExample)
	} else {
		s.WriteString("# What was found here. Take away the # of what is to be served.\n" + inactive("devices:\n"+i.devices()))
	}
	s.WriteString(starterPVs)
	if pvs := i.pvs(); pvs != "" {
		s.WriteString("  # Sensors that the kernel drives.\n" + inactive(pvs))
	}
	led, button := i.freePins()
	if button != "" {
		fmt.Fprintf(&s, starterPins, led, button)
	}
	return s.String()
}

// inactive puts a # before each line.
func inactive(lines string) string {
	var s strings.Builder
	for line := range strings.Lines(lines) {
		s.WriteString("#" + line)
	}
	return s.String()
}

// isBare reports whether nothing was found but serial ports of the machine's own, which
// are there with nothing connected too.
func (i *inventory) isBare() bool {
	return !slices.ContainsFunc(i.Serial, func(s serialPort) bool { return s.USB != nil }) &&
		len(i.OneWire) == 0 && !slices.ContainsFunc(i.I2C, func(b i2cBus) bool { return len(b.Chips) > 0 })
}

func orModel(i *inventory) string {
	if i.Model != "" {
		return i.Model
	}
	return "none that is known"
}

const starterHead = `# What is connected, and what its process variables are called.
#
# rpi-ioc check %[1]s         finds all mistakes
# rpi-ioc run --sim %[1]s     serves it with simulated hardware
# rpi-ioc run %[1]s           serves it
#
# rpi-ioc schema > rpi-ioc.schema.json has an editor complete and explain the keys:
# yaml-language-server: $schema=rpi-ioc.schema.json
ioc: {name: %[2]s, prefix: "%[3]s"}   # each PV's name begins with the prefix
`

const starterExample = `# Nothing was found that is connected. An example, for run --sim: a supply on the network.
devices:
  PS:
    port: {tcp: "192.0.2.7:5025"}
    pvs:
      ID:   {read: "*IDN?", reply: "%s", scan: once}
      VOLT: {write: "VOLT %.3f", readback: "VOLT?", reply: "%f", scan: 1s, egu: V, prec: 3, drive: [0, 30]}
      CURR: {read: "MEAS:CURR?", reply: "%f", scan: 1s, egu: A, prec: 3, alarm: {high: 2.5, hihi: 3}, sim: "VOLT / 12"}
`

const starterPVs = `
pvs:
  # Some that need no hardware.
  TARGET: {value: 20.0, egu: C, prec: 1, drive: [0, 80]}
  WAVE: {signal: sine, amplitude: 2, period: 10s, scan: 500ms, prec: 3}
`

const starterPins = `  # Pins. Take away the # of those that are to be served.
#  LED: {gpio: %s, direction: output, states: [Off, On], initial: keep, on_exit: off}
#  BUTTON: {gpio: %s, direction: input, pull: up, active_low: yes, debounce: 20ms, states: [Released, Pressed]}
`

// freePins are two pins that nobody uses and nothing speaks against, "" if there are not.
func (i *inventory) freePins() (one, other string) {
	b, err := boards.ByName(i.Board)
	if err != nil || b.IsGeneric() {
		return "", ""
	}
	for _, p := range b.Headers[0].Pins {
		switch {
		case !p.IsLine() || len(p.Hazards) > 0 || i.isUsed(p) || isOfBus(b, p):
		case one == "":
			one = p.Name
		default:
			return one, p.Name
		}
	}
	return "", ""
}

// isUsed reports whether a pin is taken.
func (i *inventory) isUsed(p boards.Pin) bool {
	for _, c := range i.GPIO {
		for _, l := range c.Lines {
			if l.Used && l.Offset == p.Offset && (c.Label == p.Chip || c.Device == p.Chip) {
				return true
			}
		}
	}
	return false
}

// isOfBus reports whether a pin is one of a bus.
func isOfBus(b *boards.Board, p boards.Pin) bool {
	return slices.ContainsFunc(b.Buses, func(bus boards.Bus) bool {
		return slices.ContainsFunc(bus.Pins, func(q boards.BusPin) bool { return q.Same(p) })
	})
}
