package gpio

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
	"github.com/warthog618/go-gpiocdev/uapi"
	"golang.org/x/sys/unix"
)

// eventBuffer is how many edges the kernel keeps for a line until they are read, 48
// bytes each. Its own choice would be 16.
const eventBuffer = 256

// Request claims lines of the kernel. Backend.
func (Kernel) Request(pins []boards.Pin, c Config) (Claim, error) {
	chips, err := listChips("/dev", "/sys/bus/gpio/devices", describe)
	if err != nil {
		return nil, err
	}
	places := make([]place, len(pins))
	for i, pin := range pins {
		if places[i], err = locate(chips, pin); err != nil {
			return nil, err
		}
	}
	chip, err := together(places)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(chip.path, os.O_RDWR, 0)
	if err != nil {
		return nil, remedy(chip.path, err)
	}
	defer f.Close()
	return request(f, places, c)
}

// listChips finds the chips below dev. A chip that cannot be asked is an error only if
// no chip can be asked.
func listChips(dev, sys string, describe func(path string) (label string, lines int, err error)) ([]chip, error) {
	paths, err := filepath.Glob(filepath.Join(dev, "gpiochip*"))
	if err != nil {
		return nil, err
	}
	var chips []chip
	var failed error
	links := map[string][]string{} // Raspberry Pi OS links gpiochip4 to gpiochip0 on a Pi 5
	for _, path := range paths {
		if target, err := os.Readlink(path); err == nil {
			target = filepath.Base(target)
			links[target] = append(links[target], filepath.Base(path))
			continue
		}
		label, lines, err := describe(path)
		if err != nil {
			failed = remedy(path, err)
			continue
		}
		name := filepath.Base(path)
		chips = append(chips, chip{path: path, names: []string{name}, label: label, device: deviceOf(sys, name), lines: lines})
	}
	for i := range chips {
		chips[i].names = append(chips[i].names, links[chips[i].names[0]]...)
	}
	switch {
	case len(chips) > 0:
		return chips, nil
	case failed != nil:
		return nil, failed
	}
	return nil, fmt.Errorf("no GPIO chips (%s): %w", filepath.Join(dev, "gpiochip*"), drivers.ErrAbsent)
}

// deviceOf is the name of the hardware device that a chip belongs to, "" if sysfs does
// not tell: .../ocp/4804c000.gpio/gpiochip1.
func deviceOf(sys, name string) string {
	path, err := filepath.EvalSymlinks(filepath.Join(sys, name))
	if err != nil {
		return ""
	}
	return filepath.Base(filepath.Dir(path))
}

// describe asks a chip for its label and the number of its lines.
func describe(path string) (label string, lines int, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	var info uapi.ChipInfo
	err = control(f, func(fd uintptr) (err error) {
		info, err = uapi.GetChipInfo(fd)
		return err
	})
	return uapi.BytesToString(info.Label[:]), int(info.Lines), err
}

// locate finds the line that pin means.
func locate(chips []chip, pin boards.Pin) (place, error) {
	if pin.Chip != "" {
		c, err := find(chips, pin.Chip)
		if err != nil {
			return place{}, err
		}
		if pin.Offset < 0 || pin.Offset >= c.lines {
			return place{}, fmt.Errorf("GPIO chip %s has lines 0 to %d, not %d: %w", pin.Chip, c.lines-1, pin.Offset, drivers.ErrAbsent)
		}
		return place{c, pin.Offset}, nil
	}
	var found []place
	for _, c := range chips {
		f, err := os.OpenFile(c.path, os.O_RDWR, 0)
		if err != nil {
			return place{}, remedy(c.path, err)
		}
		for offset := range c.lines {
			info, err := lineInfo(f, offset)
			if err != nil {
				break // a chip that is going away
			}
			if uapi.BytesToString(info.Name[:]) == pin.Line {
				found = append(found, place{c, offset})
			}
		}
		f.Close()
	}
	return only(found, pin)
}

func lineInfo(chip *os.File, offset int) (info uapi.LineInfoV2, err error) {
	err = control(chip, func(fd uintptr) (err error) {
		info, err = uapi.GetLineInfoV2(fd, offset)
		return err
	})
	return info, err
}

