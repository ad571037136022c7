package format_test

import (
	"errors"
	"fmt"

	"github.com/ioclet/ioclet/format"
)

// A set command and a reply, from both ends of the wire.
func Example() {
	set := format.MustCompile("VOLT %.3f", format.Output)
	reply := format.MustCompile("T=%f H=%(H)f", format.Input)

	// The IOC prints what the instrument scans …
	line, _ := set.Append(nil, format.Float(12))
	volts := make([]format.Arg, set.Args())
	err := set.ScanAll(line, volts)
	fmt.Printf("%s → %v, %v\n", line, volts[0], err)

	// … and scans what the instrument prints.
	line, _ = reply.Append(nil, format.Float(21.5), format.Float(48))
	values := make([]format.Arg, reply.Args())
	err = reply.ScanAll(line, values)
	fmt.Printf("%s → %v, %v\n", line, values, err)

	err = reply.ScanAll([]byte("T=err"), values)
	fmt.Println(err, errors.Is(err, format.ErrMismatch))
	// Output:
	// VOLT 12.000 → 12, <nil>
	// T=21.5 H=48 → [21.5 48], <nil>
	// input does not match: at byte 2 expected a number (%f) true
}

func ExampleUnescape() {
	terminator, _ := format.Unescape(`\r\n`)
	fmt.Println(terminator, format.Quote(terminator))
	// Output: [13 10] "\r\n"
}
