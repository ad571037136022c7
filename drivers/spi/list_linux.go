package spi

import (
	"fmt"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// List finds the chip selects of this machine, in the order of their numbers, without
// using them: a chip on SPI does not say that it is there. root is its root directory,
// "/".
func List(root string) ([]PortInfo, error) {
	paths, err := filepath.Glob(filepath.Join(root, "dev/spidev*"))
	if err != nil {
		return nil, err
	}
	var ports []PortInfo
	for _, path := range paths {
		p := PortInfo{Path: "/dev/" + filepath.Base(path)}
		if _, err := fmt.Sscanf(p.Path, "/dev/spidev%d.%d", &p.Bus, &p.CS); err != nil || devicePath(p.Bus, p.CS) != p.Path {
			continue
		}
		if err := unix.Access(path, unix.R_OK|unix.W_OK); err != nil {
			p.Err = remedy(p.Path, err)
		}
		ports = append(ports, p)
	}
	slices.SortFunc(ports, func(a, b PortInfo) int {
		if a.Bus != b.Bus {
			return a.Bus - b.Bus
		}
		return a.CS - b.CS
	})
	return ports, nil
}
