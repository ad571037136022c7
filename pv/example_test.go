package pv_test

import (
	"fmt"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// A record gives a value its time and alarm; a client shows it with the record's
// metadata.
func Example() {
	info := &pv.Info{Units: "C", Precision: 1, Warning: pv.Limits{Low: 10, High: 40}}

	sample := pv.Sample{
		Value: pv.Float64Value(41.26),
		Time:  pv.StampOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
	}
	if sample.Value.Float64() >= info.Warning.High {
		sample.Alarm = sample.Alarm.Raise(pv.Alarm{Status: pv.StatusHigh, Severity: pv.Minor})
	}
	text := sample.Value.AppendText(nil, info)
	fmt.Printf("%s %s, %v, %d s after 1990 began\n", text, info.Units, sample.Alarm, sample.Time.Sec)

	whole, err := pv.Convert(sample.Value, pv.Int32, info)
	fmt.Println(whole, err)
	_, err = pv.Convert(pv.StringValue("hot"), pv.Float64, info)
	fmt.Println(err)
	// Output:
	// 41.3 C, MINOR/HIGH, 1141214400 s after 1990 began
	// 41 <nil>
	// convert string to float64: "hot": no number
}
