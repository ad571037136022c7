package sysfs_test

import (
	"context"
	"fmt"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/sysfs"
)

// A converter behind a voltage divider of 1:11. Without Files it would be this
// machine's.
func Example() {
	var files sim.Tree
	files.Set("/sys/bus/iio/devices/iio:device0/name", "ads1115\n")
	files.Set("/sys/bus/iio/devices/iio:device0/in_voltage0_raw", "8727\n")
	files.Set("/sys/bus/iio/devices/iio:device0/in_voltage0_scale", "0.125\n") // millivolts
	adc, err := sysfs.New(sysfs.Options{
		Place:      sysfs.Place{Class: sysfs.IIO, Name: "ads1115"},
		Attributes: []sysfs.Attribute{{Name: "in_voltage0", Scale: 11}},
		Files:      &files,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	if err := adc.Open(ctx); err != nil {
		fmt.Println(err)
		return
	}
	v, err := adc.Channels()[0].(drivers.Reader).Read(ctx)
	fmt.Printf("%.3f V %v\n", v.Float64(), err)
	// Output:
	// 12.000 V <nil>
}
