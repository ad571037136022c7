package client_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/client/clienttest"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

func Example() {
	srv := clienttest.NewServer() // stands for an IOC somewhere
	defer srv.Close()
	srv.Add("BENCH1:TARGET", clienttest.PV{
		Type: dbr.Double, Value: pv.Float64Value(20), Info: pv.Info{Units: "C", Precision: 1},
	})

	c := &client.Context{Config: srv.Config()} // a real one: &client.Context{}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	target := c.Channel("BENCH1:TARGET")
	if err := target.PutNotify(ctx, pv.Float64Value(21.5)); err != nil {
		fmt.Println(err)
		return
	}
	d, err := target.Get(ctx, client.Request{Type: client.InClass(dbr.Ctrl)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Sample.Value.Float64(), d.Info.Units)
	// Output: 21.5 C
}

// A monitor tells of any number of channels, in one loop.
func ExampleMonitor() {
	srv := clienttest.NewServer()
	defer srv.Close()
	srv.Add("A", clienttest.PV{Type: dbr.Long, Value: pv.Int32Value(1)})
	srv.Add("B", clienttest.PV{Type: dbr.Long, Value: pv.Int32Value(2)})

	c := &client.Context{Config: srv.Config()}
	defer c.Close()
	m := c.NewMonitor(client.MonitorOptions{})
	for _, name := range []string{"A", "B"} {
		if err := m.Add(c.Channel(name)); err != nil {
			fmt.Println(err)
			return
		}
	}
	seen := 0
	for u := range m.Updates(context.Background()) {
		if u.Kind != client.NewValue {
			continue
		}
		fmt.Println(u.Channel.Name(), u.Data.Sample.Value.Int64())
		if seen++; seen == 2 {
			break
		}
	}
	// Unordered output:
	// A 1
	// B 2
}
