//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioclet/ioclet/hil/control"
)

// guest is the service of package control; what the calls do stands at control.Board.
type guest struct {
	mu      sync.Mutex
	held    []*os.File
	program *exec.Cmd
}

func (g *guest) Read(path string, text *string) error {
	b, err := os.ReadFile(path)
	*text = string(b)
	return err
}

func (g *guest) Write(s control.Setting, _ *control.Nothing) error {
	f, err := os.OpenFile(s.Path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(s.Text)
	return errors.Join(err, f.Close())
}

func (g *guest) Glob(pattern string, paths *[]string) (err error) {
	*paths, err = filepath.Glob(pattern)
	return err
}

func (g *guest) Resolve(path string, target *string) (err error) {
	*target, err = filepath.EvalSymlinks(path)
	return err
}

func (g *guest) Toggle(t control.Toggling, spans *[]control.Span) error {
	f, err := os.OpenFile(t.Path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, text := range t.Texts {
		begin := time.Now()
		if _, err := f.WriteAt([]byte(text), 0); err != nil {
			return err
		}
		*spans = append(*spans, control.Span{Begin: begin, End: time.Now()})
		if t.Pause > 0 {
			time.Sleep(t.Pause)
		}
	}
	return nil
}

func (g *guest) Now(_ control.Nothing, now *time.Time) error {
	*now = time.Now()
	return nil
}

// i2cSlave is I2C_SLAVE_FORCE of linux/i2c-dev.h: whom read and write are for.
const i2cSlave = 0x0706

func (g *guest) Send(m control.Message, _ *control.Nothing) error {
	f, err := os.OpenFile(fmt.Sprintf("/dev/i2c-%d", m.Bus), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.IoctlSetInt(int(f.Fd()), i2cSlave, int(m.Address)); err != nil {
		return err
	}
	_, err = f.Write(m.Data)
	return err
}

func (g *guest) Hold(path string, _ *control.Nothing) error {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = append(g.held, f)
	return nil
}

func (g *guest) Release(control.Nothing, *control.Nothing) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, f := range g.held {
		_ = f.Close() // that of a device which was pulled out fails
	}
	g.held = nil
	return nil
}

func (g *guest) Start(p control.Program, _ *control.Nothing) error {
	c := exec.Command(p.Args[0], p.Args[1:]...)
	c.Env = append([]string{"HOME=/", "PATH=/bin"}, p.Env...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.program = c
	return nil
}

func (g *guest) running() (*exec.Cmd, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.program == nil {
		return nil, errors.New("no program was started")
	}
	return g.program, nil
}

func (g *guest) Signal(s control.Signal, _ *control.Nothing) error {
	c, err := g.running()
	if err != nil {
		return err
	}
	return c.Process.Signal(syscall.Signal(s))
}

func (g *guest) Wait(_ control.Nothing, code *int) error {
	c, err := g.running()
	if err != nil {
		return err
	}
	err = c.Wait()
	*code = c.ProcessState.ExitCode()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

func (g *guest) PowerOff(control.Nothing, *control.Nothing) error {
	return unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}
