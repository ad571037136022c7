package serial

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// List finds the serial ports of this machine, in the order of their names, without
// opening them, which would pulse DTR. root is its root directory, "/".
func List(root string) ([]PortInfo, error) {
	ttys, err := filepath.Glob(filepath.Join(root, "sys/class/tty/tty*/device"))
	if err != nil {
		return nil, err
	}
	links := linksIn(filepath.Join(root, "dev"))
	var ports []PortInfo
	for _, device := range ttys {
		class := filepath.Dir(device)
		if attribute(class, "type") == "0" { // PORT_UNKNOWN: the 8250 driver makes room for ports that are not there
			continue
		}
		name := filepath.Base(class)
		p := PortInfo{Path: "/dev/" + name, Links: links[name]}
		if err := unix.Access(filepath.Join(root, p.Path), unix.R_OK|unix.W_OK); err != nil {
			p.Err = openError(p.Path, err)
		}
		if driver, err := filepath.EvalSymlinks(filepath.Join(device, "driver")); err == nil {
			p.Driver = filepath.Base(driver)
		}
		if dir, err := filepath.EvalSymlinks(device); err == nil {
			p.onUSB(dir)
		}
		ports = append(ports, p)
	}
	return ports, nil
}

// onUSB finds the USB adapter that a port belongs to.
func (p *PortInfo) onUSB(dir string) {
	for range 3 { // …/1-1 (the device) /1-1:1.0 (interface) /ttyUSB0
		if has, ok := usbAt(dir); ok {
			p.USB = &has
			p.Product = strings.TrimSpace(attribute(dir, "manufacturer") + " " + attribute(dir, "product"))
			return
		}
		dir = filepath.Dir(dir)
	}
}

// linksIn are the links to device files below dev, by the names of the files.
func linksIn(dev string) map[string][]string {
	var paths []string
	for _, pattern := range []string{"serial/by-id/*", "serial[0-9]"} {
		found, _ := filepath.Glob(filepath.Join(dev, pattern)) // the patterns are good
		paths = append(paths, found...)
	}
	links := map[string][]string{}
	for _, path := range paths {
		target, err := os.Readlink(path)
		if err != nil {
			continue
		}
		below, err := filepath.Rel(dev, path)
		if err != nil {
			continue
		}
		name := filepath.Base(target)
		links[name] = append(links[name], "/dev/"+filepath.ToSlash(below))
	}
	for _, l := range links {
		slices.Sort(l)
	}
	return links
}
