package i2c

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/host/v3/sysfs"

	"github.com/ioclet/ioclet/drivers"
)

// adapters is where the kernel lists the buses.
const adapters = "/sys/bus/i2c/devices"

// isPresent reports whether there is that bus.
func isPresent(bus string) bool {
	number, err := find(bus, adapters)
	if err == nil {
		_, err = os.Stat(fmt.Sprintf("/dev/i2c-%d", number))
	}
	return err == nil
}

// openKernel opens the kernel's bus of that number, path or name.
func openKernel(bus string) (i2c.BusCloser, error) {
	number, err := find(bus, adapters)
	if err != nil {
		return nil, err
	}
	path := fmt.Sprintf("/dev/i2c-%d", number)
	// sysfs.NewI2C says nothing that can be told apart, and advises the wrong group.
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, remedy(path, err)
	}
	f.Close()
	b, err := sysfs.NewI2C(number)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

var deviceFile = regexp.MustCompile(`^i2c-(\d+)$`)

// find is the number of a bus; adapters is where the kernel lists them.
func find(bus, adapters string) (int, error) {
	if n, err := strconv.ParseUint(bus, 10, 31); err == nil {
		return int(n), nil
	}
	if strings.HasPrefix(bus, "/") {
		real, err := filepath.EvalSymlinks(bus)
		if err != nil {
			var at *fs.PathError
			if errors.As(err, &at) {
				err = at.Err
			}
			return 0, remedy(bus, err)
		}
		m := deviceFile.FindStringSubmatch(filepath.Base(real))
		if m == nil {
			return 0, fmt.Errorf("%s is no I2C bus: want a link to /dev/i2c-N", bus)
		}
		return strconv.Atoi(m[1])
	}
	entries, _ := os.ReadDir(adapters) // none: no such name
	var names []string
	for _, e := range entries {
		m := deviceFile.FindStringSubmatch(e.Name())
		name, err := os.ReadFile(filepath.Join(adapters, e.Name(), "name"))
		if m == nil || err != nil {
			continue
		}
		text := strings.TrimSpace(string(name))
		if text == bus {
			return strconv.Atoi(m[1])
		}
		names = append(names, text)
	}
	if len(names) == 0 {
		return 0, fmt.Errorf("no I2C adapter %q, there is none at all (Raspberry Pi: dtparam=i2c_arm=on in config.txt, or raspi-config): %w", bus, drivers.ErrAbsent)
	}
	return 0, fmt.Errorf("no I2C adapter %q, there are: %s: %w", bus, strings.Join(names, ", "), drivers.ErrAbsent)
}
