package gpio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/gpio"
	"github.com/ioclet/ioclet/pv"
)

var (
	pin17 = boards.Pin{Name: "GPIO17", Line: "GPIO17"}
	pin27 = boards.Pin{Name: "GPIO27", Line: "GPIO27"}
)

// posts is a sink that remembers.
type posts struct {
	mu     sync.Mutex
	values []int64
	times  []pv.Stamp
	alarms []pv.Alarm
}

func (s *posts) Post(v pv.Value, t pv.Stamp, a pv.Alarm) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values = append(s.values, v.Int64())
	s.times = append(s.times, t)
	s.alarms = append(s.alarms, a)
}

func (s *posts) Fault(error) {}

func (s *posts) all() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.values)
}

func newDriver(t *testing.T, o gpio.Options) *gpio.Driver {
	t.Helper()
	d, err := gpio.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// run opens d and runs it until stop is called, which returns what Run returned.
func run(t *testing.T, d *gpio.Driver) (stop func() error) {
	t.Helper()
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }() // until stop
	return func() error {
		cancel()
		err := <-ended
		if closed := d.Close(); closed != nil {
			t.Error(closed)
		}
		return err
	}
}

func TestInputReportsEdges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin27}, Backend: &lines, ActiveLow: true, Pull: gpio.PullUp})
		var s posts
		d.Channels()[0].(drivers.Notifier).Notify(&s)
		lines.Line("GPIO27").Set(true)
		stop := run(t, d)
		if c, ok := lines.Line("GPIO27").Claimed(); !ok || !c.Edges || c.Pull != gpio.PullUp || !c.ActiveLow || c.Consumer != "ioclet" {
			t.Errorf("claimed %v with %+v", ok, c)
		}
		time.Sleep(time.Second)
		at := pv.StampOf(time.Now())
		lines.Line("GPIO27").Set(false)
		synctest.Wait()
		if v, err := d.Channels()[0].(drivers.Reader).Read(t.Context()); err != nil || !v.Equal(pv.EnumValue(1)) {
			t.Errorf("Read = %v, %v", v, err)
		}
		lines.Line("GPIO27").Set(true)
		synctest.Wait()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if got := s.all(); !slices.Equal(got, []int64{1, 0}) {
			t.Errorf("posted %v", got)
		}
		if s.times[0] != at {
			t.Errorf("posted at %v, want the time of the edge, %v", s.times[0], at)
		}
		if _, ok := lines.Line("GPIO27").Claimed(); ok {
			t.Error("the line is still claimed")
		}
	})
}

func TestLostEdges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin27}, Backend: &lines})
		var s posts
		d.Channels()[0].(drivers.Notifier).Notify(&s)
		stop := run(t, d)
		l := lines.Line("GPIO27")
		l.Set(true)
		synctest.Wait()
		if n := d.Lost(); n != 0 {
			t.Errorf("lost %d edges before any was", n)
		}
		l.Drop(7)
		l.Set(false)
		l.Set(true) // the level by the time the gap is noticed
		synctest.Wait()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if n := d.Lost(); n != 7 {
			t.Errorf("lost %d edges, want 7", n)
		}
		if got := s.all(); got[len(got)-1] != 1 {
			t.Errorf("posted %v: ends with another level than the line's", got)
		}
		if got := fmt.Sprint(s.alarms); got != "[NO_ALARM MINOR/READ NO_ALARM]" {
			t.Errorf("alarms %v, want one after the gap", got)
		}

		// The kernel counts anew for each claim: that is no gap.
		stop = run(t, d)
		l.Set(false)
		synctest.Wait()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if n := d.Lost(); n != 7 {
			t.Errorf("lost %d edges after reopening, want 7", n)
		}
	})
}

