package gpio_test

import (
	"fmt"
	"math"
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

// told is a sink that remembers as text, with the seconds since its beginning.
type told struct {
	begin time.Time

	mu    sync.Mutex
	lines []string
}

func (s *told) add(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
}

func (s *told) Post(v pv.Value, t pv.Stamp, a pv.Alarm) {
	line := fmt.Sprintf("%.6g@%.4g", v.Float64(), t.Time().Sub(s.begin).Seconds())
	if a != (pv.Alarm{}) {
		line += " " + a.String()
	}
	s.add(line)
}

func (s *told) Fault(err error) { s.add(err.Error()) }

func (s *told) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(s.lines, ", ")
	s.lines = nil
	return text
}

// measuring runs a driver of GPIO27 with one measure while do has its line and what it
// tells.
func measuring(t *testing.T, m gpio.Measure, do func(t *testing.T, l *driverstest.Line, s *told, c drivers.Channel)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin27}, Backend: &lines, Measures: []gpio.Measure{m}})
		s := &told{begin: time.Now()}
		d.Channels()[0].(drivers.Notifier).Notify(s)
		stop := run(t, d)
		synctest.Wait()
		do(t, lines.Line("GPIO27"), s, d.Channels()[0])
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// pulses makes n pulses that begin with high, which last for high of each period.
func pulses(l *driverstest.Line, n int, period, high time.Duration) {
	for range n {
		l.Set(true)
		time.Sleep(high)
		l.Set(false)
		time.Sleep(period - high)
	}
	synctest.Wait()
}

func wantTold(t *testing.T, what string, s *told, want string) {
	t.Helper()
	synctest.Wait()
	if got := s.take(); got != want {
		t.Errorf("%s: told %s\nwant %s", what, got, want)
	}
}

func read(t *testing.T, c drivers.Channel) string {
	t.Helper()
	v, err := c.(drivers.Reader).Read(t.Context())
	if err != nil {
		return err.Error()
	}
	return v.String()
}

func TestCount(t *testing.T) {
	for _, test := range []struct {
		measure           gpio.Measure
		pulses, afterGap  string
		set               pv.Value
		afterSet, forRead string
	}{
		{gpio.Measure{Edge: gpio.Rising}, "1@0, 2@0.1", "7@0.2 MINOR/READ", pv.Int64Value(0), "1@0.2", "1"},
		{gpio.Measure{Edge: gpio.Falling}, "1@0.01, 2@0.11", "6@0.2 MINOR/READ, 7@0.21", pv.Int64Value(100), "101@0.21", "101"},
		{gpio.Measure{}, "1@0, 2@0.01, 3@0.1, 4@0.11", "13@0.2 MINOR/READ, 14@0.21", pv.EnumValue(1), "2@0.2, 3@0.21", "3"},
		{gpio.Measure{Edge: gpio.Rising, Scale: 0.25}, "0.25@0, 0.5@0.1", "1.75@0.2 MINOR/READ", pv.Float64Value(10), "10.25@0.2", "10.25"},
	} {
		test.measure.Quantity = gpio.Count
		measuring(t, test.measure, func(t *testing.T, l *driverstest.Line, s *told, c drivers.Channel) {
			what := fmt.Sprintf("%+v", test.measure)
			if got := read(t, c); got != "0" {
				t.Errorf("%s: begins with %s", what, got)
			}
			pulses(l, 2, 100*time.Millisecond, 10*time.Millisecond)
			wantTold(t, what, s, test.pulses)
			l.Drop(8) // four pulses too fast
			pulses(l, 1, 10*time.Millisecond, 10*time.Millisecond)
			wantTold(t, what+" after a gap", s, test.afterGap)
			if err := c.(drivers.Writer).Write(t.Context(), test.set); err != nil {
				t.Error(err)
			}
			s.begin = s.begin.Add(10 * time.Millisecond)
			pulses(l, 1, 10*time.Millisecond, 10*time.Millisecond)
			wantTold(t, what+" after it was set", s, test.afterSet)
			if got := read(t, c); got != test.forRead {
				t.Errorf("%s: read %s", what, got)
			}
		})
	}
}

func TestCountRefusesWhatItCannotGoOnFrom(t *testing.T) {
	measuring(t, gpio.Measure{Quantity: gpio.Count, Edge: gpio.Rising, Scale: 0.5}, func(t *testing.T, _ *driverstest.Line, _ *told, c drivers.Channel) {
		for _, x := range []float64{math.NaN(), math.Inf(-1), 1e300} {
			err := c.(drivers.Writer).Write(t.Context(), pv.Float64Value(x))
			if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != pv.StatusHwLimit || read(t, c) != "0" {
				t.Errorf("set to %v: %v, reads %s", x, err, read(t, c))
			}
		}
	})
}

