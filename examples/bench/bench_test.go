// Package bench_test holds the example bench to what the README promises of it.
package bench_test

import (
	"testing"

	"github.com/ioclet/ioclet/config"
)

// What stands in the README is the file that runs.
func TestLoads(t *testing.T) {
	m, err := config.Load("bench.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(m.PVs) != 8 {
		t.Errorf("%d PVs, want 8", len(m.PVs))
	}
}