func TestSoftwareDebounce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin27}, Backend: &lines, Debounce: 20 * time.Millisecond})
		var s posts
		d.Channels()[0].(drivers.Notifier).Notify(&s)
		stop := run(t, d)
		l := lines.Line("GPIO27")
		var settled pv.Stamp
		for i := range 9 { // ends high
			l.Set(i%2 == 0)
			settled = pv.StampOf(time.Now())
			time.Sleep(5 * time.Millisecond)
		}
		if got := s.all(); len(got) != 0 {
			t.Errorf("posted %v while the contact bounced", got)
		}
		time.Sleep(15 * time.Millisecond)
		synctest.Wait()
		if got := s.all(); !slices.Equal(got, []int64{1}) {
			t.Errorf("posted %v", got)
		} else if s.times[0] != settled {
			t.Errorf("posted at %v, want when the level began, %v", s.times[0], settled)
		}

		// A glitch back to the level before is no change.
		l.Set(false)
		time.Sleep(time.Millisecond)
		l.Set(true)
		time.Sleep(time.Second)
		// What is still bouncing when the driver ends is not reported.
		l.Set(false)
		synctest.Wait()
		if err := stop(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if got := s.all(); !slices.Equal(got, []int64{1}) {
			t.Errorf("posted %v", got)
		}
	})
}

