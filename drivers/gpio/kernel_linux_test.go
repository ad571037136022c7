package gpio

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/warthog618/go-gpiocdev/uapi"
	"golang.org/x/sys/unix"
)

// attributes are the attributes of the one line in a configuration.
func attributes(c uapi.LineConfig) map[uapi.LineAttributeID]uint64 {
	m := map[uapi.LineAttributeID]uint64{}
	for _, a := range c.Attrs[:c.NumAttrs] {
		if a.Mask == 1 {
			m[a.Attr.ID] = a.Attr.Value64()
		}
	}
	return m
}

func TestNewRequest(t *testing.T) {
	type attrs = map[uapi.LineAttributeID]uint64
	for _, test := range []struct {
		name   string
		config Config
		flags  uapi.LineFlagV2
		attrs  attrs
		buffer uint32
	}{
		{"input", Config{}, uapi.LineFlagV2Input, attrs{}, 0},
		{
			"button",
			Config{ActiveLow: true, Pull: PullUp, Edges: true, Debounce: 20 * time.Millisecond},
			uapi.LineFlagV2Input | uapi.LineFlagV2ActiveLow | uapi.LineFlagV2BiasPullUp | uapi.LineFlagV2EdgeBoth,
			attrs{uapi.LineAttributeIDDebounce: 20000},
			eventBuffer,
		},
		{"no pull is said, not left out", Config{Pull: PullNone}, uapi.LineFlagV2Input | uapi.LineFlagV2BiasDisabled, attrs{}, 0},
		{"pull down", Config{Pull: PullDown}, uapi.LineFlagV2Input | uapi.LineFlagV2BiasPullDown, attrs{}, 0},
		// The level goes into the request itself: set afterwards it would be low for a moment.
		{"output on", Config{Direction: Output, Initial: On}, uapi.LineFlagV2Output, attrs{uapi.LineAttributeIDOutputValues: 1}, 0},
		{
			"output off, active low",
			Config{Direction: Output, Initial: Off, ActiveLow: true},
			uapi.LineFlagV2Output | uapi.LineFlagV2ActiveLow,
			attrs{uapi.LineAttributeIDOutputValues: 0},
			0,
		},
		{
			"open drain with a pull-up",
			Config{Direction: Output, Initial: On, Drive: OpenDrain, Pull: PullUp},
			uapi.LineFlagV2Output | uapi.LineFlagV2OpenDrain | uapi.LineFlagV2BiasPullUp,
			attrs{uapi.LineAttributeIDOutputValues: 1},
			0,
		},
		{"open source", Config{Direction: Output, Initial: Off, Drive: OpenSource}, uapi.LineFlagV2Output | uapi.LineFlagV2OpenSource, attrs{uapi.LineAttributeIDOutputValues: 0}, 0},
		{"output kept: no direction", Config{Direction: Output}, 0, attrs{}, 0},
		{"output kept, active low", Config{Direction: Output, ActiveLow: true}, uapi.LineFlagV2ActiveLow, attrs{}, 0},
	} {
		test.config.Consumer = strings.Repeat("x", 40)
		r := newRequest([]place{{offset: 17}}, test.config)
		if r.Lines != 1 || r.Offsets[0] != 17 || r.Config.Flags != test.flags || r.EventBufferSize != test.buffer {
			t.Errorf("%s: lines %d, offset %d, flags %b, buffer %d", test.name, r.Lines, r.Offsets[0], r.Config.Flags, r.EventBufferSize)
		}
		if got := attributes(r.Config); !reflect.DeepEqual(got, test.attrs) {
			t.Errorf("%s: attributes %v, want %v", test.name, got, test.attrs)
		}
		if got := uapi.BytesToString(r.Consumer[:]); got != strings.Repeat("x", 31) {
			t.Errorf("%s: consumer %q", test.name, got)
		}
	}
}

// Several lines are one request: the kernel reads and sets them together.
func TestNewRequestOfAWord(t *testing.T) {
	places := []place{{testChips[0], 5}, {testChips[0], 13}, {testChips[0], 6}}
	r := newRequest(places, Config{Direction: Output, Initial: Levels(5)})
	if r.Lines != 3 || r.Offsets[0] != 5 || r.Offsets[1] != 13 || r.Offsets[2] != 6 {
		t.Errorf("%d lines %v", r.Lines, r.Offsets[:3])
	}
	if a := r.Config.Attrs[0]; r.Config.NumAttrs != 1 || a.Mask != 7 || a.Attr.Value64() != 5 {
		t.Errorf("%d attributes, mask %b, value %b", r.Config.NumAttrs, a.Mask, a.Attr.Value64())
	}
	if r := newRequest(places, Config{Edges: true}); r.EventBufferSize != 3*eventBuffer {
		t.Errorf("room for %d edges", r.EventBufferSize)
	}
	if _, err := together(places); err != nil {
		t.Error(err)
	}
	if _, err := together(append(places, place{chip{path: "/dev/gpiochip10", names: []string{"gpiochip10"}}, 5})); err == nil || !strings.Contains(err.Error(), "not of one chip") {
		t.Errorf("lines of two chips: %v", err)
	}
}

func event(stamp time.Duration, id uapi.LineEventID, seq uint32) []byte {
	b := make([]byte, eventSize)
	binary.NativeEndian.PutUint64(b, uint64(stamp))
	binary.NativeEndian.PutUint32(b[8:], uint32(id))
	binary.NativeEndian.PutUint32(b[12:], 17)
	binary.NativeEndian.PutUint32(b[16:], seq+100) // over all lines of the request
	binary.NativeEndian.PutUint32(b[20:], seq)
	return b
}

