package spi_test

import (
	"context"
	"fmt"

	periph "periph.io/x/conn/v3/spi"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/spi"
)

// A thermocouple amplifier that sends 32 bits whatever it is sent, of which the upper
// 14 are the temperature, simulated. Without OpenPort it would be /dev/spidev0.0.
func Example() {
	options := spi.Options{Devices: []spi.Device{{
		Mode: periph.Mode0,
		Map:  bus.Map{Exchange: true, Registers: []bus.Register{{Type: bus.Int32, Mask: 0xFFFC_0000, Shift: 18, Scale: 0.25}}},
	}}}
	simulated, err := sim.NewSPI(options, sim.BusOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	simulated.Set(sim.ValueID{}, -12.25)
	options.OpenPort = simulated.Open

	driver, err := spi.New(options)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	if err := driver.Open(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer driver.Close()
	temperature := driver.Channel(0, 0)
	v, err := temperature.(drivers.Reader).Read(ctx)
	fmt.Println(temperature.Name(), v, err)
	// Output:
	// cs 0/0x00000000 -12.25 <nil>
}
