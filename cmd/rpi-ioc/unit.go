package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ioclet/ioclet/config"
)

// unit is a service of systemd that runs an IOC.
type unit struct {
	name    string // rpi-ioc-greenhouse.service
	program string // in whole paths
	file    string
	user    string // "": one that systemd makes for it
	title   string // of the IOC
	pvs     int
	needs   config.Needs
	without []string // groups that this machine does not have
}

// memory is a limit for the garbage collector that the IOC comes near only if something
// is wrong: a record takes less than 4 KiB with its clients.
func (u *unit) memory() int { return 64 + u.pvs*4/1024 }

// groups have the device files of the hardware: those of Raspberry Pi OS and Debian.
func (u *unit) groups() (names []string) {
	if u.needs.GPIO || u.needs.PWM {
		names = append(names, "gpio")
	}
	if u.needs.I2C {
		names = append(names, "i2c")
	}
	if u.needs.SPI {
		names = append(names, "spi")
	}
	if len(u.needs.Serial) > 0 {
		names = append(names, "dialout")
	}
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(u.without, name) })
}

// devices are those that the service may open: device files, or the kernel's names for a
// kind of them (/proc/devices), since numbers change when something is plugged in anew.
func (u *unit) devices() (names []string) {
	if u.needs.GPIO {
		names = append(names, "char-gpiochip")
	}
	if u.needs.I2C {
		names = append(names, "char-i2c")
	}
	if u.needs.SPI {
		names = append(names, "char-spi")
	}
	for _, path := range u.needs.Serial {
		base := filepath.Base(path)
		kind := strings.TrimRight(base, "0123456789")
		switch {
		case kind == "ttyUSB" || kind == "ttyACM" || kind == "ttyS" || kind == "ttyAMA":
			names = append(names, "char-"+kind)
		case path == "" || strings.HasPrefix(path, "/dev/serial/"):
			names = append(names, "char-ttyUSB", "char-ttyACM")
		case strings.HasPrefix(path, "/dev/serial"): // a Raspberry Pi's serial0
			names = append(names, "char-ttyAMA", "char-ttyS")
		default:
			names = append(names, path)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// writable are the directories that the service may write to, but for those of /sys; sys
// reports whether it may write there.
func (u *unit) writable() (directories []string, sys bool) {
	for _, path := range u.needs.Writes {
		if path == "/sys" || strings.HasPrefix(path, "/sys/") {
			sys = true
		} else {
			directories = append(directories, filepath.Dir(path))
		}
	}
	return slices.Compact(directories), sys
}

// text is the unit file.
func (u *unit) text() string {
	var s strings.Builder
	line := func(form string, args ...any) { fmt.Fprintf(&s, form+"\n", args...) }
	line("# Made by \"rpi-ioc install\" for %s. Changes: systemctl edit %s", u.file, u.name)
	line("[Unit]")
	line("Description=EPICS IOC %s", specifiers(u.title))
	line("Documentation=https://github.com/ioclet/ioclet")
	line("# The IOC waits for interfaces and hardware itself.")
	line("After=network.target")
	line("StartLimitIntervalSec=0")
	line("")
	line("[Service]")
	line("Type=notify")
	line("ExecStart=%s run %s", quoted(u.program), quoted(u.file))
	if u.needs.Reload {
		line("ExecReload=/bin/kill -HUP $MAINPID")
	}
	line("Restart=always")
	line("RestartSec=2s")
	line("# It is alive as long as its scans advance.")
	line("WatchdogSec=30s")
	line("TimeoutStopSec=10s")
	line("Environment=GOMEMLIMIT=%dMiB", u.memory())
	line("# EPICS_CAS_ and EPICS_CA_ variables")
	line("EnvironmentFile=-/etc/default/rpi-ioc")
	line("")
	line("# Who it is: in the groups of the hardware that the file needs, and nobody else.")
	if u.user == "" {
		line("DynamicUser=yes")
	} else {
		line("User=%s", u.user)
	}
	if g := u.groups(); len(g) > 0 {
		line("SupplementaryGroups=%s", strings.Join(g, " "))
	}
	line("")
	line("# What it may do: no more than that.")
	devices := u.devices()
	if len(devices) == 0 {
		line("PrivateDevices=yes")
	} else {
		line("DevicePolicy=closed")
		for _, d := range devices {
			line("DeviceAllow=%s rw", d)
		}
	}
	directories, sys := u.writable()
	line("ProtectSystem=strict")
	for _, d := range directories {
		line("ReadWritePaths=%s", quoted(d))
	}
	line("ProtectHome=%s", protectHome(u.file))
	if !sys {
		line("ProtectKernelTunables=yes")
	}
	for _, key := range []string{
		"PrivateTmp", "NoNewPrivileges", "ProtectKernelModules", "ProtectKernelLogs", "ProtectControlGroups", "ProtectHostname",
		"RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "LockPersonality", "MemoryDenyWriteExecute",
	} {
		line("%s=yes", key)
	}
	line("CapabilityBoundingSet=")
	line("RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK")
	line("SystemCallArchitectures=native")
	line("# adjtimex: whether the clock is synchronised")
	line("SystemCallFilter=@system-service adjtimex clock_adjtime")
	line("SystemCallErrorNumber=EPERM")
	line("")
	line("[Install]")
	line("WantedBy=multi-user.target")
	return s.String()
}

// protectHome lets the service read a file that is in somebody's home.
func protectHome(file string) string {
	for _, home := range []string{"/home/", "/root/", "/run/user/"} {
		if strings.HasPrefix(file, home) {
			return "read-only"
		}
	}
	return "yes"
}

// specifiers keeps systemd from reading % in a text.
func specifiers(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// quoted is a path as one word of a unit file (systemd.syntax(7)).
func quoted(path string) string {
	path = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(path)
	if strings.ContainsAny(path, " '\"\\;") {
		return `"` + path + `"`
	}
	return path
}
