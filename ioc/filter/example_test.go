package filter_test

import (
	"fmt"

	"github.com/ioclet/ioclet/ioc/filter"
	"github.com/ioclet/ioclet/pv"
)

// A monitor that wants to hear of a temperature only when it has moved by more than
// half a degree while the beam is on.
func Example() {
	var states filter.States
	beam := states.State("beam")
	chain, err := filter.Open(`{sync:{while:"beam"}, dbnd:{abs:0.5}}`, filter.Source{Kind: pv.Float64, Count: 1}, &states)
	if err != nil {
		fmt.Println(err)
		return
	}
	monitor := chain.Monitor()
	for i, celsius := range []float64{20, 21, 21.3, 21.6, 23} {
		beam.Set(i > 0)
		if s, ok := monitor.Pass(pv.Sample{Value: pv.Float64Value(celsius)}, pv.EventValue, 0); ok {
			fmt.Println(chain.Convert(s).Value)
		}
	}
	// Output:
	// 21
	// 21.6
	// 23
}

// A channel that shows a part of an array has as many elements.
func ExampleOpen() {
	trace := filter.Source{Kind: pv.Float64, Count: 2500}
	for _, text := range []string{"[100:199]", "[0:10:-1]", "{arr:{s:-5}}", "{ts:{str:'iso'}}", "{arr:{s:-5}"} {
		chain, err := filter.Open(text, trace, nil)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(text, chain.Count(), chain.Kind())
	}
	// Output:
	// [100:199] 100 float64
	// [0:10:-1] 250 float64
	// {arr:{s:-5}} 5 float64
	// {ts:{str:'iso'}} 1 string
	// filter `{arr:{s:-5}`, byte 11: , or } is expected
}