// What Read says of a bouncing contact would stand until the next edge that lasts.
func TestSoftwareDebounceOfRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin27}, Backend: &lines, Debounce: 20 * time.Millisecond})
		d.Channels()[0].(drivers.Notifier).Notify(&posts{})
		stop := run(t, d)
		l := lines.Line("GPIO27")
		expect := func(what string, want int64) {
			t.Helper()
			synctest.Wait()
			if v, err := d.Channels()[0].(drivers.Reader).Read(t.Context()); err != nil || v.Int64() != want {
				t.Errorf("%s: Read = %v, %v; want %d", what, v, err, want)
			}
		}
		l.Set(true)
		expect("a glitch", 0)
		l.Set(false)
		time.Sleep(time.Second)
		expect("after it", 0)
		l.Set(true)
		time.Sleep(time.Second)
		expect("settled", 1)
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// Without a sink nobody watches the line: Read has its level as it is.
func TestDebounceWithoutSink(t *testing.T) {
	var lines driverstest.Lines
	d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin27}, Backend: &lines, Debounce: 20 * time.Millisecond})
	stop := run(t, d)
	lines.Line("GPIO27").Set(true)
	if v, err := d.Channels()[0].(drivers.Reader).Read(t.Context()); err != nil || v.Int64() != 1 {
		t.Errorf("Read = %v, %v", v, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestOutput(t *testing.T) {
	for _, test := range []struct {
		name            string
		initial, onExit gpio.State
		activeLow, high bool
		writes          []int
		want            []bool // levels of the wire
	}{
		{name: "keep", writes: nil, want: nil},
		{name: "keep high", high: true, writes: []int{0}, want: []bool{false}},
		{name: "initial on", initial: gpio.On, want: []bool{true}},
		{name: "initial on, active low", initial: gpio.On, activeLow: true, high: true, want: []bool{false}},
		{name: "initial off, active low", initial: gpio.Off, activeLow: true, want: []bool{true}},
		{name: "safe at the end", initial: gpio.On, onExit: gpio.Off, writes: []int{0, 1}, want: []bool{true, false, true, false}},
		{name: "safe is on", onExit: gpio.On, want: []bool{true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var lines driverstest.Lines
			l := lines.Line("GPIO17")
			l.Set(test.high)
			d := newDriver(t, gpio.Options{
				Pins: []boards.Pin{pin17}, Backend: &lines, Direction: gpio.Output, ActiveLow: test.activeLow,
				Initial: test.initial, OnExit: test.onExit,
			})
			stop := run(t, d)
			c := d.Channels()[0]
			for _, w := range test.writes {
				if err := c.(drivers.Writer).Write(t.Context(), pv.IntValue(pv.Int32, int64(w))); err != nil {
					t.Error(err)
				}
				v, err := c.(drivers.Reader).Read(t.Context())
				if err != nil || v.Int64() != int64(w) {
					t.Errorf("wrote %d, read back %v, %v", w, v, err)
				}
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			if got := l.Driven(); !slices.Equal(got, test.want) {
				t.Errorf("drove %v, want %v", got, test.want)
			}
		})
	}
}

func TestReadback(t *testing.T) {
	var lines driverstest.Lines
	d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin17}, Backend: &lines, Direction: gpio.Output, Initial: gpio.On})
	stop := run(t, d)
	lines.Line("GPIO17").Set(false) // something stronger pulls the line down
	if v, err := d.Channels()[0].(drivers.Reader).Read(t.Context()); err != nil || v.Int64() != 0 {
		t.Errorf("Read = %v, %v; want the level that the line has", v, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestWriteRefusesWhatIsNoNumber(t *testing.T) {
	var lines driverstest.Lines
	d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin17}, Backend: &lines, Direction: gpio.Output})
	stop := run(t, d)
	w := d.Channels()[0].(drivers.Writer)
	for _, v := range []pv.Value{{}, pv.StringValue("On"), pv.ArrayValue([]int32{1})} {
		err := w.Write(t.Context(), v)
		if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != pv.StatusWrite || drivers.IsLost(err) {
			t.Errorf("Write(%v) = %v, alarm %v", v, err, a)
		}
	}
	if got := lines.Line("GPIO17").Driven(); len(got) != 0 {
		t.Errorf("drove %v", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestChannelsByUse(t *testing.T) {
	for _, test := range []struct {
		options               gpio.Options
		read, write, unbidden bool
	}{
		{gpio.Options{}, true, false, true},
		{gpio.Options{Measures: []gpio.Measure{{Quantity: gpio.Polled}}}, true, false, false},
		{gpio.Options{Direction: gpio.Output}, true, true, false},
	} {
		test.options.Pins, test.options.Backend = []boards.Pin{pin17}, &driverstest.Lines{}
		c := newDriver(t, test.options).Channels()[0]
		_, read := c.(drivers.Reader)
		_, write := c.(drivers.Writer)
		_, unbidden := c.(drivers.Notifier)
		if c.Name() != "GPIO17" || read != test.read || write != test.write || unbidden != test.unbidden {
			t.Errorf("%+v: channel %s can read %v, write %v, notify %v", test.options, c.Name(), read, write, unbidden)
		}
	}
}

func TestBadOptions(t *testing.T) {
	for want, o := range map[string]gpio.Options{
		"no line given":  {Pins: []boards.Pin{{Name: "GND"}}},
		"for inputs, op": {Pins: []boards.Pin{pin17}, Direction: gpio.Output, Pull: gpio.PullUp},
		"for outputs":    {Pins: []boards.Pin{pin17}, Initial: gpio.On},
		"want 0 to 1h":   {Pins: []boards.Pin{pin17}, Debounce: -1},
		"be debounced":   {Pins: []boards.Pin{pin17}, Debounce: 1, Measures: []gpio.Measure{{Quantity: gpio.Polled}}},
		"no direction":   {Pins: []boards.Pin{pin17}, Direction: gpio.Output + 1},
		"no pull":        {Pins: []boards.Pin{pin17}, Pull: gpio.PullNone + 1},
		"no state":       {Pins: []boards.Pin{pin17}, Direction: gpio.Output, OnExit: gpio.On + 1},
		"measures and":   {Pins: []boards.Pin{pin17}, Direction: gpio.Output, Measures: []gpio.Measure{{}}},
	} {
		if _, err := gpio.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%+v): %v, want %q", o, err, want)
		}
	}
}

func TestTwoIOCsGrabTheSamePin(t *testing.T) {
	var lines driverstest.Lines
	first := newDriver(t, gpio.Options{Pins: []boards.Pin{pin17}, Backend: &lines, Consumer: "fan"})
	if err := first.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := newDriver(t, gpio.Options{Pins: []boards.Pin{pin17}, Backend: &lines})
	if err := second.Open(t.Context()); err == nil || !strings.Contains(err.Error(), `GPIO17 is in use by "fan"`) {
		t.Errorf("Open = %v", err)
	}
	if err := second.Close(); err != nil {
		t.Errorf("Close after a failed Open: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if err := second.Open(t.Context()); err != nil {
		t.Error(err)
	}
	if err := second.Open(t.Context()); err == nil {
		t.Error("opened twice")
	}
	second.Close()
}

func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin17}, Backend: &lines, Direction: gpio.Output})
		c := d.Channels()[0]
		_, err := c.(drivers.Reader).Read(t.Context())
		if !drivers.IsLost(err) {
			t.Errorf("read a closed line: %v", err)
		}
		if err := d.Run(t.Context()); !drivers.IsLost(err) {
			t.Errorf("ran a closed line: %v", err)
		}
		stop := run(t, d)
		lines.Line("GPIO17").Fail(errors.New("i/o error"))
		_, err = c.(drivers.Reader).Read(t.Context())
		if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != pv.StatusRead || drivers.IsLost(err) {
			t.Errorf("a failing line: %v, alarm %v", err, a)
		}
		lines.Line("GPIO17").Fail(drivers.ErrAbsent)
		err = c.(drivers.Writer).Write(t.Context(), pv.EnumValue(1))
		if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != pv.StatusComm || !drivers.IsLost(err) {
			t.Errorf("a line that is gone: %v, alarm %v", err, a)
		}
		lines.Line("GPIO17").Fail(nil)
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestWatchedLineIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin27}, Backend: &lines})
		d.Channels()[0].(drivers.Notifier).Notify(&posts{})
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- d.Run(t.Context()) }() // until the line fails
		synctest.Wait()
		lines.Line("GPIO27").Fail(drivers.ErrAbsent)
		if err := <-ended; !drivers.IsLost(err) || !errors.Is(err, drivers.ErrAbsent) {
			t.Errorf("Run = %v", err)
		}
		d.Close()
	})
}

