package sim_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/gpio"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

func pin(t *testing.T, name string) boards.Pin {
	t.Helper()
	b, err := boards.ByName("raspberry-pi-4b")
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Resolve(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func line(t *testing.T, o gpio.Options) (*gpio.Driver, drivers.Reader) {
	t.Helper()
	d, err := gpio.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d, d.Channels()[0].(drivers.Reader)
}

// run runs d, which is open, until stop is called, which closes it.
func run(t *testing.T, d *gpio.Driver) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }() // until stop
	return func() {
		t.Helper()
		cancel()
		if err := errors.Join(<-ended, d.Close()); err != nil {
			t.Error(err)
		}
	}
}

func level(t *testing.T, r drivers.Reader) int64 {
	t.Helper()
	v, err := r.Read(t.Context())
	if err != nil {
		t.Error(err)
	}
	return v.Int64()
}

// TestLineFaults: a line that is stuck does not move; one that is unplugged is lost, and
// there again.
func TestLineFaults(t *testing.T) {
	var lines sim.Lines
	button := pin(t, "GPIO27")
	d, r := line(t, gpio.Options{Pins: []boards.Pin{button}, Backend: &lines, Direction: gpio.Input})
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines.SetFault(button, sim.Stuck)
	lines.Set(button, true)
	if level(t, r) != 0 {
		t.Error("a stuck line moves")
	}
	lines.SetFault(button, sim.NoFault)
	if level(t, r) != 1 {
		t.Error("a line that is not stuck any more has not the level of its wire")
	}
	lines.SetFault(button, sim.Unplug)
	if _, err := r.Read(t.Context()); !drivers.IsLost(err) { // or nobody would open it again
		t.Errorf("a line that is not there: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := d.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) {
		t.Errorf("Open while unplugged: %v", err)
	}
	lines.SetFault(button, sim.NoFault)
	if err := d.Open(t.Context()); err != nil || level(t, r) != 1 {
		t.Errorf("plugged in again: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestOutput: a line remembers what it was set to, for others too.
func TestOutput(t *testing.T) {
	var lines sim.Lines
	led := pin(t, "GPIO17")
	d, r := line(t, gpio.Options{Pins: []boards.Pin{led}, Backend: &lines, Direction: gpio.Output, ActiveLow: true, Initial: gpio.Off, OnExit: gpio.Off})
	for range 2 {
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if level(t, r) != 0 || !lines.High(led) {
			t.Error("an active-low output that is off is not high")
		}
		if err := r.(drivers.Writer).Write(t.Context(), pv.Int64Value(1)); err != nil {
			t.Error(err)
		}
		if level(t, r) != 1 || lines.High(led) {
			t.Error("an active-low output that is on is not low")
		}
		other, _ := line(t, gpio.Options{Pins: []boards.Pin{led}, Backend: &lines})
		if err := other.Open(t.Context()); err == nil || !strings.Contains(err.Error(), `in use by "ioclet"`) {
			t.Errorf("a second claim: %v", err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if !lines.High(led) {
			t.Error("the output is not off after the exit")
		}
	}
}

// TestInput: levels by pull resistor, edges by Set, debounced by the driver.
func TestInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines sim.Lines
		button := pin(t, "GPIO27")
		d, r := line(t, gpio.Options{
			Pins: []boards.Pin{button}, Backend: &lines, Pull: gpio.PullUp, ActiveLow: true, Debounce: 20 * time.Millisecond,
		})
		var s sink
		r.(drivers.Notifier).Notify(&s)
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if level(t, r) != 0 {
			t.Error("a button that is pulled up is pressed")
		}
		stop := run(t, d)
		for _, high := range []bool{false, true, false} {
			lines.Set(button, high)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		lines.Set(button, true)
		time.Sleep(time.Second)
		if got := s.posted(); got != "[1 0]" {
			t.Errorf("posted %s, want one press", got)
		}
		stop()
		lines.Set(button, false)
		if got := s.posted(); got != "[1 0]" {
			t.Errorf("posted %s after Close", got)
		}
	})
}

// TestFlood: edges that nobody takes give way to newer ones, and the gap shows.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines sim.Lines
		p := pin(t, "GPIO22")
		d, r := line(t, gpio.Options{Pins: []boards.Pin{p}, Backend: &lines})
		var s sink
		r.(drivers.Notifier).Notify(&s)
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			lines.Set(p, i%2 == 0)
		}
		stop := run(t, d)
		synctest.Wait()
		stop()
		if n := d.Lost(); n != 44 {
			t.Errorf("%d edges lost, want 44 of 300", n)
		}
	})
}

// What one end of a wire drives the others see.
func TestConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines sim.Lines
		out, in, also, alone := pin(t, "GPIO17"), pin(t, "GPIO27"), pin(t, "GPIO22"), pin(t, "GPIO5")
		lines.Connect(out, in)
		lines.Connect(also, in)
		d, w := line(t, gpio.Options{Pins: []boards.Pin{out}, Backend: &lines, Direction: gpio.Output})
		watcher, r := line(t, gpio.Options{Pins: []boards.Pin{in, alone}, Backend: &lines, Pull: gpio.PullDown})
		var s sink
		r.(drivers.Notifier).Notify(&s)
		for _, d := range []*gpio.Driver{d, watcher} {
			if err := d.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		stop := run(t, watcher)
		for i := range 3 {
			if err := w.(drivers.Writer).Write(t.Context(), pv.EnumValue(uint16(1-i%2))); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}
		lines.Set(alone, true)
		synctest.Wait()
		if got := s.posted(); got != "[1 0 1 3]" || !lines.High(also) {
			t.Errorf("posted %s, the third end is high: %v", got, lines.High(also))
		}
		stop()
		d.Close()
	})
}

