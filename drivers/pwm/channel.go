package pwm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// class is where the kernel has its chips.
const class = "/sys/class/pwm"

// settle is how long udev may take to give the files of a new channel to a group, and
// settleEvery how often that is tried.
const (
	settle      = 2 * time.Second
	settleEvery = 20 * time.Millisecond
)

// find is the directory of the chip.
func (d *Driver) find() (string, error) {
	files, name := d.options.Files, d.options.Chip
	entries, err := files.ReadDir(class)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	var found, known []string
	for _, e := range entries {
		number, ok := strings.CutPrefix(e, "pwmchip")
		if !ok {
			continue
		}
		dir := path.Join(class, e)
		if number == name || e == name {
			return dir, nil
		}
		at, err := files.RealPath(dir)
		if err != nil {
			continue // it is on its way out
		}
		at = strings.TrimSuffix(path.Dir(at), "/pwm")
		known = append(known, fmt.Sprintf("%s at %s", number, at))
		if _, err := strconv.Atoi(name); err != nil && slices.Contains(strings.Split(at, "/"), name) {
			found = append(found, dir)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		if len(known) == 0 {
			return "", fmt.Errorf("the kernel has no PWM (Raspberry Pi: dtoverlay=pwm-2chan in config.txt): %w", drivers.ErrAbsent)
		}
		return "", fmt.Errorf("no such chip, there are %s: %w", strings.Join(known, ", "), drivers.ErrAbsent)
	}
	return "", fmt.Errorf("%d chips, say which of %s: %w", len(found), strings.Join(known, ", "), drivers.ErrAbsent)
}

// export makes the channel's directory. d.mu is held.
func (d *Driver) export(ctx context.Context) error {
	files := d.options.Files
	chip, err := d.find()
	if err != nil {
		return err
	}
	if text, err := files.ReadFile(path.Join(chip, "npwm")); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && d.options.Channel >= n {
			return fmt.Errorf("the chip has channels 0 to %d: %w", n-1, drivers.ErrAbsent)
		}
	}
	d.chip, d.dir = chip, path.Join(chip, fmt.Sprintf("pwm%d", d.options.Channel))
	if _, err := files.ReadFile(path.Join(d.dir, "period")); err == nil {
		return nil // somebody has done it
	}
	err = files.WriteFile(path.Join(chip, "export"), []byte(strconv.Itoa(d.options.Channel)))
	switch {
	case errors.Is(err, syscall.EBUSY):
		return fmt.Errorf("in use by a driver of the kernel: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w; other systems want a udev rule for the subsystem pwm", drivers.Denied(path.Join(chip, "export"), "gpio", err))
	case err != nil:
		return err
	}
	d.exported = true
	return d.permitted(ctx, func() error {
		_, err := files.ReadFile(path.Join(d.dir, "period"))
		return err
	})
}

// permitted calls do until it may: the files of a channel that was just exported belong to
// root, until udev has seen them.
func (d *Driver) permitted(ctx context.Context, do func() error) error {
	over := time.Now().Add(settle)
	for {
		err := do()
		early := errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist)
		if !early || !d.exported || time.Now().After(over) {
			return err
		}
		timer := time.NewTimer(settleEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// state is what the kernel has been told of a channel.
type state struct {
	period, duty time.Duration
	enabled      bool
	inversed     bool
}

// state reads it. d.mu is held.
func (d *Driver) state() (s state, err error) {
	var enabled time.Duration
	for _, f := range []struct {
		name string
		to   *time.Duration
	}{{"period", &s.period}, {"duty_cycle", &s.duty}, {"enable", &enabled}} {
		text, err := d.options.Files.ReadFile(path.Join(d.dir, f.name))
		if err != nil {
			return s, err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err != nil {
			return s, fmt.Errorf("%s: %q is not a number", f.name, text)
		}
		*f.to = time.Duration(n)
	}
	s.enabled = enabled != 0
	text, err := d.options.Files.ReadFile(path.Join(d.dir, "polarity"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // hardware that cannot inverse has none
		return s, err
	}
	s.inversed = strings.TrimSpace(string(text)) == "inversed"
	return s, nil
}

// set makes the pulses that long. The kernel takes one file at a time, and at no time a
// duty above the period, nor another polarity while it runs. d.mu is held.
func (d *Driver) set(duty time.Duration) error {
	s, err := d.state()
	if err != nil {
		return err
	}
	period := d.options.Period
	if s.inversed != d.options.Inversed && s.enabled {
		if err := d.write("enable", "0"); err != nil {
			return err
		}
		s.enabled = false
	}
	if s.period != period {
		if s.duty > period { // no longer than it will be
			if err := d.write("duty_cycle", nanoseconds(min(duty, period))); err != nil {
				return err
			}
			s.duty = min(duty, period)
		}
		if err := d.write("period", nanoseconds(period)); err != nil {
			return fmt.Errorf("period %v: %w", period, err)
		}
	}
	if s.inversed != d.options.Inversed {
		if err := d.write("polarity", map[bool]string{false: "normal", true: "inversed"}[d.options.Inversed]); err != nil {
			return fmt.Errorf("polarity: %w", err)
		}
	}
	if s.duty != duty {
		if err := d.write("duty_cycle", nanoseconds(duty)); err != nil {
			return err
		}
	}
	if !s.enabled {
		return d.write("enable", "1")
	}
	return nil
}

func nanoseconds(t time.Duration) string { return strconv.FormatInt(int64(t), 10) }

func (d *Driver) write(name, text string) error {
	return d.options.Files.WriteFile(path.Join(d.dir, name), []byte(text))
}

// fault says what err means for the channel.
func (d *Driver) fault(status pv.Status, err error) error {
	lost := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV) || errors.Is(err, errClosed)
	if lost {
		status = pv.StatusComm
	}
	return &drivers.Fault{Status: status, Lost: lost, Err: fmt.Errorf("pwm %s: %w", d.name(), err)}
}
