package access_test

import (
	"fmt"

	"github.com/ioclet/ioclet/ioc/access"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

// An operator may set the voltage, but only while there is no beam.
func Example() {
	rules, err := access.Parse("site.acf", []byte(`
		UAG(operators) { ann, bob }
		ASG(MAGNET) {
		    INPA("$(P)BEAM")
		    RULE(1, READ)
		    RULE(0, WRITE, TRAPWRITE) { UAG(operators) CALC("A=0") }
		}`), map[string]string{"P": "BENCH:"})
	if err != nil {
		fmt.Println(err)
		return
	}
	var db record.Database
	beam, _ := db.Add(record.Spec{Name: "BENCH:BEAM", Type: record.BO, Initial: pv.EnumValue(0)})
	volt, _ := db.Add(record.Spec{Name: "BENCH:VOLT", Type: record.AO, ASG: "MAGNET"})

	control := &access.Control{Database: &db}
	defer control.Close()
	control.Use(rules)
	ann := control.Open("ann", "desk1", "10.0.0.5", func() { fmt.Println("rights change") })
	show := func() {
		a, trap := ann.Rights(volt.Value())
		fmt.Println("write:", a&protocol.AccessWrite != 0, "trap:", trap)
	}
	show()
	_ = beam.Value().Put(pv.EnumValue(1), nil)
	show()
	// Output:
	// write: true trap: true
	// rights change
	// write: false trap: false
}
