package sysfs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Sensor is a DS18B20 (or DS1822, which has the same registers) on a 1-Wire bus.
type Sensor struct {
	// ID is the sensor's number as the kernel writes it: 28-0316a2795f2c.
	ID string
	// Bits is the resolution, 9 to 12; 0 leaves it. A conversion of 12 bits takes
	// 750 ms, each bit less half of it.
	Bits int
	// Retries is how often a failed reading is repeated, 0 to 10.
	Retries int
}

// OneWireOptions describe the sensors of a machine.
type OneWireOptions struct {
	Sensors []Sensor
	Files   Files        // nil is Kernel{}
	Log     *slog.Logger // what cannot be set as wanted; nil is slog.Default()
}

// OneWire is the driver of all DS18B20 of a machine, through the kernel's drivers of
// 1-Wire buses and of these sensors (modules w1-gpio or another master, and w1-therm).
// Its channels are Readers of temperatures in °C, one for each sensor, in their order.
//
// All sensors convert at the same time, and one conversion serves the readings that
// follow within half a second: ten sensors take hardly longer than one. The kernel has a
// file for that, which only root may write if no udev rule says otherwise; without it
// they are read side by side, for which the kernel leaves the bus free, unless the
// sensors live on the data line's current.
//
// A reading is good only with its CRC, and not if it is the 85 °C that a sensor holds
// when it has just been switched on.
type OneWire struct {
	// immutable
	files   Files
	log     *slog.Logger
	sensors []*sensor

	mu      sync.Mutex
	masters []string // directories of the buses that can convert at once; nil while closed
	open    bool
}

var _ drivers.Driver = (*OneWire)(nil)

const oneWireDir = "/sys/bus/w1/devices"

var sensorID = regexp.MustCompile(`^(28|22)-[0-9a-f]{12}$`)

// CheckSensorID reports what is wrong with the number of a DS18B20.
func CheckSensorID(id string) error {
	if !sensorID.MatchString(id) {
		return fmt.Errorf("%q is not the number of a DS18B20, such as 28-0316a2795f2c", id)
	}
	return nil
}

// ListOneWire are the numbers of all sensors and other slaves that the kernel has found on its
// 1-Wire buses.
func ListOneWire(files Files) ([]string, error) {
	names, err := files.ReadDir(oneWireDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "w1_bus_master") }), err
}

// NewOneWire is a driver for the sensors. It touches no file.
func NewOneWire(o OneWireOptions) (*OneWire, error) {
	w := &OneWire{files: o.Files, log: o.Log}
	if w.files == nil {
		w.files = Kernel{}
	}
	if w.log == nil {
		w.log = slog.Default()
	}
	seen := map[string]bool{}
	for _, s := range o.Sensors {
		switch err := CheckSensorID(s.ID); {
		case err != nil:
			return nil, fmt.Errorf("1-Wire: %w", err)
		case seen[s.ID]:
			return nil, fmt.Errorf("1-Wire: %s is there twice", s.ID)
		case s.Bits != 0 && (s.Bits < 9 || s.Bits > 12):
			return nil, fmt.Errorf("1-Wire: %s: %d bits, want 9 to 12", s.ID, s.Bits)
		case s.Retries < 0 || s.Retries > 10:
			return nil, fmt.Errorf("1-Wire: %s: %d retries, want 0 to 10", s.ID, s.Retries)
		}
		seen[s.ID] = true
		w.sensors = append(w.sensors, &sensor{Sensor: s, bus: w})
	}
	return w, nil
}

// Channels are one for each sensor. drivers.Driver.
func (w *OneWire) Channels() []drivers.Channel {
	channels := make([]drivers.Channel, len(w.sensors))
	for i, s := range w.sensors {
		channels[i] = s
	}
	return channels
}