func TestDecode(t *testing.T) {
	wall := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	l := &kernelLines{places: []place{{offset: 4}, {offset: 17}}}
	got := l.decode(event(4*time.Second, uapi.LineEventRisingEdge, 7), 5*time.Second, wall)
	if want := (Event{Line: 1, Active: true, Time: wall.Add(-time.Second), Seq: 7}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if l.decode(event(0, uapi.LineEventFallingEdge, 1), 0, wall).Active {
		t.Error("a falling edge is active")
	}
}

// The clock is the kernel's own, and goes on with the time.
func TestClock(t *testing.T) {
	c, err := newClock()
	if err != nil {
		t.Fatal(err)
	}
	monotonic, wall := c.now()
	if passed := wall.Sub(c.at); passed < 0 || monotonic != c.monotonic+passed {
		t.Errorf("%v after %v at %v, want %v more", monotonic, c.monotonic, c.at, passed)
	}
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	if ago := time.Duration(now.Nano()) - monotonic; ago < -time.Minute || ago > time.Minute {
		t.Errorf("%v is %v from the kernel's monotonic time", monotonic, ago)
	}
	if ago := time.Since(wall); ago < 0 || ago > time.Minute {
		t.Errorf("%v is %v from now", wall, ago)
	}
}

// A pipe stands in for the file that the kernel gives for a line: it is read, waited
// for and closed in the same way.
func pipeLine(t *testing.T) (*kernelLines, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return &kernelLines{file: r, places: []place{{testChips[0], 17}}}, w
}

func TestWatchReadsEvents(t *testing.T) {
	l, w := pipeLine(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	both := append(event(time.Second, uapi.LineEventRisingEdge, 1), event(2*time.Second, uapi.LineEventFallingEdge, 2)...)
	if _, err := w.Write(both); err != nil {
		t.Fatal(err)
	}
	var got []Event
	err := l.Watch(ctx, func(e Event) {
		if got = append(got, e); len(got) == 2 {
			cancel()
		}
	})
	if err != nil {
		t.Errorf("Watch = %v after ctx ended", err)
	}
	if len(got) != 2 || !got[0].Active || got[1].Active || got[1].Seq != 2 || !got[0].Time.Before(got[1].Time) {
		t.Errorf("events %+v", got)
	}
}

// Close ends a Watch that waits, and the end of ctx does.
func TestWatchEnds(t *testing.T) {
	l, w := pipeLine(t)
	ended := make(chan error, 1)
	started := make(chan struct{})
	watch := func(ctx context.Context) {
		_, err := w.Write(event(0, uapi.LineEventRisingEdge, 1))
		if err != nil {
			t.Error(err)
		}
		ended <- l.Watch(ctx, func(Event) { started <- struct{}{} })
	}
	go watch(t.Context()) // until Close
	<-started
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, drivers.ErrAbsent) {
		t.Errorf("Watch = %v after Close", err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}

	l, w = pipeLine(t)
	ctx, cancel := context.WithCancel(t.Context())
	go watch(ctx) // until cancel
	<-started
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Watch = %v after ctx ended", err)
	}
}

func TestWatchOfUnpluggedChip(t *testing.T) {
	l, w := pipeLine(t)
	w.Close()
	if err := l.Watch(t.Context(), func(Event) { t.Error("an event") }); err == nil {
		t.Error("Watch returned nil though the line hung up")
	}
	if err := l.broken("read", unix.ENODEV); !errors.Is(err, drivers.ErrAbsent) {
		t.Errorf("ENODEV is %v", err)
	}
	if err := l.broken("read", unix.EIO); errors.Is(err, drivers.ErrAbsent) {
		t.Errorf("EIO is %v", err)
	}
}

func TestListChips(t *testing.T) {
	dev, sys := t.TempDir(), t.TempDir()
	for _, name := range []string{"gpiochip0", "gpiochip10", "gpiochip11"} {
		if err := os.WriteFile(filepath.Join(dev, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hardware := filepath.Join(sys, "ocp", "4804c000.gpio", "gpiochip10")
	if err := os.MkdirAll(hardware, 0o700); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{filepath.Join(dev, "gpiochip4"): "gpiochip0", filepath.Join(sys, "gpiochip10"): hardware} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	chips, err := listChips(dev, sys, func(path string) (string, int, error) {
		if strings.HasSuffix(path, "gpiochip11") {
			return "", 0, os.ErrPermission
		}
		return "label of " + filepath.Base(path), 32, nil
	})
	want := []chip{
		{path: filepath.Join(dev, "gpiochip0"), names: []string{"gpiochip0", "gpiochip4"}, label: "label of gpiochip0", lines: 32},
		{path: filepath.Join(dev, "gpiochip10"), names: []string{"gpiochip10"}, label: "label of gpiochip10", device: "4804c000.gpio", lines: 32},
	}
	if err != nil || !reflect.DeepEqual(chips, want) {
		t.Errorf("listChips = %+v, %v; want %+v", chips, err, want)
	}

	_, err = listChips(dev, sys, func(string) (string, int, error) { return "", 0, os.ErrPermission })
	if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "group gpio") {
		t.Errorf("no chip may be opened: %v", err)
	}
	_, err = listChips(t.TempDir(), sys, describe)
	if !errors.Is(err, drivers.ErrAbsent) {
		t.Errorf("no chips: %v", err)
	}
}
