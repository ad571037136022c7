package sim

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// AddPWM adds a chip for package pwm, with a number, the name of its device, and
// channels, which appear when they are exported. It is as strict as the kernel
// (drivers/pwm/core.c): nothing but a period for a channel that has none, not even that it
// is off; no duty above the period; no other polarity of what runs.
func (t *Tree) AddPWM(number int, device string, channels int) *PWMChip {
	dir := fmt.Sprintf("/sys/class/pwm/pwmchip%d", number)
	t.Link(dir, fmt.Sprintf("/sys/devices/platform/%s/pwm/pwmchip%d", device, number))
	t.Set(dir+"/npwm", strconv.Itoa(channels)+"\n")
	channel := func(text []byte) (string, error) {
		n, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil || n < 0 || n >= channels {
			return "", syscall.ENODEV
		}
		return path.Join(dir, fmt.Sprintf("pwm%d", n)), nil
	}
	t.Handle(dir+"/export", denied, func(text []byte) error {
		c, err := channel(text)
		if err != nil {
			return err
		}
		if _, err := t.ReadFile(c + "/period"); err == nil {
			return syscall.EBUSY
		}
		new(pwmChannel).appear(t, c)
		return nil
	})
	t.Handle(dir+"/unexport", denied, func(text []byte) error {
		c, err := channel(text)
		if err == nil {
			t.Remove(c)
		}
		return err
	})
	return &PWMChip{t, dir}
}

// PWMChip is a chip of a [Tree].
type PWMChip struct {
	tree *Tree
	dir  string
}

// Channel is the files for a driver of a channel that is to fail at times, their only part.
// A channel that comes back after Unplug has been told nothing.
func (c *PWMChip) Channel(n int) *Faulty {
	return &Faulty{tree: c.tree, parts: []part{{path: c.dir, whole: c.dir, forget: path.Join(c.dir, fmt.Sprintf("pwm%d", n))}}}
}

func denied() ([]byte, error) { return nil, fs.ErrPermission }

// pwmChannel is what a channel was told.
type pwmChannel struct {
	mu                    sync.Mutex
	period, duty, enabled int64
	inversed              bool
}

// appear makes the files of the channel.
func (c *pwmChannel) appear(t *Tree, dir string) {
	number := func(name string, of *int64, fits func(x int64) bool) {
		t.Handle(path.Join(dir, name), func() ([]byte, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			return fmt.Appendln(nil, *of), nil
		}, func(text []byte) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			x, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			if err != nil || x < 0 || !fits(x) {
				return syscall.EINVAL
			}
			*of = x
			return nil
		})
	}
	number("period", &c.period, func(x int64) bool { return x > 0 && x >= c.duty })
	number("duty_cycle", &c.duty, func(x int64) bool { return c.period > 0 && x <= c.period })
	number("enable", &c.enabled, func(x int64) bool { return c.period > 0 && x <= 1 })
	t.Handle(path.Join(dir, "polarity"), func() ([]byte, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.inversed {
			return []byte("inversed\n"), nil
		}
		return []byte("normal\n"), nil
	}, func(text []byte) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch word := strings.TrimSpace(string(text)); {
		case c.enabled != 0:
			return syscall.EBUSY
		case c.period == 0 || word != "normal" && word != "inversed":
			return syscall.EINVAL
		default:
			c.inversed = word == "inversed"
		}
		return nil
	})
}