// Open finds the buses. Sensors may be missing: that is their own fault. drivers.Driver.
func (w *OneWire) Open(context.Context) error {
	names, err := w.files.ReadDir(oneWireDir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("no bus (Raspberry Pi: dtoverlay=w1-gpio in config.txt): %w: %w", err, drivers.ErrAbsent)
		}
		return fmt.Errorf("1-Wire: %w", err)
	}
	var masters []string
	for _, name := range names {
		if !strings.HasPrefix(name, "w1_bus_master") {
			continue
		}
		if _, err := w.files.RealPath(path.Join(oneWireDir, name, bulkFile)); err == nil {
			masters = append(masters, path.Join(oneWireDir, name))
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.masters, w.open = masters, true
	for _, s := range w.sensors {
		s.fresh = false
	}
	return nil
}

// Run waits for ctx: nothing comes unasked. drivers.Driver.
func (*OneWire) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Close forgets the buses. drivers.Driver.
func (w *OneWire) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.masters, w.open = nil, false
	return nil
}

// bulkFile starts the conversions of all sensors of a bus when "trigger" is written to
// it. It says -1 while one is under way (Linux 5.10 and later;
// Documentation/w1/slaves/w1_therm.rst).
const bulkFile = "therm_bulk_read"

const (
	shareTime   = 500 * time.Millisecond // how long a conversion is new
	convertTime = 2 * time.Second        // what it takes at most, with a margin
	convertPoll = 20 * time.Millisecond
)

// convert has all sensors convert and reads them.
func (w *OneWire) convert(ctx context.Context) error {
	w.mu.Lock()
	masters, open := w.masters, w.open
	w.mu.Unlock()
	if !open {
		return &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: errors.New("1-Wire: not open")}
	}
	bulk := len(masters) > 0
	for _, m := range masters {
		if err := w.files.WriteFile(path.Join(m, bulkFile), []byte("trigger\n")); err != nil {
			w.without(m, err)
			bulk = false
		}
	}
	if bulk {
		if err := w.converted(ctx, masters); err != nil {
			return err
		}
	}
	var all sync.WaitGroup
	crashes := make([]error, len(w.sensors))
	for i, s := range w.sensors {
		if bulk {
			s.take()
			continue
		}
		all.Go(func() { // until the kernel has read the sensor
			crashes[i] = drivers.Guard(s.ID, func() error { s.take(); return nil })
		})
	}
	all.Wait()
	return cmp.Or(errors.Join(crashes...), ctx.Err())
}

// without goes on without the help of a bus, for good if that is refused.
func (w *OneWire) without(master string, err error) {
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.EROFS) {
		return
	}
	name := path.Join(master, bulkFile)
	w.log.Info("1-Wire sensors are read side by side, not with one conversion", "bus", path.Base(master), "err", denied(w.files, name, err))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.masters = slices.DeleteFunc(slices.Clone(w.masters), func(m string) bool { return m == master })
}

