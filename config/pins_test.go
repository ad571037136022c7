package config

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const pinsFile = `
board: raspberry-pi-4b
ports: {uart: {serial: /dev/ttyAMA0}, usb: {serial: /dev/ttyUSB0}}
devices:
  ADC: {i2c: {bus: 3, address: 0x48}, pvs: {A: {at: 0, scan: 1s}}}
  DAC: {i2c: {bus: 3, address: 0x49}, pvs: {A: {at: 0, scan: 1s}}}
  G: {port: uart, pvs: {A: {read: "A?", reply: "%f", scan: 1s}}}
  H: {port: usb, pvs: {A: {read: "A?", reply: "%f", scan: 1s}}}
  SOIL: {onewire: 28-0316a2795f2c, chip: ds18b20}
pvs:
  A: {gpio: GPIO4, direction: output}
  B: {gpio: "pin 8", direction: input}
`

// Pins that a bus usually has may be free: an overlay decides.
func TestPinsOfUsualBuses(t *testing.T) {
	m, err := Parse("f", []byte(pinsFile))
	if err != nil {
		t.Fatal(err)
	}
	var pins, warnings []string
	for _, u := range m.Pins() {
		pins = append(pins, fmt.Sprintf("%v: %v, line %d", u.Pin, u, u.Pos.Line))
	}
	for _, w := range m.Warnings {
		warnings = append(warnings, w.Error())
	}
	if d := cmp.Diff([]string{
		"GPIO14 (J8 pin 8): uart (UART0 TXD), line 3",
		"GPIO15 (J8 pin 10): uart (UART0 RXD), line 3",
		"GPIO4 (J8 pin 7): ADC (I2C3 SDA), line 5",
		"GPIO5 (J8 pin 29): ADC (I2C3 SCL), line 5",
		"GPIO4 (J8 pin 7): DAC (I2C3 SDA), line 6",
		"GPIO5 (J8 pin 29): DAC (I2C3 SCL), line 6",
		"GPIO4 (J8 pin 7): SOIL (1-Wire), line 9",
		"GPIO4 (J8 pin 7): A, line 11",
		"GPIO14 (J8 pin 8): B, line 12",
	}, pins); d != "" {
		t.Errorf("pins (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{
		"f:9:19: w1_bus_master1 usually has GPIO4 (J8 pin 7), which is used already by ADC (I2C3 SDA) in line 5",
		"f:11:13: GPIO4 (J8 pin 7) usually is a pin of i2c-3, used already by ADC in line 5",
		"f:12:13: GPIO14 (J8 pin 8) usually is a pin of ttyAMA0, used already by uart in line 3",
	}, warnings); d != "" {
		t.Errorf("warnings (-want +got):\n%s", d)
	}
}