// request claims lines of the open chip.
func request(chip *os.File, places []place, c Config) (Claim, error) {
	outputs := true
	holder, busyPlace := "", places[0]
	for _, p := range places {
		info, err := lineInfo(chip, p.offset)
		if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
			return nil, fmt.Errorf("%s: the kernel is older than 5.10, which GPIO lines need: %w", p.chip.path, err)
		} else if err != nil {
			return nil, remedy(p.chip.path, err)
		}
		outputs = outputs && info.Flags.IsOutput()
		if info.Flags.IsUsed() && holder == "" {
			holder, busyPlace = uapi.BytesToString(info.Consumer[:]), p
		}
	}
	r := newRequest(places, c)
	err := control(chip, func(fd uintptr) error { return uapi.GetLine(fd, &r) })
	l := &kernelLines{places: places, config: c}
	switch {
	case errors.Is(err, unix.EBUSY):
		return nil, busy(busyPlace, holder, err)
	case errors.Is(err, unix.ENODEV):
		return nil, fmt.Errorf("%v: %w: %w", l, err, drivers.ErrAbsent)
	case err != nil && c.Debounce > 0 && !errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("%v: debounce: %w: %w", l, err, errors.ErrUnsupported)
	case err != nil && c.Edges && !errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("%v cannot report edges: scan it: %w", l, err)
	case err != nil:
		return nil, remedy(l.String(), err)
	}
	// A file that does not block is waited for by the runtime's poller, without a
	// thread of its own, and has deadlines.
	if err := unix.SetNonblock(int(r.Fd), true); err != nil {
		unix.Close(int(r.Fd))
		return nil, fmt.Errorf("%v: %w", l, err)
	}
	l.file = os.NewFile(uintptr(r.Fd), l.String())
	l.driven = c.Direction == Output && c.Initial != Keep
	if c.Direction == Output && c.Initial == Keep && outputs {
		// The lines are outputs already: take their levels over, and with them the right
		// to set them.
		levels, err := l.Levels()
		if err == nil {
			err = l.SetLevels(levels)
		}
		if err != nil {
			l.Close()
			return nil, err
		}
	}
	return l, nil
}

// newRequest is the request for lines. Outputs to be kept are requested as they are.
func newRequest(places []place, c Config) uapi.LineRequest {
	r := uapi.LineRequest{Lines: uint32(len(places))}
	for i, p := range places {
		r.Offsets[i] = uint32(p.offset)
	}
	copy(r.Consumer[:len(r.Consumer)-1], c.Consumer)
	switch {
	case c.Direction == Output && c.Initial != Keep:
		r.Config = outputConfig(c, len(places), c.Initial.Levels())
		return r
	case c.Direction == Output:
		if c.ActiveLow {
			r.Config.Flags = uapi.LineFlagV2ActiveLow
		}
		return r
	}
	r.Config.Flags = uapi.LineFlagV2Input | wiring(c)
	if c.Edges {
		r.Config.Flags |= uapi.LineFlagV2EdgeBoth
		r.EventBufferSize = uint32(eventBuffer * len(places))
	}
	if c.Debounce > 0 {
		r.Config.AddAttribute(uapi.LineConfigAttribute{Attr: uapi.DebouncePeriod(c.Debounce).Encode(), Mask: maskOf(len(places))})
	}
	return r
}

// wiring are the flags of levels and resistors.
func wiring(c Config) (f uapi.LineFlagV2) {
	if c.ActiveLow {
		f |= uapi.LineFlagV2ActiveLow
	}
	switch c.Pull {
	case PullUp:
		f |= uapi.LineFlagV2BiasPullUp
	case PullDown:
		f |= uapi.LineFlagV2BiasPullDown
	case PullNone:
		f |= uapi.LineFlagV2BiasDisabled
	}
	return f
}

// outputConfig makes lines outputs that begin with these levels.
func outputConfig(c Config, lines int, levels uint64) uapi.LineConfig {
	r := uapi.LineConfig{Flags: uapi.LineFlagV2Output | wiring(c)}
	switch c.Drive {
	case OpenDrain:
		r.Flags |= uapi.LineFlagV2OpenDrain
	case OpenSource:
		r.Flags |= uapi.LineFlagV2OpenSource
	}
	r.AddAttribute(uapi.LineConfigAttribute{Attr: uapi.OutputValues(levels).Encode(), Mask: maskOf(lines)})
	return r
}

// maskOf has a bit for each of that many lines.
func maskOf(lines int) uapi.LineBitmap { return uapi.LineBitmap(1)<<lines - 1 }

// kernelLines are claimed lines of the kernel.
type kernelLines struct {
	// immutable
	file   *os.File
	places []place
	config Config

	mu     sync.Mutex
	driven bool // they are outputs; guarded by mu
}

func (l *kernelLines) String() string {
	if len(l.places) == 1 {
		return "line " + l.places[0].String()
	}
	names := make([]string, len(l.places))
	for i, p := range l.places {
		names[i] = p.String()
	}
	return "lines " + strings.Join(names, " ")
}

