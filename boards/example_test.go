package boards_test

import (
	"fmt"

	"github.com/ioclet/ioclet/boards"
)

func ExampleBoard_Resolve() {
	board, err := boards.ByName("raspberry-pi-4b")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"pin 13", "GPIO14", "GPOI17", "pin 6"} {
		pin, err := board.Resolve(name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(pin, "is line", pin.Offset, "of", pin.Chip, pin.Functions)
	}
	// Output:
	// GPIO27 (J8 pin 13) is line 27 of pinctrl-bcm2711 [SPI6 CE1]
	// GPIO14 (J8 pin 8) is line 14 of pinctrl-bcm2711 [UART0 TXD SPI5 MOSI UART5 CTS UART1 TXD]
	// no pin "GPOI17" on raspberry-pi-4b (did you mean GPIO17?)
	// "pin 6" on raspberry-pi-4b is GND, not a GPIO line
}

func ExampleBoard_Diagram() {
	board, err := boards.ByName("raspberry-pi-1b")
	if err != nil {
		fmt.Println(err)
		return
	}
	used := map[string]string{"GPIO17": "RELAY", "GPIO18": "FAN:RPM"}
	fmt.Print(board.Diagram(boards.Look{Label: func(p boards.Pin) string { return used[p.Name] }}))
	// Output:
	//                  P1
	//           3V3  1 | 2  5V
	//         GPIO2  3 | 4  5V
	//         GPIO3  5 | 6  GND
	//         GPIO4  7 | 8  GPIO14
	//           GND  9 | 10 GPIO15
	// RELAY  GPIO17 11 | 12 GPIO18  FAN:RPM
	//        GPIO27 13 | 14 GND
	//        GPIO22 15 | 16 GPIO23
	//           3V3 17 | 18 GPIO24
	//        GPIO10 19 | 20 GND
	//         GPIO9 21 | 22 GPIO25
	//        GPIO11 23 | 24 GPIO8
	//           GND 25 | 26 GPIO7
	//
	//          P5
	//     5V  1 | 2  3V3
	// GPIO28  3 | 4  GPIO29
	// GPIO30  5 | 6  GPIO31
	//    GND  7 | 8  GND
}
