package instruments_test

import (
	"fmt"

	"github.com/ioclet/ioclet/instruments"
)

func ExampleNames() {
	for _, name := range instruments.Names() {
		if name == "scpi-supply" {
			text, err := instruments.FS.ReadFile(name + ".yaml")
			fmt.Println(name, len(text) > 0, err)
		}
	}
	// Output: scpi-supply true <nil>
}
