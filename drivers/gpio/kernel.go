package gpio

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
)

// Kernel is the backend of the Linux GPIO character device, /dev/gpiochip*, with the
// interface that kernels have since 5.10. On other systems it has no lines.
//
// A chip is found by its label, by the name of the hardware device behind it, or by
// the name of its device node; since the numbers of device nodes differ between
// kernels, the first two are better.
type Kernel struct{}

var _ Backend = Kernel{}

// chip is a GPIO chip of this machine.
type chip struct {
	path   string   // device node
	names  []string // of the device node and of links to it
	label  string   // from the chip's driver
	device string   // the hardware device behind it, such as 4804c000.gpio
	lines  int
}

func (c *chip) is(name string) bool {
	return c.label == name || c.device == name || slices.Contains(c.names, name)
}

// find is the chip that name means.
func find(chips []chip, name string) (chip, error) {
	var found []chip
	var known []string
	for _, c := range chips {
		known = append(known, fmt.Sprintf("%s [%s]", c.names[0], c.label))
		if c.is(name) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return chip{}, fmt.Errorf("no GPIO chip %s, there are %s: %w", name, strings.Join(known, ", "), drivers.ErrAbsent)
	}
	var choices []string
	for _, c := range found {
		choices = append(choices, c.names[0])
	}
	return chip{}, fmt.Errorf("%d GPIO chips are called %s: say which of %s", len(found), name, strings.Join(choices, ", "))
}

// place is a line of a chip.
type place struct {
	chip   chip
	offset int
}

func (p place) String() string { return fmt.Sprintf("%s:%d", p.chip.names[0], p.offset) }

// only is the one place that a line of that name has.
func only(found []place, pin boards.Pin) (place, error) {
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return place{}, fmt.Errorf("no GPIO line is called %q: %w", pin.Line, drivers.ErrAbsent)
	}
	var choices []string
	for _, p := range found {
		choices = append(choices, p.String())
	}
	return place{}, fmt.Errorf("%d GPIO lines are called %q: say which of %s", len(found), pin.Line, strings.Join(choices, ", "))
}

// remedy adds to an error what can be done about it.
func remedy(path string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return drivers.Denied(path, "gpio", err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// together is the chip that all of the places are on.
func together(places []place) (chip, error) {
	for _, p := range places[1:] {
		if p.chip.path != places[0].chip.path {
			return chip{}, fmt.Errorf("lines %v and %v are not of one chip", places[0], p)
		}
	}
	return places[0].chip, nil
}

// busy says who has a line.
func busy(p place, consumer string, err error) error {
	if consumer == "" {
		consumer = "the kernel or another program"
	}
	return fmt.Errorf("line %v is in use by %q: %w", p, consumer, err)
}
