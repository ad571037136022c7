package protocol_test

import (
	"errors"
	"fmt"

	"github.com/ioclet/ioclet/protocol"
)

// A client asks for a channel; its request arrives in two parts.
func Example() {
	request := protocol.AppendVersion(nil, 0, protocol.Version)
	request = protocol.AppendCreateChan(request, 7, "BENCH:TEMP", protocol.Version)

	var buffer []byte
	for _, part := range [][]byte{request[:20], request[20:]} {
		buffer = append(buffer, part...)
		for {
			m, n, err := protocol.Next(buffer, protocol.Limits{})
			if errors.Is(err, protocol.ErrShort) {
				fmt.Println("need", protocol.Need(buffer), "bytes")
				break
			}
			if err != nil {
				fmt.Println(err)
				return
			}
			text, _ := m.Text()
			fmt.Printf("%v %q\n", m.Command, text)
			buffer = buffer[n:]
		}
	}
	// Output:
	// VERSION ""
	// need 16 bytes
	// CREATE_CHAN "BENCH:TEMP"
	// need 16 bytes
}
