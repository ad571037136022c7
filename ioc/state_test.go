package ioc_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/ioc"
)

// A monitor on REC.{sync:{while:"beam"}} hears of a value only while the beam is on.
func ExampleState() {
	bench := ioc.New("BENCH:")
	beam := bench.State("beam")
	beam.Set(true)
	fmt.Println(bench.State("beam").Get())
	// Output: true
}

// TestStateFilters: clients see events by a state that the program sets, and by one
// that follows a PV.
func TestStateFilters(t *testing.T) {
	i := ioc.New("T:")
	x := i.Float("X", ioc.Initial(0.0))
	shutter := i.Enum("SHUTTER", []string{"Closed", "Open"}, ioc.Initial("Closed"))
	beam := i.State("beam")
	if err := i.FollowState("open", shutter.Record()); err != nil {
		t.Fatal(err)
	}
	r := run(t, i)
	for _, tt := range []struct {
		state string
		set   func(on bool)
	}{
		{"beam", beam.Set},
		{"open", func(on bool) { shutter.Set(map[bool]int{true: 1}[on]) }},
	} {
		tt.set(true)
		x.Set(1)
		var got []float64
		for u, err := range r.client.Channel(`T:X.{sync:{while:"`+tt.state+`"}}`).Monitor(t.Context(), client.MonitorOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			if u.Kind != client.NewValue {
				continue
			}
			got = append(got, u.Data.Sample.Value.Float64())
			if len(got) == 3 {
				break
			}
			x.Set(float64(len(got) * 10))
			tt.set(false)
			x.Set(-1)
			tt.set(true)
			x.Set(float64(len(got)*10 + 1))
		}
		if diff := cmp.Diff([]float64{1, 10, 11}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.state, diff)
		}
	}
}

func TestFollowState(t *testing.T) {
	i := ioc.New("T:")
	x, n := i.Float("X"), i.Int("N", ioc.Initial(3))
	state, other := i.State("x"), i.State("n")
	if err := i.FollowState("x", x.Record()); err != nil {
		t.Fatal(err)
	}
	if err := i.FollowState("n", n.Record()); err != nil || !other.Get() {
		t.Errorf("an initial 3: %v, %v", other.Get(), err)
	}
	for _, tt := range []struct {
		x  float64
		on bool
	}{{1, true}, {0, false}, {-0.5, true}, {math.NaN(), false}, {math.Inf(1), true}} {
		x.Set(tt.x)
		if state.Get() != tt.on {
			t.Errorf("%v: %v", tt.x, state.Get())
		}
	}
	if err := i.FollowState("t", i.Text("TEXT").Record()); err == nil {
		t.Error("a text can be followed")
	}
	if err := i.FollowState("a", i.Floats("ARRAY", 3).Record()); err == nil {
		t.Error("an array can be followed")
	}
}
