package gpio_test

import (
	"context"
	"fmt"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/gpio"
	"github.com/ioclet/ioclet/pv"
)

// A relay board that switches on with a low level, on a simulated line. Without
// Backend it would be the kernel's line.
func Example() {
	pin, err := boards.Generic().Resolve("pin 11")
	if err != nil {
		fmt.Println(err)
		return
	}
	var lines driverstest.Lines
	relay, err := gpio.New(gpio.Options{
		Pins:      []boards.Pin{pin},
		Backend:   &lines,
		Direction: gpio.Output,
		ActiveLow: true,
		Initial:   gpio.Off,
		OnExit:    gpio.Off,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	if err := relay.Open(ctx); err != nil {
		fmt.Println(err)
		return
	}
	channel := relay.Channels()[0]
	err = channel.(drivers.Writer).Write(ctx, pv.EnumValue(1))
	fmt.Println(channel.Name(), "is high:", lines.Line("GPIO17").Level(), err)
	err = relay.Close()
	fmt.Println(channel.Name(), "is high:", lines.Line("GPIO17").Level(), err)
	// Output:
	// GPIO17 is high: false <nil>
	// GPIO17 is high: true <nil>
}
