package pwm_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/pwm"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

// A heater on a simulated chip. With sysfs.Kernel{} as Files it would be the kernel's.
func Example() {
	var tree sim.Tree
	tree.AddPWM(0, "1f00098000.pwm", 4)
	off := 0.0
	heater, err := pwm.New(pwm.Options{Files: &tree, Chip: "1f00098000.pwm", Channel: 1, Period: 20 * time.Millisecond, OnExit: &off})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	if err := heater.Open(ctx); err != nil {
		fmt.Println(err)
		return
	}
	channel := heater.Channels()[0]
	err = channel.(drivers.Writer).Write(ctx, pv.Float64Value(12.5))
	duty, _ := tree.ReadFile("/sys/class/pwm/pwmchip0/pwm1/duty_cycle")
	fmt.Printf("%s: %s ns %v\n", channel.Name(), duty[:len(duty)-1], err)
	fmt.Println(heater.Close())
	// Output:
	// chip 1f00098000.pwm channel 1: 2500000 ns <nil>
	// <nil>
}