// Open drains on one wire are a wired AND; its resistor may be outside.
func TestOpenDrains(t *testing.T) {
	for _, test := range []struct {
		drive            gpio.Drive
		onlyA, both, not bool // levels of the wire when A, A and B, or none is active
	}{
		{gpio.OpenDrain, false, true, false},
		{gpio.OpenSource, true, true, false},
		{gpio.PushPull, false, true, false}, // a short: low wins
	} {
		var lines sim.Lines
		pins := []boards.Pin{pin(t, "GPIO17"), pin(t, "GPIO27")}
		lines.Connect(pins...)
		var ends []drivers.Writer
		for _, p := range pins {
			d, r := line(t, gpio.Options{Pins: []boards.Pin{p}, Backend: &lines, Direction: gpio.Output, Drive: test.drive, Initial: gpio.Off})
			if err := d.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			ends = append(ends, r.(drivers.Writer))
		}
		for _, levels := range []struct {
			a, b uint16
			want bool
		}{{1, 0, test.onlyA}, {1, 1, test.both}, {0, 0, test.not}} {
			for i, x := range []uint16{levels.a, levels.b} {
				if err := ends[i].Write(t.Context(), pv.EnumValue(x)); err != nil {
					t.Error(err)
				}
			}
			if got := lines.High(pins[0]); got != levels.want {
				t.Errorf("drive %v, levels %d and %d: the wire is high: %v", test.drive, levels.a, levels.b, got)
			}
		}
	}
}

// A resistor at one end is there for the other, too, in whatever order they are claimed;
// an edge is told to who was first.
func TestPullOfAWire(t *testing.T) {
	for _, first := range []int{0, 1} {
		synctest.Test(t, func(t *testing.T) {
			var lines sim.Lines
			pins := []boards.Pin{pin(t, "GPIO17"), pin(t, "GPIO27")}
			lines.Connect(pins...)
			pulls := []gpio.Pull{gpio.PullUp, gpio.PullAsIs}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			var s sink
			for n := range 2 {
				i := (first + n) % 2
				d, r := line(t, gpio.Options{Pins: pins[i : i+1], Backend: &lines, Pull: pulls[i]})
				if n == 0 {
					r.(drivers.Notifier).Notify(&s)
				}
				if err := d.Open(t.Context()); err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				if n == 0 {
					// ends with ctx
					go func() { ended <- d.Run(ctx) }()
				}
			}
			synctest.Wait()
			if want := []string{"[]", "[1]"}[first]; !lines.High(pins[0]) || s.posted() != want {
				t.Errorf("pin %d first: high %v, posted %s", first, lines.High(pins[0]), s.posted())
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// Inputs move as an expression says.
func TestMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines sim.Lines
		one, a, b := pin(t, "GPIO17"), pin(t, "GPIO27"), pin(t, "GPIO22")
		for _, m := range []struct {
			pins []boards.Pin
			text string
		}{{[]boards.Pin{one}, "square(1s, 0.25)"}, {[]boards.Pin{a, b}, "elapsed()"}} {
			if err := lines.Move(m.pins, m.text, 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := lines.Move([]boards.Pin{one}, "sine(", 1); err == nil {
			t.Error("moved by half an expression")
		}
		d, r := line(t, gpio.Options{Pins: []boards.Pin{one}, Backend: &lines, ActiveLow: true, Measures: []gpio.Measure{{Quantity: gpio.Duty}}})
		word, w := line(t, gpio.Options{Pins: []boards.Pin{a, b}, Backend: &lines, Measures: []gpio.Measure{{Quantity: gpio.Polled}}})
		for _, d := range []*gpio.Driver{d, word} {
			if err := d.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		level(t, w) // elapsed() begins
		stop := run(t, d)
		time.Sleep(3*time.Second + 50*time.Millisecond)
		if got := level(t, r); got != 25 {
			t.Errorf("active for %d %%, want 25", got)
		}
		if got := level(t, w); got != 3 {
			t.Errorf("the word is %d after 3 s", got)
		}
		stop()
		word.Close()
	})
}

func ExampleLines() {
	board, err := boards.ByName("raspberry-pi-4b")
	if err != nil {
		panic(err)
	}
	button, err := board.Resolve("pin 13")
	if err != nil {
		panic(err)
	}
	var lines sim.Lines
	d, err := gpio.New(gpio.Options{Pins: []boards.Pin{button}, Backend: &lines, Pull: gpio.PullUp, ActiveLow: true})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	if err := d.Open(ctx); err != nil {
		panic(err)
	}
	defer d.Close()
	for _, high := range []bool{true, false} {
		lines.Set(button, high)
		v, err := d.Channels()[0].(drivers.Reader).Read(ctx)
		fmt.Println(v.Int64(), err)
	}
	// Output:
	// 0 <nil>
	// 1 <nil>
}

// A line that was stuck has an edge when it sees what became of its wire meanwhile.
func TestLineThatWasStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines sim.Lines
		p := pin(t, "GPIO27")
		d, r := line(t, gpio.Options{Pins: []boards.Pin{p}, Backend: &lines})
		var s sink
		r.(drivers.Notifier).Notify(&s)
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		stop := run(t, d)
		lines.SetFault(p, sim.Stuck)
		lines.Set(p, true)
		synctest.Wait()
		if got := s.posted(); got != "[]" || level(t, r) != 0 {
			t.Errorf("posted %s while it was stuck", got)
		}
		lines.SetFault(p, sim.NoFault)
		synctest.Wait()
		if got := s.posted(); got != "[1]" || d.Lost() != 0 {
			t.Errorf("posted %s, %d lost, when it was not any more", got, d.Lost())
		}
		stop()
	})
}
