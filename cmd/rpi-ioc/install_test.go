//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/config"
)

const serviceFile = `ioc: {name: green house, prefix: "GH:"}
devices:
  AIR: {i2c: {bus: 1, address: 0x48}, pvs: {A: {at: 0}}}
  TC: {spi: {bus: 0}, chip: max31855}
  PS: {port: {serial: {usb: {vid: 0x0403}}}, pvs: {V: {read: "V?", reply: "%f"}}}
pvs:
  RELAY: {gpio: gpiochip0:3, direction: output}
`

// installation is a machine on which something is installed.
type installation struct {
	dir      string
	commands []string
	fails    string // the command that does
}

// program is rpi-ioc on that machine.
func (i *installation) program(out, errs *strings.Builder) *program {
	return &program{name: "rpi-ioc", stdout: out, stderr: errs, installer: installer{
		os: "linux", root: true, dir: i.dir,
		self: func() (string, error) { return filepath.Join(i.dir, "download"), nil },
		run: func(_ context.Context, command ...string) error {
			c := strings.Join(command, " ")
			i.commands = append(i.commands, c)
			if i.fails != "" && strings.Contains(c, i.fails) {
				return errors.New(c + ": failed")
			}
			return nil
		},
		systemd:  func() bool { return true },
		hasGroup: func(name string) bool { return name != "dialout" },
	}}
}

