package i2c

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// List finds the I2C buses of this machine, in the order of their numbers, without
// using them. root is its root directory, "/".
func List(root string) ([]BusInfo, error) {
	paths, err := filepath.Glob(filepath.Join(root, "dev/i2c-*"))
	if err != nil {
		return nil, err
	}
	devices := filepath.Join(root, "sys/bus/i2c/devices")
	var buses []BusInfo
	for _, path := range paths {
		name := filepath.Base(path)
		number, err := strconv.Atoi(strings.TrimPrefix(name, "i2c-"))
		if err != nil {
			continue
		}
		b := BusInfo{Number: number, Path: "/dev/" + name, Adapter: attribute(filepath.Join(devices, name, "name"))}
		if err := unix.Access(path, unix.R_OK|unix.W_OK); err != nil {
			b.Err = remedy(b.Path, err)
		}
		b.Kernel = driven(devices, number)
		buses = append(buses, b)
	}
	slices.SortFunc(buses, func(a, b BusInfo) int { return a.Number - b.Number })
	return buses, nil
}

// driven are the chips of a bus that the kernel has drivers for: 1-0076 is at address
// 0x76 of bus 1.
func driven(devices string, number int) map[uint16]string {
	chips := map[uint16]string{}
	paths, _ := filepath.Glob(filepath.Join(devices, fmt.Sprintf("%d-[0-9a-f]*", number))) // the pattern is good
	for _, path := range paths {
		address, err := strconv.ParseUint(strings.TrimPrefix(filepath.Base(path), fmt.Sprintf("%d-", number)), 16, 16)
		if err != nil {
			continue
		}
		if _, err := os.Lstat(filepath.Join(path, "driver")); err == nil {
			chips[uint16(address)] = attribute(filepath.Join(path, "name"))
		}
	}
	return chips
}

func attribute(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