// The number of edges in a gap is known, for they are numbered: which of them rise
// follows from the edge after them.
func TestCountOfLostEdges(t *testing.T) {
	for _, test := range []struct {
		edge gpio.Edge
		lost uint32
		want string
	}{
		{gpio.Rising, 1, "1"},
		{gpio.Rising, 2, "2"},
		{gpio.Rising, 3, "2"},
		{gpio.Falling, 1, "1"},
		{gpio.Falling, 2, "1"},
		{gpio.Falling, 3, "2"},
		{gpio.Both, 3, "4"},
	} {
		measuring(t, gpio.Measure{Quantity: gpio.Count, Edge: test.edge}, func(t *testing.T, l *driverstest.Line, _ *told, c drivers.Channel) {
			l.Drop(test.lost)
			l.Set(true)
			synctest.Wait()
			if got := read(t, c); got != test.want {
				t.Errorf("edge %v, %d lost before one that rises: %s, want %s", test.edge, test.lost, got, test.want)
			}
		})
	}
}

func TestRate(t *testing.T) {
	measuring(t, gpio.Measure{Quantity: gpio.Rate, Edge: gpio.Falling, Scale: 30}, func(t *testing.T, l *driverstest.Line, s *told, c drivers.Channel) {
		time.Sleep(time.Millisecond)
		pulses(l, 40, 50*time.Millisecond, 10*time.Millisecond) // for 2 s
		time.Sleep(50 * time.Millisecond)
		wantTold(t, "20 a second", s, "600@1, 600@2")
		l.Drop(4)
		pulses(l, 1, time.Second, time.Millisecond)
		wantTold(t, "with a gap", s, "90@3 MINOR/READ")
		time.Sleep(time.Second)
		wantTold(t, "none", s, "0@4")
		if got := read(t, c); got != "0" {
			t.Errorf("read %s", got)
		}
	})
}

// An edge belongs to the time in which it was, not to that in which it arrived.
func TestRateGoesByTheTimeOfTheEdge(t *testing.T) {
	measuring(t, gpio.Measure{Quantity: gpio.Rate}, func(t *testing.T, l *driverstest.Line, s *told, _ drivers.Channel) {
		time.Sleep(time.Second + time.Millisecond) // the first second has ended, but is not told yet
		l.Set(true)
		time.Sleep(time.Second + 10*time.Millisecond)
		wantTold(t, "the edge", s, "0@1, 1@2")
	})
}

func TestFrequency(t *testing.T) {
	measuring(t, gpio.Measure{Quantity: gpio.Frequency, Edge: gpio.Rising, Timeout: 3 * time.Second}, func(t *testing.T, l *driverstest.Line, s *told, c drivers.Channel) {
		if got := read(t, c); got != "<none>" {
			t.Errorf("read %s before anything is known", got)
		}
		pulses(l, 20, 70*time.Millisecond, time.Millisecond) // for 1.4 s: no multiple of a second
		wantTold(t, "the first second", s, "14.2857@1")
		time.Sleep(610 * time.Millisecond)
		wantTold(t, "the second one", s, "14.2857@2")
		time.Sleep(time.Second)
		wantTold(t, "it is slower than this", s, "0.598802@3") // the last edge was at 1.33 s
		time.Sleep(3 * time.Second)
		wantTold(t, "none", s, "0.374532@4, 0@5, 0@6")
		pulses(l, 1, 2*time.Second, time.Millisecond)
		wantTold(t, "one edge is no frequency", s, "")
		pulses(l, 1, 900*time.Millisecond, time.Millisecond)
		time.Sleep(100 * time.Millisecond)
		wantTold(t, "the second one is", s, "0.5@9")
		l.Drop(2)
		pulses(l, 1, time.Second, time.Millisecond)
		wantTold(t, "with a gap", s, "2@10 MINOR/READ")
	})
}

func TestInterval(t *testing.T) {
	measuring(t, gpio.Measure{Quantity: gpio.Interval, Edge: gpio.Falling, Timeout: 2 * time.Second, Scale: 1000}, func(t *testing.T, l *driverstest.Line, s *told, c drivers.Channel) {
		pulses(l, 10, 100*time.Millisecond, time.Millisecond)
		time.Sleep(10 * time.Millisecond)
		wantTold(t, "ten a second", s, "100@1")
		time.Sleep(3 * time.Second)
		const none = "gpio GPIO27: no edge for 2s"
		wantTold(t, "none", s, "1099@2, "+none)
		if got := read(t, c); got != none {
			t.Errorf("read %s", got)
		}
		pulses(l, 10, 100*time.Millisecond, time.Millisecond)
		time.Sleep(10 * time.Millisecond)
		wantTold(t, "again", s, "100@5")
	})
}

