package spi_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/drivers/spi"
)

func TestList(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"spidev10.0", "spidev0.1", "spidev0.0", "spidev0", "spidev1.0x", "spidev01.0"} {
		path := filepath.Join(root, "dev", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	ports, err := spi.List(root)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]spi.PortInfo{
		{Bus: 0, CS: 0, Path: "/dev/spidev0.0"}, {Bus: 0, CS: 1, Path: "/dev/spidev0.1"}, {Bus: 10, CS: 0, Path: "/dev/spidev10.0"},
	}, ports); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
