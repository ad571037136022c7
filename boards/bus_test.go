package boards

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// text is how a bus is wired: a ? stands behind pins that may be others.
func (b Bus) text() string {
	var pins []string
	for _, p := range b.Pins {
		s := p.String() + " " + p.Function
		if p.Usual {
			s += "?"
		}
		pins = append(pins, s)
	}
	return strings.Join(pins, ", ")
}

func TestBus(t *testing.T) {
	for _, test := range []struct{ board, name, want string }{
		{"raspberry-pi-4b", "i2c-1", "GPIO2 (J8 pin 3) I2C1 SDA, GPIO3 (J8 pin 5) I2C1 SCL"},
		{"raspberry-pi-4b", "i2c-3", "GPIO4 (J8 pin 7) I2C3 SDA?, GPIO5 (J8 pin 29) I2C3 SCL?"},
		{"raspberry-pi-3b", "i2c-3", ""},
		{"raspberry-pi-1b-rev1", "i2c-1", ""}, // its pins are on no header
		{"raspberry-pi-3b", "spidev0.1", "GPIO11 (J8 pin 23) SPI0 SCLK, GPIO10 (J8 pin 19) SPI0 MOSI, GPIO9 (J8 pin 21) SPI0 MISO?, GPIO7 (J8 pin 26) SPI0 CE1?"},
		{"raspberry-pi-5", "ttyAMA0", "GPIO14 (J8 pin 8) UART0 TXD, GPIO15 (J8 pin 10) UART0 RXD"},
		{"raspberry-pi-5", "pwmchip0:2", "GPIO18 (J8 pin 12) PWM0 CHAN2?"},
		{"raspberry-pi-5", "1f00098000.pwm:3", "GPIO19 (J8 pin 35) PWM0 CHAN3?"},
		{"raspberry-pi-zero", "2020c000.pwm:1", "GPIO19 (J8 pin 35) PWM1?"},
		{"raspberry-pi-zero", "w1_bus_master1", "GPIO4 (J8 pin 7) 1-Wire?"},
		{"beaglebone-black", "i2c-2", "P9_20 I2C2 SDA, P9_19 I2C2 SCL"},
		{"chip", "ttyS2", "U13_17 UART2 TXD?, U13_20 UART2 RXD?"},
		{"generic", "i2c-1", "GPIO2 (J8 pin 3) i2c-1?, GPIO3 (J8 pin 5) i2c-1?"},
		{"generic", "ttyUSB0", ""},
	} {
		b := mustBoard(t, test.board).Bus(test.name)
		if got := b.text(); got != test.want || b.Name != test.name {
			t.Errorf("%s: Bus(%q) = %q, %s; want %s", test.board, test.name, b.Name, got, test.want)
		}
	}
}

// Each pin that a bus always has can do what the bus needs.
func TestBusFunctions(t *testing.T) {
	for _, name := range Names() {
		b := mustBoard(t, name)
		if len(b.Buses) == 0 {
			t.Errorf("%s has no buses", name)
		}
		for _, bus := range b.Buses {
			for _, p := range bus.Pins {
				if !p.Usual && !slices.Contains(p.Functions, p.Function) {
					t.Errorf("%s: %s: %v cannot be %q, only %q", name, bus.Name, p, p.Function, p.Functions)
				}
			}
		}
	}
}

func ExampleBoard_Bus() {
	board, err := ByName("raspberry-pi-4b")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range board.Bus("i2c-1").Pins {
		fmt.Println(p, "is", p.Function)
	}
	// Output:
	// GPIO2 (J8 pin 3) is I2C1 SDA
	// GPIO3 (J8 pin 5) is I2C1 SCL
}
