package caserver_test

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// A server on a free port of this machine, and the first words of a client.
func Example() {
	var db record.Database
	if _, err := db.Add(record.Spec{Name: "TEMP", Type: record.AI, Initial: pv.Float64Value(21.5)}); err != nil {
		fmt.Println(err)
		return
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := caserver.Server{Database: &db, Listeners: []net.Listener{listener}}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan error)
	go func() { done <- server.Run(ctx) }()

	conn, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	c := circuit.New(circuit.Config{Role: circuit.Client})
	b, _ := c.AppendHello(nil, "operator", "bench")
	b, _, _ = c.Create(b, "TEMP", nil)
	for done := false; !done; {
		if _, err := conn.Write(b); err != nil {
			fmt.Println(err)
			return
		}
		n, err := conn.Read(c.Space(1))
		if err != nil {
			fmt.Println(err)
			return
		}
		c.Advance(n)
		b = b[:0]
		for {
			ev, err := c.Next(time.Now())
			if err != nil {
				break
			}
			switch ev.Kind {
			case circuit.Created:
				fmt.Println("created:", ev.Channel.Type, ev.Channel.Count)
				b, _, _ = c.ReadNotify(b, ev.Channel, dbr.Double, 1, nil)
			case circuit.ReadAnswered:
				v, _ := dbr.DecodeValue(ev.Type, ev.Count, ev.Payload)
				fmt.Println("read:", v.Float64(), ev.Status == protocol.ECANormal)
				done = true
			}
		}
	}
	_ = conn.Close()
	stop()
	fmt.Println("server:", <-done)
	// Output:
	// created: DBR_DOUBLE 1
	// read: 21.5 true
	// server: <nil>
}
