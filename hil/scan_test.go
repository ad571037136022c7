//go:build hil

package hil_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/hil/control"
)

// testScan has rpi-ioc find what the board has, before an IOC uses it.
func testScan(t *testing.T, m *machine) {
	before := len(m.said())
	if err := m.Start(control.Program{Args: []string{"/bin/rpi-ioc", "scan"}}); err != nil {
		t.Fatal(err)
	}
	if code, err := m.Wait(); code != 0 || err != nil {
		t.Fatalf("exit code %d, %v", code, err)
	}
	for _, want := range []string{
		`raspberry-pi-3b \(Raspberry Pi 3 Model B`, // behind what the terminal is told meanwhile
		`^  /dev/gpiochip\d: pinctrl-bcm2835, 54 lines$`,
		`^  /dev/gpiochip\d: bench, 4 lines$`,
		`^  /dev/i2c-1: bcm2835 `,
		`^    0x48  could be `, // the thermometer, behind the branch that is on
		`^    0x50`,            // the EEPROM
		fmt.Sprintf(`^    0x%02X`, multiplexer),
		`^  /dev/ttyUSB0: .*usb 0403:6001`,
		`^For a configuration file:$`,
	} {
		pattern := regexp.MustCompile("(?m)" + want)
		poll(t, want, func() error { // the console is slow
			if said := m.said()[before:]; !pattern.MatchString(said) {
				return fmt.Errorf("no line %s in\n%s", want, said)
			}
			return nil
		})
	}
	if said := m.said()[before:]; strings.Contains(said, "\n    0x49") {
		t.Errorf("a chip is found that is not there:\n%s", said)
	}
}
