package circuit_test

import (
	"fmt"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
)

// Both sides of a circuit, joined by byte slices in place of a socket.
func Example() {
	now := time.Now()
	server := circuit.New(circuit.Config{})
	client := circuit.New(circuit.Config{Role: circuit.Client})

	toClient := server.AppendGreeting(nil)
	toServer, _ := client.AppendHello(nil, "operator", "bench")
	toServer, _, _ = client.Create(toServer, "LAB:TEMP", nil)

	server.Advance(copy(server.Space(len(toServer)), toServer))
	for {
		ev, err := server.Next(now)
		if err != nil {
			break
		}
		fmt.Printf("server: %v %q\n", ev.Kind, ev.Name)
		if ev.Kind == circuit.CreateAsked {
			toClient, _, _ = server.Accept(toClient, ev, dbr.Double, 1, protocol.AccessRead)
		}
	}

	client.Advance(copy(client.Space(len(toClient)), toClient))
	for {
		ev, err := client.Next(now)
		if err != nil {
			break
		}
		fmt.Printf("client: %v\n", ev.Kind)
		if ev.Kind == circuit.Created {
			_, _, err := client.ReadNotify(nil, ev.Channel, dbr.TimeDouble, 1, nil)
			fmt.Println("may be read:", err == nil, ev.Channel.Type)
		}
	}
	// Output:
	// server: version said ""
	// server: client named "operator"
	// server: host named "bench"
	// server: create asked "LAB:TEMP"
	// client: version answered
	// client: rights changed
	// client: created
	// may be read: true DBR_DOUBLE
}
