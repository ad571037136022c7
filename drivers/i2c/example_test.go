package i2c_test

import (
	"context"
	"fmt"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/i2c"
)

// An analog-to-digital converter that is set up once and then read, on a bus in memory.
// Without OpenBus it would be /dev/i2c-1.
func Example() {
	var wires driverstest.Registers
	chip := wires.Chip(0x48)
	chip.SetWidth(2)
	chip.Set(0x00, 0x40, 0x00)

	driver, err := i2c.New(i2c.Options{
		Bus:     "1",
		OpenBus: wires.Open,
		Devices: []i2c.Device{{
			Address: 0x48,
			Map: bus.Map{
				Init:      []bus.Setting{{At: 0x01, Data: []byte{0xC3, 0x83}}},
				Registers: []bus.Register{{At: 0x00, Type: bus.Int16, Scale: 0.000125}},
			},
		}},
	})
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
	level := driver.Channels()[0]
	volts, err := level.(drivers.Reader).Read(ctx)
	fmt.Printf("%s: %.3f V %v\n", level.Name(), volts.Float64(), err)
	fmt.Printf("config % X\n", chip.Bytes(0x01, 2))
	// Output:
	// 0x48/0x00: 2.048 V <nil>
	// config C3 83
}
