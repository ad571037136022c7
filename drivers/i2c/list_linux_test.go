package i2c

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestList(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, bus := range []string{"i2c-1", "i2c-10", "i2c-2"} {
		put("dev/"+bus, "")
	}
	put("dev/i2c-x", "")
	put("sys/bus/i2c/devices/i2c-1/name", "bcm2835 (i2c@7e804000)\n")
	put("sys/bus/i2c/devices/1-0076/name", "bme280\n")
	put("sys/bus/i2c/devices/1-0076/driver/bind", "")
	put("sys/bus/i2c/devices/1-0048/name", "dummy\n") // no driver has it
	put("sys/bus/i2c/devices/10-0050/driver/bind", "")
	buses, err := List(root)
	if err != nil {
		t.Fatal(err)
	}
	none := map[uint16]string{}
	if d := cmp.Diff([]BusInfo{
		{Number: 1, Path: "/dev/i2c-1", Adapter: "bcm2835 (i2c@7e804000)", Kernel: map[uint16]string{0x76: "bme280"}},
		{Number: 2, Path: "/dev/i2c-2", Kernel: none},
		{Number: 10, Path: "/dev/i2c-10", Kernel: map[uint16]string{0x50: ""}},
	}, buses); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
