package driverstest

import (
	"testing"

	"github.com/ioclet/ioclet/drivers"
)

// Open has a driver made by its package's New, and opens it. The test ends if that fails.
// The driver is closed with the test, and that must not fail.
func Open[O any, D drivers.Driver](tb testing.TB, make func(O) (D, error), options O) D {
	tb.Helper()
	d, err := make(options)
	if err != nil {
		tb.Fatal(err)
	}
	if err := d.Open(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := d.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return d
}