// write puts a file onto the machine.
func (i *installation) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(i.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInstall(t *testing.T) {
	i := &installation{dir: t.TempDir()}
	file := i.write(t, "etc/rpi-ioc/gh.yaml", serviceFile)
	i.write(t, "download", "a new program")
	i.write(t, "usr/local/bin/rpi-ioc", "an old program")
	var out, errs strings.Builder
	p := i.program(&out, &errs)
	if code := p.run(t.Context(), []string{"install", file}); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	program, err := os.ReadFile(filepath.Join(i.dir, "usr/local/bin/rpi-ioc"))
	if err != nil || string(program) != "a new program" {
		t.Errorf("the program is %q, %v", program, err)
	}
	if info, err := os.Stat(filepath.Join(i.dir, "usr/local/bin/rpi-ioc")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	unit, err := os.ReadFile(filepath.Join(i.dir, "etc/systemd/system/rpi-ioc-green-house.service"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"ExecStart=/usr/local/bin/rpi-ioc run " + file + "\n", "Type=notify\n", "WatchdogSec=30s\n", "SupplementaryGroups=gpio i2c spi\n",
		"DeviceAllow=char-gpiochip rw\nDeviceAllow=char-i2c rw\nDeviceAllow=char-spi rw\nDeviceAllow=char-ttyACM rw\nDeviceAllow=char-ttyUSB rw\n",
	} {
		if !strings.Contains(string(unit), want) {
			t.Errorf("no %q in\n%s", want, unit)
		}
	}
	if d := cmp.Diff([]string{
		"systemctl daemon-reload", "systemctl enable rpi-ioc-green-house.service", "systemctl restart rpi-ioc-green-house.service",
	}, i.commands); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if !strings.Contains(out.String(), "journalctl -u rpi-ioc-green-house.service") || !strings.Contains(errs.String(), "this machine has no group dialout") {
		t.Errorf("%s%s", &out, &errs)
	}
	left, err := filepath.Glob(filepath.Join(i.dir, "*/*/*/.rpi-ioc-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// The program that is in its place already is not copied onto itself.
func TestInstallFromItsPlace(t *testing.T) {
	i := &installation{dir: t.TempDir()}
	file := i.write(t, "gh.yaml", serviceFile)
	place := i.write(t, "usr/local/bin/rpi-ioc", "the program")
	before, err := os.Stat(place)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	p := i.program(&out, &errs)
	p.installer.self = func() (string, error) { return place, nil }
	if code := p.run(t.Context(), []string{"install", "--name", "x", "--user", "pi", file}); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	if after, err := os.Stat(place); err != nil || !os.SameFile(before, after) {
		t.Errorf("replaced: %v", err)
	}
	unit, err := os.ReadFile(filepath.Join(i.dir, "etc/systemd/system/rpi-ioc-x.service"))
	if err != nil || !strings.Contains(string(unit), "User=pi\n") || strings.Contains(string(unit), "DynamicUser") {
		t.Errorf("%v\n%s", err, unit)
	}
}

func TestInstallRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*installation, *program)
		file   string
		code   int
		want   string
	}{
		{"not root", func(_ *installation, p *program) { p.installer.root = false }, serviceFile, exitFailed, "only root can install a service"},
		{"not Linux", func(_ *installation, p *program) { p.installer.os = "darwin" }, serviceFile, exitFailed, "which darwin does not have"},
		{"no systemd", func(_ *installation, p *program) { p.installer.systemd = func() bool { return false } }, serviceFile, exitFailed, "which does not run here"},
		{"a file with mistakes", func(*installation, *program) {}, "pvs: {A: {}}", exitUsage, "A has nothing behind it"},
		{"systemd fails", func(i *installation, _ *program) { i.fails = "enable" }, serviceFile, exitFailed, "systemctl enable rpi-ioc-green-house.service: failed"},
	} {
		i := &installation{dir: t.TempDir()}
		file := i.write(t, "gh.yaml", test.file)
		i.write(t, "download", "")
		var out, errs strings.Builder
		p := i.program(&out, &errs)
		test.change(i, p)
		if code := p.run(t.Context(), []string{"install", file}); code != test.code || !strings.Contains(errs.String(), test.want) {
			t.Errorf("%s: exit code %d, %s", test.name, code, &errs)
		}
		if _, err := os.Stat(filepath.Join(i.dir, "usr/local/bin/rpi-ioc")); i.fails == "" && err == nil {
			t.Errorf("%s: the program is installed", test.name)
		}
	}
}

// A dry run changes nothing, needs no rights, and names the groups that the machine for
// which the file is will have.
func TestInstallDryRun(t *testing.T) {
	i := &installation{dir: t.TempDir()}
	file := i.write(t, "gh.yaml", serviceFile)
	var out, errs strings.Builder
	p := i.program(&out, &errs)
	p.installer.root = false
	if code := p.run(t.Context(), []string{"install", "--dry-run", file}); code != exitOK || len(i.commands) > 0 {
		t.Fatalf("exit code %d, %v: %s", code, i.commands, &errs)
	}
	if !strings.Contains(out.String(), "SupplementaryGroups=gpio i2c spi dialout\n") {
		t.Errorf("%s", &out)
	}
	files, err := os.ReadDir(i.dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

// The unit has whole paths, wherever the file was named from.
func TestInstallFromTheFilesDirectory(t *testing.T) {
	i := &installation{dir: t.TempDir()}
	file := i.write(t, "conf/gh.yaml", serviceFile+"put_log: {file: puts.jsonl}\n")
	t.Chdir(filepath.Dir(file))
	var out, errs strings.Builder
	i.program(&out, &errs).run(t.Context(), []string{"install", "--dry-run", "--user", "ann", "gh.yaml"})
	for _, want := range []string{"run " + file + "\n", "ReadWritePaths=" + filepath.Dir(file) + "\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s%s", want, &out, &errs)
		}
	}
}

// A service that cannot read its file would fail only once it is started.
func TestInstallWarnsOfWhatCannotBeRead(t *testing.T) {
	i := &installation{dir: t.TempDir()}
	file := i.write(t, "secret/gh.yaml", serviceFile+"put_log: {file: puts.jsonl}\n")
	if err := os.Chmod(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	i.program(&out, &errs).run(t.Context(), []string{"install", "--dry-run", file})
	for _, want := range []string{
		filepath.Dir(file) + " cannot be read by all", "the service writes to " + filepath.Dir(file),
	} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("no %q in %s", want, &errs)
		}
	}
	errs.Reset()
	i.program(&out, &errs).run(t.Context(), []string{"install", "--dry-run", "--user", "pi", file})
	if strings.Contains(errs.String(), "cannot be read") || strings.Contains(errs.String(), "writes to") {
		t.Errorf("%s", &errs)
	}
}

func TestUnit(t *testing.T) {
	for _, test := range []struct {
		name      string
		unit      unit
		has, lack []string
	}{
		{
			"no hardware",
			unit{file: "/etc/x.yaml", pvs: 100000},
			[]string{"PrivateDevices=yes", "ProtectKernelTunables=yes", "ProtectHome=yes", "GOMEMLIMIT=454MiB"},
			[]string{"SupplementaryGroups", "DeviceAllow", "ExecReload", "ReadWritePaths"},
		},
		{
			"a file with strange letters",
			unit{file: `/home/a b/100%$x.yaml`, title: "50%"},
			[]string{`run "/home/a b/100%%$$x.yaml"`, "ProtectHome=read-only", "Description=EPICS IOC 50%%"},
			nil,
		},
		{
			"files that are written",
			unit{file: "/etc/x.yaml", needs: config.Needs{Writes: []string{"/var/log/x/puts.jsonl", "/sys"}}},
			[]string{"ReadWritePaths=/var/log/x\n"},
			[]string{"ProtectKernelTunables", "ReadWritePaths=/sys"},
		},
		{
			"serial ports",
			unit{file: "/etc/x.yaml", needs: config.Needs{Serial: []string{"/dev/serial/by-id/usb-x", "/dev/serial0", "/dev/ttyS3", "/dev/ttyMAX0"}}},
			[]string{
				"DeviceAllow=/dev/ttyMAX0 rw", "DeviceAllow=char-ttyACM rw", "DeviceAllow=char-ttyUSB rw", "DeviceAllow=char-ttyAMA rw", "DeviceAllow=char-ttyS rw",
				"SupplementaryGroups=dialout\n", "DevicePolicy=closed",
			},
			[]string{"PrivateDevices"},
		},
		{"files to read again", unit{file: "/etc/x.yaml", needs: config.Needs{Reload: true}}, []string{"ExecReload=/bin/kill -HUP $MAINPID"}, nil},
	} {
		text := test.unit.text()
		for _, want := range test.has {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", test.name, want, text)
			}
		}
		for _, not := range test.lack {
			if strings.Contains(text, not) {
				t.Errorf("%s: %q in\n%s", test.name, not, text)
			}
		}
	}
}

// systemd itself has nothing to say against the unit.
func TestUnitVerified(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("no systemd-analyze here")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{dir: t.TempDir()}
	file := i.write(t, "gh.yaml", serviceFile)
	var out, errs strings.Builder
	u, _, err := i.program(&out, &errs).unit(file, "", "")
	if err != nil {
		t.Fatal(err)
	}
	u.program = self
	path := i.write(t, u.name, u.text())
	said, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", path).CombinedOutput()
	if err != nil || len(said) > 0 {
		t.Errorf("%v\n%s\n%s", err, said, u.text())
	}
}
