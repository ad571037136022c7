//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func mountAll() error {
	for _, m := range []struct{ dir, fs string }{
		{"/proc", "proc"}, {"/sys", "sysfs"}, {"/dev", "devtmpfs"}, {"/sys/kernel/tracing", "tracefs"},
	} {
		if err := unix.Mount(m.fs, m.dir, m.fs, 0, ""); err != nil && !errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("mount %s: %w", m.dir, err)
		}
	}
	return nil
}

func setClock(seconds string) error {
	s, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return fmt.Errorf("hil.clock: %w", err)
	}
	tv := unix.NsecToTimeval(s * int64(time.Second))
	return unix.Settimeofday(&tv)
}

// loadModules loads the modules of the list in its order.
func loadModules() error {
	list, err := os.Open("/modules/list")
	if err != nil {
		return err
	}
	defer list.Close()
	names := bufio.NewScanner(list)
	for names.Scan() {
		if err := load("/modules/" + names.Text()); err != nil {
			return err
		}
	}
	return names.Err()
}

func load(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("load %s: %w", path, err)
	}
	return nil
}

// networkWait is how long the USB network adapter may take to appear.
const networkWait = 60 * time.Second

// startNetwork gives lo and the first other interface their addresses, those of QEMU's
// user network.
func startNetwork() error {
	if err := configure("lo", net.IPv4(127, 0, 0, 1), net.CIDRMask(8, 32)); err != nil {
		return err
	}
	for end := time.Now().Add(networkWait); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		interfaces, err := filepath.Glob("/sys/class/net/*/device") // those of hardware
		if err != nil {
			return err
		}
		if len(interfaces) > 0 {
			name := filepath.Base(filepath.Dir(interfaces[0]))
			return configure(name, net.IPv4(10, 0, 2, 15), net.CIDRMask(24, 32))
		}
	}
	return errors.New("no network adapter has appeared")
}

// requestAddress and requestFlags are struct ifreq of linux/if.h with those members of
// its union.
type requestAddress struct {
	name    [unix.IFNAMSIZ]byte
	address unix.RawSockaddrInet4
	_       [8]byte
}

type requestFlags struct {
	name  [unix.IFNAMSIZ]byte
	flags uint16
	_     [22]byte
}

// configure gives an interface its address and switches it on: netdevice(7).
func configure(name string, address net.IP, mask net.IPMask) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	ioctl := func(request uintptr, argument unsafe.Pointer) error {
		if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(argument)); e != 0 {
			return fmt.Errorf("interface %s: %w", name, e)
		}
		return nil
	}
	for _, set := range []struct {
		request uintptr
		bytes   []byte
	}{{unix.SIOCSIFADDR, address.To4()}, {unix.SIOCSIFNETMASK, mask}} {
		r := requestAddress{address: unix.RawSockaddrInet4{Family: unix.AF_INET}}
		copy(r.name[:], name)
		copy(r.address.Addr[:], set.bytes)
		if err := ioctl(set.request, unsafe.Pointer(&r)); err != nil {
			return err
		}
	}
	r := requestFlags{flags: unix.IFF_UP | unix.IFF_RUNNING}
	copy(r.name[:], name)
	return ioctl(unix.SIOCSIFFLAGS, unsafe.Pointer(&r))
}