func (l *kernelLines) Levels() (uint64, error) {
	v := uapi.LineValues{Mask: maskOf(len(l.places))}
	err := control(l.file, func(fd uintptr) error { return uapi.GetLineValuesV2(fd, &v) })
	if err != nil {
		return 0, l.broken("read", err)
	}
	return uint64(v.Bits & v.Mask), nil
}

func (l *kernelLines) SetLevels(levels uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := control(l.file, func(fd uintptr) error {
		if !l.driven {
			c := outputConfig(l.config, len(l.places), levels)
			return uapi.SetLineConfigV2(fd, &c)
		}
		mask := maskOf(len(l.places))
		return uapi.SetLineValuesV2(fd, uapi.LineValues{Mask: mask, Bits: uapi.LineBitmap(levels) & mask})
	})
	if err != nil {
		return l.broken("set", err)
	}
	l.driven = true
	return nil
}

func (l *kernelLines) Watch(ctx context.Context, handle func(Event)) error {
	stop := context.AfterFunc(ctx, func() {
		l.file.SetReadDeadline(time.Unix(1, 0)) // fails only if the file is closed
	})
	defer stop()
	clock, err := newClock()
	if err != nil {
		return l.broken("read the clock", err)
	}
	buf := make([]byte, 16*eventSize)
	for {
		n, err := l.file.Read(buf)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return l.broken("read edges", err)
		}
		monotonic, wall := clock.now()
		for b := buf[:n]; len(b) >= eventSize; b = b[eventSize:] {
			handle(l.decode(b, monotonic, wall))
		}
	}
}

func (l *kernelLines) Close() error {
	if err := l.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return l.broken("release", err)
	}
	return nil
}

// broken names the lines in an error, and marks errors of lines that are gone.
func (l *kernelLines) broken(what string, err error) error {
	if errors.Is(err, unix.ENODEV) || errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("%s %v: %w: %w", what, l, err, drivers.ErrAbsent)
	}
	return fmt.Errorf("%s %v: %w", what, l, err)
}

// eventSize is the size of struct gpio_v2_line_event (linux/gpio.h):
//
//	0          8    12       16      20          24
//	| stamp ns | id | offset | seqno | line seqno | padding to 48 |
const eventSize = 48

// decode reads an event. The kernel stamps it with its monotonic clock; the
// wall-clock time is told from what both clocks say when the event is read, so that a
// step of the wall clock does not move later events.
func (l *kernelLines) decode(b []byte, monotonic time.Duration, wall time.Time) Event {
	stamp := time.Duration(binary.NativeEndian.Uint64(b))
	e := Event{
		Active: uapi.LineEventID(binary.NativeEndian.Uint32(b[8:])) == uapi.LineEventRisingEdge,
		Time:   wall.Add(stamp - monotonic),
		Seq:    binary.NativeEndian.Uint32(b[20:]),
	}
	offset := binary.NativeEndian.Uint32(b[12:])
	for i, p := range l.places {
		if p.offset == int(offset) {
			e.Line = i
		}
	}
	return e
}

// clock tells the kernel's monotonic time and the wall-clock time of one moment. To ask
// for one after the other would not do: the system may run others in between, for
// milliseconds on a busy machine, and all of that would be added to the stamps.
type clock struct {
	at        time.Time     // with Go's reading of the monotonic clock, which has its own zero
	monotonic time.Duration // the kernel's at that time
}

const (
	clockTries = 20
	clockGood  = 10 * time.Microsecond
)

// newClock reads the monotonic clock between two looks at the time until they are close
// together.
func newClock() (clock, error) {
	var best clock
	shortest := time.Duration(math.MaxInt64)
	for range clockTries {
		var t unix.Timespec
		begin := time.Now()
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
			return clock{}, err
		}
		if took := time.Since(begin); took < shortest {
			shortest = took
			best = clock{at: begin.Add(took / 2), monotonic: time.Duration(t.Nano())}
		}
		if shortest < clockGood {
			break
		}
	}
	return best, nil
}

// now is the present in both times; a step of the wall clock since newClock is in it.
func (c clock) now() (monotonic time.Duration, wall time.Time) {
	wall = time.Now()
	return c.monotonic + wall.Sub(c.at), wall
}

// control calls op with the file descriptor, which stays open meanwhile.
func control(f *os.File, op func(fd uintptr) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := conn.Control(func(fd uintptr) { failed = op(fd) }); err != nil {
		return err
	}
	return failed
}