// converted waits for the conversions under way.
func (w *OneWire) converted(ctx context.Context, masters []string) error {
	poll := time.NewTicker(convertPoll)
	defer poll.Stop()
	limit := time.NewTimer(convertTime)
	defer limit.Stop()
	for _, m := range masters {
		for waits := true; waits; {
			text, err := w.files.ReadFile(path.Join(m, bulkFile))
			if waits = err == nil && strings.HasPrefix(string(text), "-1"); !waits {
				continue
			}
			select {
			case <-poll.C:
			case <-limit.C:
				return nil // a sensor that has not come to an end says so itself
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// sensor is a sensor and its channel.
type sensor struct {
	Sensor
	bus *OneWire

	// owned by the worker, during a conversion by the goroutine that takes it
	text  []byte // of w1_slave
	err   error
	at    time.Time // when it was taken
	fresh bool      // nobody has had it

	last    float64 // good temperature
	known   bool    // there is one
	refused int     // resolution that could not be set
}

// Name is the sensor's number.
func (s *sensor) Name() string { return s.ID }

func (s *sensor) path() string { return path.Join(oneWireDir, s.ID, "w1_slave") }

// take reads the sensor: what it has converted, or a conversion of its own.
func (s *sensor) take() {
	s.text, s.err = s.bus.files.ReadFile(s.path())
	s.at, s.fresh = time.Now(), true
}

// Read is the temperature in °C. drivers.Reader.
func (s *sensor) Read(ctx context.Context) (pv.Value, error) {
	if !s.fresh || time.Since(s.at) > shareTime {
		if err := s.bus.convert(ctx); err != nil {
			return pv.Value{}, err
		}
	}
	s.fresh = false
	pad, err := s.judge()
	for i := 0; i < s.Retries && repeatable(err) && ctx.Err() == nil; i++ {
		s.take()
		s.fresh = false
		pad, err = s.judge()
	}
	if err != nil {
		return pv.Value{}, s.fault(err)
	}
	s.last, s.known = pad.celsius(), true
	s.resolve(pad)
	return pv.Float64Value(s.last), nil
}

// nearPowerOn is how far from 85 °C the last temperature must have been for that to be
// doubted, if the sensor may be one that cannot be told from its reserved byte.
const nearPowerOn = 5

// judge says whether what was taken is a temperature.
func (s *sensor) judge() (Scratchpad, error) {
	if s.err != nil {
		return Scratchpad{}, s.err
	}
	pad, err := parseScratchpad(s.text)
	if err == nil && pad.powerOn() && !(s.known && math.Abs(s.last-pad.celsius()) <= nearPowerOn) {
		err = errPowerOn
	}
	return pad, err
}

// repeatable reports whether another reading may be better.
func repeatable(err error) bool { return err != nil && !gone(err) }

// fault says what a bad reading means.
func (s *sensor) fault(err error) error {
	f := &drivers.Fault{Status: pv.StatusRead, Err: fmt.Errorf("%s: %w", s.ID, err)}
	switch {
	case gone(err):
		f.Status, f.Err = pv.StatusComm, s.missing(err)
		if _, err := s.bus.files.ReadDir(oneWireDir); errors.Is(err, fs.ErrNotExist) {
			f.Lost = true
		}
	case errors.Is(err, errSilent):
		f.Status = pv.StatusTimeout
	case errors.Is(err, errText):
		f.Status = pv.StatusCalc
	case errors.Is(err, errCRC), errors.Is(err, errShorted), errors.Is(err, errPowerOn), errors.Is(err, errRange):
	default:
		return fault(s.bus.files, pv.StatusRead, s.path(), f.Err)
	}
	return f
}

// missing says why the sensor has no w1_slave.
func (s *sensor) missing(err error) error {
	ids, listErr := ListOneWire(s.bus.files)
	switch {
	case listErr != nil:
		return fmt.Errorf("%s: %w", s.ID, err)
	case slices.Contains(ids, s.ID):
		return fmt.Errorf("%s is on the bus, but has no driver: load module w1-therm: %w", s.ID, err)
	case len(ids) == 0:
		return fmt.Errorf("%s is not on the bus, nor is any other sensor: is there a pull-up resistor of 4.7 kOhm? %w", s.ID, err)
	}
	return fmt.Errorf("%s is not on the bus; there are %s: %w", s.ID, strings.Join(ids, ", "), err)
}

// resolve sets the resolution if the sensor has another one: it forgets it with its
// supply.
func (s *sensor) resolve(has Scratchpad) {
	if s.Bits == 0 || s.Bits == has.bits() || s.refused == s.Bits {
		return
	}
	name := path.Join(oneWireDir, s.ID, "resolution")
	if err := s.bus.files.WriteFile(name, strconv.AppendInt(nil, int64(s.Bits), 10)); err != nil {
		s.refused = s.Bits
		s.bus.log.Warn("resolution of 1-Wire sensor cannot be set", "sensor", s.ID, "bits", s.Bits, "has", has.bits(), "err", denied(s.bus.files, name, err))
	}
}