// A driver that cannot set its safe state says so, and releases the line all the same.
// An output that nobody writes shows all the same that its chip was unplugged.
func TestOutputIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin17}, Backend: &lines, Direction: gpio.Output})
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- d.Run(t.Context()) }() // until the line is gone
		lines.Line("GPIO17").Fail(errors.New("i/o error"))
		time.Sleep(time.Minute)
		select {
		case err := <-ended:
			t.Fatalf("Run ends though the line is there: %v", err)
		default:
		}
		lines.Line("GPIO17").Fail(drivers.ErrAbsent)
		time.Sleep(2 * time.Second)
		select {
		case err := <-ended:
			if !drivers.IsLost(err) || !errors.Is(err, drivers.ErrAbsent) {
				t.Errorf("Run = %v", err)
			}
		default:
			t.Fatal("Run goes on without a line")
		}
		d.Close()
	})
}

func TestUnsafeExit(t *testing.T) {
	var lines driverstest.Lines
	d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin17}, Backend: &lines, Direction: gpio.Output, OnExit: gpio.Off})
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines.Line("GPIO17").Fail(errors.New("i/o error"))
	if err := d.Close(); err == nil || !strings.Contains(err.Error(), "set to off") {
		t.Errorf("Close = %v", err)
	}
	if _, ok := lines.Line("GPIO17").Claimed(); ok {
		t.Error("the line is still claimed")
	}
}

func BenchmarkRead(b *testing.B) {
	var lines driverstest.Lines
	d, err := gpio.New(gpio.Options{Pins: []boards.Pin{pin27}, Backend: &lines, Direction: gpio.Output})
	if err != nil {
		b.Fatal(err)
	}
	if err := d.Open(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	r := d.Channels()[0].(drivers.Reader)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Read(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// brokenSink is a sink with a mistake in it.
type brokenSink struct{}

func (brokenSink) Post(pv.Value, pv.Stamp, pv.Alarm) { panic("boom") }
func (brokenSink) Fault(error)                       { panic("boom") }

// A panic in a goroutine of the driver's own ends Run, not the program.
func TestPanicOfATimer(t *testing.T) {
	for name, o := range map[string]gpio.Options{
		"debounce":    {Debounce: time.Millisecond},
		"GPIO27 rate": {Measures: []gpio.Measure{{Quantity: gpio.Rate, Per: time.Second}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			var lines driverstest.Lines
			o.Pins, o.Backend = []boards.Pin{pin27}, &lines
			d := newDriver(t, o)
			d.Channels()[0].(drivers.Notifier).Notify(brokenSink{})
			stop := run(t, d)
			synctest.Wait()
			lines.Line("GPIO27").Set(true)
			time.Sleep(2 * time.Second)
			err := stop()
			if caught := (*drivers.Panic)(nil); !errors.As(err, &caught) || !drivers.IsLost(err) || caught.Doing != name {
				t.Errorf("%s: Run = %v", name, err)
			}
		})
	}
}
