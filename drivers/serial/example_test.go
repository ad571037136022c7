package serial_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/pv"
)

// supply plays a power supply, until conn is closed.
func supply(conn net.Conn) {
	defer conn.Close()
	volt := "0"
	for in := bufio.NewScanner(conn); in.Scan(); {
		if set, ok := strings.CutPrefix(in.Text(), "VOLT "); ok {
			volt = set
		} else if in.Text() == "VOLT?" {
			fmt.Fprintln(conn, volt)
		}
	}
}

// A power supply is set and asked. On a bench its Transport is
// serial.Line{Path: "/dev/ttyUSB0"} or serial.TCP("192.0.2.7:5025").
func Example() {
	port, err := serial.New(serial.Options{
		Transport: serial.DialFunc(func(context.Context) (serial.Conn, error) {
			near, far := net.Pipe()
			go supply(far)
			return near, nil
		}),
		Devices: []serial.Device{{
			Name: "PS",
			Channels: []serial.Channel{
				{Name: "VOLT", Write: "VOLT %.3f", Readback: "VOLT?", Reply: "%f"},
				{Name: "OUT", Write: "OUTP %d", OnExit: pv.Int64Value(0)}, // off when the port is closed
			},
		}},
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	if err := port.Open(ctx); err != nil {
		panic(err)
	}
	defer port.Close()
	volt := port.Channel("PS", "VOLT")
	if err := volt.(drivers.Writer).Write(ctx, pv.Float64Value(12.5)); err != nil {
		panic(err)
	}
	v, err := volt.(drivers.Reader).Read(ctx)
	fmt.Println(volt.Name(), v.Float64(), err)
	// Output: PS:VOLT 12.5 <nil>
}
