package sharedport_test

import (
	"context"
	"fmt"
	"net"

	"github.com/ioclet/ioclet/internal/sharedport"
)

func Example() {
	var alone net.ListenConfig
	shared := net.ListenConfig{Control: sharedport.Control}
	first, err := shared.ListenPacket(context.Background(), "udp4", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer first.Close()
	for _, cfg := range []net.ListenConfig{alone, shared} {
		c, err := cfg.ListenPacket(context.Background(), "udp4", first.LocalAddr().String())
		if err != nil {
			fmt.Println("taken")
			continue
		}
		fmt.Println("shared")
		_ = c.Close()
	}
	// Output:
	// taken
	// shared
}
