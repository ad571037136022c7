package gpio

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
)

var testChips = []chip{
	{names: []string{"gpiochip0", "gpiochip4"}, label: "pinctrl-rp1", device: "1f000d0000.gpio", lines: 54},
	{names: []string{"gpiochip10"}, label: "mcp23017", device: "1-0020", lines: 16},
	{names: []string{"gpiochip11"}, label: "mcp23017", device: "1-0021", lines: 16},
}

func TestFindChip(t *testing.T) {
	for name, want := range map[string]string{
		"gpiochip0": "gpiochip0", "gpiochip4": "gpiochip0", "pinctrl-rp1": "gpiochip0", "1-0021": "gpiochip11",
	} {
		if c, err := find(testChips, name); err != nil || c.names[0] != want {
			t.Errorf("find(%q) = %v, %v; want %s", name, c.names, err, want)
		}
	}
	_, err := find(testChips, "pinctrl-bcm2711")
	if !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "there are gpiochip0 [pinctrl-rp1], gpiochip10 [mcp23017]") {
		t.Errorf("a chip that is not there: %v", err)
	}
	_, err = find(testChips, "mcp23017")
	if err == nil || errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "say which of gpiochip10, gpiochip11") {
		t.Errorf("two chips of one label: %v", err)
	}
}

func TestOnlyLine(t *testing.T) {
	pin := boards.Pin{Name: "RELAY1", Line: "RELAY1"}
	a, b := place{testChips[1], 3}, place{testChips[2], 3}
	if p, err := only([]place{b}, pin); err != nil || p.String() != "gpiochip11:3" {
		t.Errorf("only = %v, %v", p, err)
	}
	if _, err := only(nil, pin); !errors.Is(err, drivers.ErrAbsent) {
		t.Errorf("no line: %v", err)
	}
	_, err := only([]place{a, b}, pin)
	if err == nil || !strings.Contains(err.Error(), "say which of gpiochip10:3, gpiochip11:3") {
		t.Errorf("two lines: %v", err)
	}
}

func TestErrorsNameTheRemedy(t *testing.T) {
	err := remedy("/dev/gpiochip0", &fs.PathError{Op: "open", Path: "/dev/gpiochip0", Err: fs.ErrPermission})
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "usermod -aG gpio") {
		t.Errorf("remedy = %v", err)
	}
	err = busy(place{testChips[1], 3}, "spi0 CS0", errors.New("device or resource busy"))
	if want := `line gpiochip10:3 is in use by "spi0 CS0": device or resource busy`; err.Error() != want {
		t.Errorf("busy = %v, want %s", err, want)
	}
}

func TestKernelWithoutSuchLine(t *testing.T) {
	// Whatever this machine has, no chip of it is called that.
	_, err := Kernel{}.Request([]boards.Pin{{Name: "x", Chip: "no-such-chip"}}, Config{})
	if err == nil {
		t.Fatal("claimed a line of a chip that does not exist")
	}
	if !errors.Is(err, drivers.ErrAbsent) && !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Request = %v", err)
	}
}
