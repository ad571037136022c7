package gpio

import (
	"testing"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/pv"
)

// nobody is a sink that forgets.
type nobody struct{}

func (nobody) Post(pv.Value, pv.Stamp, pv.Alarm) {}
func (nobody) Fault(error)                       {}

// listening is a driver with a channel of each kind, each with a sink.
func listening(t testing.TB) *Driver {
	t.Helper()
	o := Options{Pins: []boards.Pin{{Name: "GPIO27", Line: "GPIO27"}}}
	for q := Level; q <= Lost; q++ {
		if q != Polled {
			o.Measures = append(o.Measures, Measure{Quantity: q, Edge: Rising})
		}
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range d.inputs {
		i.sink = nobody{}
	}
	for _, m := range d.meters {
		m.sink = nobody{}
		m.start(false, time.Now())
	}
	return d
}

// An edge allocates nothing on its way to the sinks, whatever is told of it.
func TestEdgesDoNotAllocate(t *testing.T) {
	d := listening(t)
	x := edge{Event: Event{Time: time.Now()}}
	if n := testing.AllocsPerRun(1000, func() {
		x.Active, x.levels = !x.Active, x.levels^1
		x.Seq++
		d.report(x)
	}); n != 0 {
		t.Errorf("%v allocations an edge", n)
	}
}

func BenchmarkEdge(b *testing.B) {
	d := listening(b)
	x := edge{Event: Event{Time: time.Now()}}
	b.ReportAllocs()
	for b.Loop() {
		x.Active, x.levels = !x.Active, x.levels^1
		d.report(x)
	}
}
