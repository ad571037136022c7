package gpio_test

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/gpio"
	"github.com/ioclet/ioclet/pv"
)

var pin22 = boards.Pin{Name: "GPIO22", Line: "GPIO22"}

func TestWordInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin17, pin22, pin27}, Backend: &lines, ActiveLow: true})
		s := &told{begin: time.Now()}
		c := d.Channels()[0]
		c.(drivers.Notifier).Notify(s)
		for _, name := range []string{"GPIO17", "GPIO22", "GPIO27"} {
			lines.Line(name).Set(true)
		}
		stop := run(t, d)
		synctest.Wait()
		if got := read(t, c); got != "0" || c.Name() != "GPIO17 GPIO22 GPIO27" {
			t.Errorf("%s is %s", c.Name(), got)
		}
		lines.Line("GPIO22").Set(false)
		lines.Line("GPIO27").Set(false)
		synctest.Wait()
		lines.Line("GPIO22").Drop(3)
		lines.Line("GPIO22").Set(true)
		wantTold(t, "a word", s, "2@0, 6@0, 4@0 MINOR/READ")
		if err := stop(); err != nil {
			t.Error(err)
		}
		if d.Lost() != 3 {
			t.Errorf("%d edges lost", d.Lost())
		}
	})
}

// A switch that goes from 3 to 4 is never seen at 0 or 7.
func TestDebounceOfAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin17, pin22, pin27}, Backend: &lines, Debounce: 10 * time.Millisecond})
		s := &told{begin: time.Now()}
		d.Channels()[0].(drivers.Notifier).Notify(s)
		lines.Line("GPIO17").Set(true)
		lines.Line("GPIO22").Set(true)
		stop := run(t, d)
		for _, name := range []string{"GPIO22", "GPIO17", "GPIO27"} {
			l := lines.Line(name)
			l.Set(!l.Level())
			time.Sleep(time.Millisecond)
		}
		if got := read(t, d.Channels()[0]); got != "3" {
			t.Errorf("read %s while it changes", got)
		}
		time.Sleep(time.Second)
		wantTold(t, "3 to 4", s, "4@0.002")
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestWordOutput(t *testing.T) {
	var lines driverstest.Lines
	d := newDriver(t, gpio.Options{
		Pins: []boards.Pin{pin17, pin22}, Backend: &lines, Direction: gpio.Output,
		Initial: gpio.Levels(2), OnExit: gpio.Levels(1),
	})
	stop := run(t, d)
	c := d.Channels()[0]
	if got := read(t, c); got != "2" {
		t.Errorf("begins with %s", got)
	}
	write := func(v pv.Value) error { return c.(drivers.Writer).Write(t.Context(), v) }
	if err := write(pv.EnumValue(3)); err != nil {
		t.Error(err)
	}
	for _, x := range []int64{4, -1} {
		if a := drivers.AlarmOf(write(pv.Int64Value(x)), pv.StatusNone); a.Status != pv.StatusHwLimit {
			t.Errorf("wrote %d to two lines: %v", x, a)
		}
	}
	if got := read(t, c); got != "3" {
		t.Errorf("read back %s", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if a, b := lines.Line("GPIO17").Driven(), lines.Line("GPIO22").Driven(); !slices.Equal(a, []bool{false, true, true}) || !slices.Equal(b, []bool{true, true, false}) {
		t.Errorf("drove %v and %v", a, b)
	}
}

// After a fault an output is claimed as it was at the start: what was written before may
// be out of date. What it is set to on exit is for the exit.
func TestOutputAfterAFault(t *testing.T) {
	for _, initial := range []gpio.State{gpio.Keep, gpio.Off, gpio.On} {
		var lines driverstest.Lines
		l := lines.Line("GPIO17")
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin17}, Backend: &lines, Direction: gpio.Output, Initial: initial, OnExit: gpio.Off})
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := d.Channels()[0].(drivers.Writer).Write(t.Context(), pv.EnumValue(1)); err != nil {
			t.Error(err)
		}
		l.Fail(drivers.ErrAbsent)
		if err := d.Close(); err == nil {
			t.Errorf("initial %v: a line that is gone went to its safe state", initial)
		}
		if err := d.Open(t.Context()); err == nil {
			t.Errorf("initial %v: opened a line that is gone", initial)
		}
		l.Fail(nil)
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c, _ := l.Claimed(); c.Initial != initial {
			t.Errorf("initial %v: claimed again with %v", initial, c.Initial)
		}
		d.Close()
	}
}

// slowClaim calls meanwhile while levels are being set for the first time.
type slowClaim struct {
	gpio.Claim
	begun     atomic.Bool
	meanwhile func()
}

func (c *slowClaim) SetLevels(levels uint64) error {
	if !c.begun.Swap(true) {
		c.meanwhile()
	}
	return c.Claim.SetLevels(levels)
}

type slowLines struct {
	driverstest.Lines
	meanwhile func()
}

