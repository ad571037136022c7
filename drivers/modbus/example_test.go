package modbus_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/modbus"
	"github.com/ioclet/ioclet/pv"
)

// oven is a slave with a few registers.
type oven map[uint16]uint16

func (o oven) Get(unit uint8, t modbus.Table, address uint16, into []uint16) error {
	for i := range into {
		into[i] = o[address+uint16(i)]
	}
	return nil
}

func (o oven) Set(unit uint8, t modbus.Table, address uint16, values []uint16) error {
	for i, v := range values {
		o[address+uint16(i)] = v
	}
	return nil
}

// serve answers requests on conn.
func serve(conn net.Conn, mode modbus.Mode, m modbus.Memory) {
	var in []byte
	buf := make([]byte, 300)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		var answers []byte
		answers, in = modbus.Answer(nil, append(in, buf[:n]...), mode, m)
		if _, err := conn.Write(answers); err != nil {
			return
		}
	}
}

func Example() {
	driver, err := modbus.New(modbus.Options{
		// net.Dialer.DialContext of "192.0.2.9:502" in real life.
		Dial: func(context.Context) (io.ReadWriteCloser, error) {
			near, far := net.Pipe()
			go serve(far, modbus.TCP, oven{0: 0xffce, 2: 1800})
			return near, nil
		},
		Pause: time.Millisecond,
		Log:   slog.New(slog.DiscardHandler),
		Slaves: []modbus.Slave{{Name: "OVEN", Unit: 1, Values: []modbus.Value{
			{Name: "T", Table: modbus.Input, Address: 0, Type: modbus.Int16, Scale: 0.1},
			{Name: "SET", Table: modbus.Holding, Address: 2, Type: modbus.Int16, Scale: 0.1, Write: true},
		}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	if err := driver.Open(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer driver.Close()
	temperature, _ := driver.Channel(0, 0).(drivers.Reader).Read(ctx)
	set := driver.Channel(0, 1)
	if err := set.(drivers.Writer).Write(ctx, pv.Float64Value(200)); err != nil {
		fmt.Println(err)
	}
	is, _ := set.(drivers.Reader).Read(ctx)
	fmt.Printf("%.1f C, set to %.1f C\n", temperature.Float64(), is.Float64())
	// Output:
	// -5.0 C, set to 200.0 C
}
