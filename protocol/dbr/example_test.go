package dbr_test

import (
	"fmt"

	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// A server answers a read of DBR_CTRL_DOUBLE; the client reads the value with its
// metadata.
func Example() {
	sample := &pv.Sample{
		Value: pv.Float64Value(41.25),
		Alarm: pv.Alarm{Status: pv.StatusHigh, Severity: pv.Minor},
	}
	info := &pv.Info{Units: "C", Precision: 2, Control: pv.Limits{Low: 0, High: 80}}
	payload, err := dbr.Append(nil, dbr.CtrlDouble, 1, sample, info)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(payload), "bytes")

	data, err := dbr.Decode(dbr.CtrlDouble, 1, payload)
	if err != nil {
		fmt.Println(err)
		return
	}
	text := data.Sample.Value.AppendText(nil, data.Info)
	fmt.Printf("%s %s, %v, up to %v\n", text, data.Info.Units, data.Sample.Alarm, data.Info.Control.High)
	// Output:
	// 88 bytes
	// 41.25 C, MINOR/HIGH, up to 80
}