func (s *slowLines) Request(pins []boards.Pin, c gpio.Config) (gpio.Claim, error) {
	claim, err := s.Lines.Request(pins, c)
	return &slowClaim{Claim: claim, meanwhile: s.meanwhile}, err
}

// Close may come while a write is under way: the state on exit is the last one.
func TestNothingIsSetAfterTheStateOnExit(t *testing.T) {
	var lines slowLines
	d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin17}, Backend: &lines, Direction: gpio.Output, OnExit: gpio.Off})
	var calls sync.WaitGroup
	lines.meanwhile = func() {
		calls.Go(func() { // until the write has ended
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
		for range 1000 {
			runtime.Gosched() // it goes as far as it can
		}
	}
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Channels()[0].(drivers.Writer).Write(t.Context(), pv.EnumValue(1)); err != nil {
		t.Error(err)
	}
	calls.Wait()
	if got := lines.Line("GPIO17").Driven(); !slices.Equal(got, []bool{true, false}) {
		t.Errorf("drove %v", got)
	}
}

func TestHeartbeatStopsWithTheProofOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		var hangs atomic.Bool
		d := newDriver(t, gpio.Options{
			Pins: []boards.Pin{pin17}, Backend: &lines, Direction: gpio.Output, OnExit: gpio.Off,
			Heartbeat: 500 * time.Millisecond, Alive: func() bool { return !hangs.Load() },
		})
		if _, ok := d.Channels()[0].(drivers.Writer); ok {
			t.Error("a heartbeat can be written")
		}
		stop := run(t, d)
		l := lines.Line("GPIO17")
		beats := func(d time.Duration) int {
			n := len(l.Driven())
			time.Sleep(d)
			synctest.Wait()
			return len(l.Driven()) - n
		}
		if n := beats(10*time.Second + time.Millisecond); n != 20 {
			t.Errorf("%d beats in 10 s", n)
		}
		if got := l.Driven(); got[0] == got[1] {
			t.Errorf("the level does not change: %v", got)
		}
		hangs.Store(true)
		if n := beats(10 * time.Second); n != 0 {
			t.Errorf("%d beats without life", n)
		}
		hangs.Store(false)
		if n := beats(10 * time.Second); n != 20 {
			t.Errorf("%d beats when it goes on", n)
		}
		l.Fail(drivers.ErrAbsent)
		time.Sleep(time.Second)
		l.Fail(nil)
		if err := stop(); !drivers.IsLost(err) {
			t.Errorf("Run = %v after the line was lost", err)
		}
	})
}

func TestBadWords(t *testing.T) {
	word := []boards.Pin{pin17, pin27}
	beat := gpio.Options{Pins: []boards.Pin{pin17}, Direction: gpio.Output, Heartbeat: time.Second}
	for want, o := range map[string]gpio.Options{
		"GPIO17 is there twice":       {Pins: []boards.Pin{pin17, pin27, pin17}},
		"no line":                     {Pins: []boards.Pin{pin17, {Name: "GND"}}},
		"not of one chip":             {Pins: []boards.Pin{{Name: "A", Chip: "x"}, {Name: "B", Chip: "y"}}},
		"no state 0x4 of 2 lines":     {Pins: word, Direction: gpio.Output, Initial: gpio.Levels(4)},
		"frequency of several lines":  {Pins: word, Measures: []gpio.Measure{{Quantity: gpio.Frequency, Edge: gpio.Rising}}},
		"rising or falling edges":     {Pins: word[:1], Measures: []gpio.Measure{{Quantity: gpio.Width}}},
		"rate per 1ms: want 10ms":     {Pins: word[:1], Measures: []gpio.Measure{{Quantity: gpio.Rate, Per: time.Millisecond}}},
		"no quantity":                 {Pins: word[:1], Measures: []gpio.Measure{{Quantity: gpio.Lost + 1}}},
		"no edge":                     {Pins: word[:1], Measures: []gpio.Measure{{Quantity: gpio.Count, Edge: gpio.Falling + 1}}},
		"time-out":                    {Pins: word[:1], Measures: []gpio.Measure{{Quantity: gpio.Frequency, Edge: gpio.Rising, Timeout: -1}}},
		"no drive":                    {Pins: word, Direction: gpio.Output, Drive: gpio.OpenSource + 1},
		"drive, initial":              {Pins: word, Drive: gpio.OpenDrain},
		"heartbeat without a proof":   beat,
		"heartbeat of 1ns: want 1ms":  {Pins: word[:1], Direction: gpio.Output, Heartbeat: 1},
		"33 lines: want at most 32":   {Pins: slices.Repeat(word[:1], 33)},
		"cannot be debounced":         {Pins: word, Debounce: 1, Measures: []gpio.Measure{{Quantity: gpio.Polled}}},
		"measures and debounce are f": {Pins: word, Direction: gpio.Output, Debounce: 1},
	} {
		if _, err := gpio.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%+v): %v, want %q", o, err, want)
		}
	}
}
