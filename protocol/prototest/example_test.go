package prototest_test

import (
	"fmt"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/prototest"
)

// A server under test is asked what the C server was asked, over a link in memory.
func Example() {
	client, server := prototest.Pipe()
	defer client.Close()
	go func() { // the server under test: it answers an echo
		defer server.Close()
		b := make([]byte, protocol.HeaderLen)
		if _, err := server.Read(b); err == nil {
			server.Write(protocol.AppendEcho(nil))
		}
	}()

	for _, f := range prototest.Frames() {
		if f.Name != "echo" {
			continue
		}
		client.Write(f.Bytes)
		reply := make([]byte, 64)
		n, _ := client.Read(reply)
		m, _, err := protocol.Next(reply[:n], protocol.Limits{})
		fmt.Println(f.Source, "answered by", m.Command, err)
	}
	// Output:
	// CA_PROTO_ECHO answered by ECHO <nil>
}
