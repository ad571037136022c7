package record_test

import (
	"fmt"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

type printer struct{ name string }

func (p printer) Post(s *pv.Sample, m pv.Mask) {
	fmt.Println(p.name, s.Value, s.Alarm)
}

func Example() {
	var db record.Database
	temp, err := db.Add(record.Spec{
		Name: "BENCH:TEMP",
		Type: record.AI,
		Info: pv.Info{Units: "C", Precision: 1, Warning: pv.Limits{High: 40}},
		HSV:  pv.Minor,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	value, _ := db.Lookup("BENCH:TEMP")
	sub := value.Subscribe(pv.EventValue|pv.EventAlarm, printer{"temp"})
	defer sub.Unsubscribe()

	temp.Post(pv.Float64Value(21.5), pv.Stamp{}, pv.Alarm{})
	temp.Post(pv.Float64Value(21.5), pv.Stamp{}, pv.Alarm{}) // nothing changes
	temp.Post(pv.Float64Value(43), pv.Stamp{}, pv.Alarm{})

	egu, _ := db.Lookup("BENCH:TEMP.EGU")
	s, _ := egu.Get()
	fmt.Println(s.Value.Str())
	// Output:
	// temp 0 INVALID/UDF
	// temp 21.5 NO_ALARM
	// temp 43 MINOR/HIGH
	// C
}
