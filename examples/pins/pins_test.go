// Package pins_test holds the example of pins to what it says.
package pins_test

import (
	"testing"

	"github.com/ioclet/ioclet/config"
)

// Config's tests run the file in simulated time; here it need only load, without a
// warning.
func TestLoads(t *testing.T) {
	m, err := config.Load("pins.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(m.PVs) != 16 || len(m.Warnings) != 0 {
		t.Errorf("%d PVs, want 16; warnings %v", len(m.PVs), m.Warnings)
	}
}
