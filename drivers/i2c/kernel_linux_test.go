package i2c

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/drivers"
)

// Numbers of buses change with overlays and adapters; names and links do not.
func TestBusByStableName(t *testing.T) {
	adapters, dev := t.TempDir(), t.TempDir()
	for entry, name := range map[string]string{"i2c-1": "bcm2835 (i2c@7e804000)", "i2c-20": "fef04500.i2c", "1-0048": "lm75"} {
		if err := os.MkdirAll(filepath.Join(adapters, entry), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(adapters, entry, "name"), []byte(name+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"i2c-7", "null"} {
		if err := os.WriteFile(filepath.Join(dev, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(file, filepath.Join(dev, "link-"+file)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		bus  string
		want int
		err  string
	}{
		{"3", 3, ""},
		{"fef04500.i2c", 20, ""},
		{"bcm2835 (i2c@7e804000)", 1, ""},
		{"lm75", 0, `no I2C adapter "lm75", there are: `},
		{filepath.Join(dev, "link-i2c-7"), 7, ""},
		{filepath.Join(dev, "link-null"), 0, "is no I2C bus: want a link to /dev/i2c-N"},
		{filepath.Join(dev, "none"), 0, "none does not exist: switch the bus on"},
	} {
		got, err := find(test.bus, adapters)
		if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %d, %v; want %d, %q", test.bus, got, err, test.want, test.err)
		}
	}
	if _, err := find("x", filepath.Join(dev, "none")); !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "dtparam=i2c_arm=on") {
		t.Errorf("no adapters: %v", err)
	}
}