func TestDuty(t *testing.T) {
	measuring(t, gpio.Measure{Quantity: gpio.Duty}, func(t *testing.T, l *driverstest.Line, s *told, _ drivers.Channel) {
		time.Sleep(time.Millisecond)
		pulses(l, 10, 100*time.Millisecond, 30*time.Millisecond)
		l.Set(true)
		time.Sleep(time.Second + 10*time.Millisecond)
		wantTold(t, "30 %, then all", s, "30@1, 99.9@2")
		time.Sleep(time.Second)
		wantTold(t, "always high", s, "100@3")
		l.Set(false)
		time.Sleep(2 * time.Second)
		wantTold(t, "low from 3.011 s on", s, "1.1@4, 0@5")
	})
}

func TestWidth(t *testing.T) {
	measuring(t, gpio.Measure{Quantity: gpio.Width, Edge: gpio.Rising}, func(t *testing.T, l *driverstest.Line, s *told, c drivers.Channel) {
		if got := read(t, c); got != "<none>" {
			t.Errorf("read %s before a pulse", got)
		}
		pulses(l, 1, time.Second, 15*time.Millisecond)
		wantTold(t, "a pulse", s, "0.015@0.015")
		l.Set(true)
		time.Sleep(time.Millisecond)
		l.Drop(2)
		l.Set(false)
		wantTold(t, "a pulse with a gap", s, "")
		pulses(l, 1, time.Second, 20*time.Millisecond)
		wantTold(t, "the next pulse", s, "0.02@1.021")
	})
}

func TestLatch(t *testing.T) {
	measuring(t, gpio.Measure{Quantity: gpio.Latch, Edge: gpio.Rising}, func(t *testing.T, l *driverstest.Line, s *told, c drivers.Channel) {
		if got := read(t, c); got != "0" {
			t.Errorf("begins with %s", got)
		}
		pulses(l, 1, time.Second, time.Microsecond)
		wantTold(t, "a short pulse", s, "1@0")
		if got := read(t, c); got != "1" {
			t.Errorf("read %s", got)
		}
		if err := c.(drivers.Writer).Write(t.Context(), pv.EnumValue(0)); err != nil {
			t.Error(err)
		}
		if got := read(t, c); got != "0" {
			t.Errorf("read %s after it was reset", got)
		}
		l.Drop(1)
		l.Set(true)
		l.Drop(2)
		l.Set(false) // only the lost ones rose
		wantTold(t, "lost edges", s, "1@1 MINOR/READ, 1@1 MINOR/READ")
	})
}

func TestLostEdgesAreCounted(t *testing.T) {
	measuring(t, gpio.Measure{Quantity: gpio.Lost}, func(t *testing.T, l *driverstest.Line, s *told, c drivers.Channel) {
		pulses(l, 3, time.Second, time.Millisecond)
		wantTold(t, "none", s, "")
		l.Drop(5)
		l.Set(true)
		wantTold(t, "a gap", s, "5@3")
		if got := read(t, c); got != "5" {
			t.Errorf("read %s", got)
		}
	})
}

// Several channels of one line.
func TestSeveralMeasures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines driverstest.Lines
		d := newDriver(t, gpio.Options{Pins: []boards.Pin{pin27}, Backend: &lines, Measures: []gpio.Measure{
			{}, {Quantity: gpio.Count}, {Quantity: gpio.Polled}, {Quantity: gpio.Latch, Edge: gpio.Falling},
		}})
		stop := run(t, d)
		l := lines.Line("GPIO27")
		pulses(l, 3, time.Second, time.Millisecond)
		l.Set(true)
		synctest.Wait()
		var got []string
		for _, c := range d.Channels() {
			got = append(got, read(t, c))
		}
		if want := []string{"1", "7", "1", "1"}; !slices.Equal(got, want) {
			t.Errorf("read %v, want %v", got, want)
		}
		// What was counted and caught before a fault stays; a line that is closed has no value.
		if err := stop(); err != nil {
			t.Error(err)
		}
		if got := read(t, d.Channels()[1]); !strings.Contains(got, "not open") {
			t.Errorf("read %s of a closed line", got)
		}
		stop = run(t, d)
		if a, b := read(t, d.Channels()[1]), read(t, d.Channels()[3]); a != "7" || b != "1" {
			t.Errorf("read %s and %s after the line came back", a, b)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}
