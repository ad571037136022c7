package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/config"
)

// Where programs and units of this machine's own go.
const (
	programPath = "/usr/local/bin/rpi-ioc"
	unitDir     = "/etc/systemd/system"
)

// installer is how a service is installed.
type installer struct {
	os   string // GOOS
	root bool   // this is root
	// systemd reports whether it has started this machine.
	systemd func() bool
	dir     string                 // in front of all paths, for tests
	self    func() (string, error) // the path of this program
	run     func(context.Context, ...string) error
	// hasGroup reports whether there is a group of that name.
	hasGroup func(name string) bool
}

// thisInstaller installs on this machine.
var thisInstaller = installer{
	os: runtime.GOOS, root: os.Geteuid() == 0, self: os.Executable,
	systemd: func() bool {
		_, err := os.Lstat("/run/systemd/system") // sd_booted(3)
		return err == nil
	},
	run: func(ctx context.Context, command ...string) error {
		out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
		}
		return nil
	},
	hasGroup: func(name string) bool {
		_, err := user.LookupGroup(name)
		return err == nil
	},
}

func (p *program) installCommand() *cobra.Command {
	var dryRun bool
	var name, owner string
	cmd := &cobra.Command{
		Use:   "install FILE",
		Short: "Install an IOC as a service that starts with the machine",
		Long: `Install an IOC as a service of systemd that starts with the machine.

The program is copied to ` + programPath + `, a unit rpi-ioc-NAME.service is written,
enabled and started. The configuration file stays where it is: all users must be able to
read it, as in /etc/rpi-ioc. The service is in the groups of the hardware that the file
needs and may do nothing else; it is started anew when it ends, or when its scans do not
advance any more. EPICS_CAS_ and EPICS_CA_ variables are read from /etc/default/rpi-ioc.

--dry-run prints the unit and changes nothing; else it takes root.`,
		Example: `  rpi-ioc install --dry-run /etc/rpi-ioc/greenhouse.yaml
  sudo rpi-ioc install /etc/rpi-ioc/greenhouse.yaml
  journalctl -u rpi-ioc-greenhouse -f`,
		Args:              oneFile,
		ValidArgsFunction: completeYAML,
		RunE: func(cmd *cobra.Command, args []string) error {
			u, warnings, err := p.unit(args[0], name, owner)
			if err != nil {
				return err
			}
			for _, g := range u.groups() {
				if !p.installer.hasGroup(g) {
					warnings = append(warnings, fmt.Sprintf("this machine has no group %s: a rule of udev must give the service its device files otherwise", g))
					if !dryRun {
						u.without = append(u.without, g)
					}
				}
			}
			for _, w := range warnings {
				fmt.Fprintln(p.stderr, "warning:", w)
			}
			if dryRun {
				_, err := io.WriteString(p.stdout, u.text())
				return err
			}
			if err := p.installer.install(cmd.Context(), u); err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "%s runs, and starts with the machine. See:\n\n  systemctl status %[1]s\n  journalctl -u %[1]s\n", u.name)
			return nil
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the unit only")
	cmd.Flags().StringVar(&name, "name", "", "of the service: rpi-ioc-NAME; that of the IOC if not given")
	cmd.Flags().StringVar(&owner, "user", "", "whom the service runs as; a user made for it if not given")
	return cmd
}

// unit is the service for a file, with what may keep it from working.
func (*program) unit(file, name, owner string) (u *unit, warnings []string, err error) {
	if file, err = filepath.Abs(file); err != nil {
		return nil, nil, err
	}
	m, err := config.Load(file) // by its whole path, for those of the files that it names
	if err != nil {
		return nil, nil, err
	}
	if name == "" {
		name = m.Name
	}
	for _, w := range m.Warnings {
		warnings = append(warnings, w.Error())
	}
	u = &unit{
		name: "rpi-ioc-" + unitLetters(name) + ".service", program: programPath, file: file, user: owner,
		title: m.Name, pvs: len(m.PVs), needs: m.Needs(),
	}
	if owner == "" {
		if path := unreadable(file); path != "" {
			warnings = append(warnings, fmt.Sprintf("%s cannot be read by all: put the file into /etc/rpi-ioc, or name a user with --user", path))
		}
		if dirs, _ := u.writable(); len(dirs) > 0 {
			warnings = append(warnings, fmt.Sprintf("the service writes to %s: name a user who may with --user", strings.Join(dirs, ", ")))
		}
	}
	return u, warnings, nil
}

// unitLetters replaces what cannot be in the name of a unit (systemd.unit(5)).
func unitLetters(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.-", r) {
			return r
		}
		return '-'
	}, name)
}

// unreadable is what of the way to a file somebody without rights cannot pass, "" if
// there is nothing.
func unreadable(file string) string {
	need := os.FileMode(0o004)
	for path := file; ; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&need != need {
			return path
		}
		if path == filepath.Dir(path) {
			return ""
		}
		need = 0o001 // to pass through a directory
	}
}

// install does all of it. What was done stays done if something fails: installing again
// goes on from there.
func (i *installer) install(ctx context.Context, u *unit) error {
	switch {
	case i.os != "linux":
		return fmt.Errorf("services are installed with systemd, which %s does not have", i.os)
	case !i.root:
		return errors.New("only root can install a service: sudo rpi-ioc install, or --dry-run to see the unit")
	case !i.systemd():
		return errors.New("services are installed with systemd, which does not run here: --dry-run prints the unit")
	}
	self, err := i.self()
	if err != nil {
		return err
	}
	if err := copyProgram(self, i.dir+u.program); err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(i.dir+unitDir, u.name), 0o644, strings.NewReader(u.text())); err != nil {
		return err
	}
	for _, command := range [][]string{
		{"systemctl", "daemon-reload"},
		{"systemctl", "enable", u.name},
		{"systemctl", "restart", u.name}, // it may be running already, as it was before
	} {
		if err := i.run(ctx, command...); err != nil {
			return err
		}
	}
	return nil
}

// copyProgram copies a program, unless it is that already.
func copyProgram(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	source, err := f.Stat()
	if err != nil {
		return err
	}
	if target, err := os.Stat(to); err == nil && os.SameFile(source, target) {
		return nil
	}
	return replaceFile(to, 0o755, f)
}

// replaceFile writes a file beside its place and then puts it there: a program that runs
// cannot be written to, and nobody reads half a file.
func replaceFile(path string, mode os.FileMode, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".rpi-ioc-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it has been put in place
	_, err = io.Copy(f, content)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
