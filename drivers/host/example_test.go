package host_test

import (
	"context"
	"fmt"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/host"
	"github.com/ioclet/ioclet/drivers/sim"
)

// A simulated machine; without Files it would be this one.
func Example() {
	var files sim.Tree
	files.AddHost()
	machine, err := host.New(host.Options{Quantities: []string{"cpu_temp", "undervoltage"}, Files: &files})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, ch := range machine.Channels() {
		v, err := ch.(drivers.Reader).Read(context.Background())
		fmt.Println(ch.Name(), v, err)
	}
	// Output:
	// cpu_temp 48.312 <nil>
	// undervoltage 0 <nil>
}
