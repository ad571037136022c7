package bus_test

import (
	"context"
	"fmt"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/pv"
)

// memory is a bus with one chip of 256 registers on it.
type memory struct{ content [256]byte }

func (m *memory) Tx(_ int, w, r []byte) error {
	copy(m.content[w[0]:], w[1:])
	copy(r, m.content[w[0]:])
	return nil
}

func (m *memory) Close() error { return nil }

// A register of which four bits are a number, on a bus of one's own.
func Example() {
	chip := &memory{}
	chip.content[0x10] = 0xA5
	driver, err := bus.New(bus.Options{
		Name: "toy",
		Open: func() (bus.Bus, error) { return chip, nil },
		Devices: []bus.Device{{Name: "chip", Map: bus.Map{
			Registers: []bus.Register{{At: 0x10, Mask: 0xF0, Shift: 4, Write: true, Exit: pv.Float64Value(0)}},
		}}},
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
	gain := driver.Channel(0, 0)
	v, err := gain.(drivers.Reader).Read(ctx)
	fmt.Println(gain.Name(), v, err)
	err = gain.(drivers.Writer).Write(ctx, pv.Float64Value(3))
	fmt.Printf("0x%X %v\n", chip.content[0x10], err)
	driver.Close()
	fmt.Printf("0x%X\n", chip.content[0x10])
	// Output:
	// chip/0x10 10 <nil>
	// 0x35 <nil>
	// 0x5
}
