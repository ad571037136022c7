package control_test

import (
	"fmt"
	"net"
	"net/rpc"

	"github.com/ioclet/ioclet/hil/control"
)

// Guest stands for the board, where all files hold their own names.
type Guest struct{}

func (Guest) Read(path string, text *string) error {
	*text = path + "\n"
	return nil
}

func Example() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	server := rpc.NewServer()
	if err := server.RegisterName(control.Service, Guest{}); err != nil {
		fmt.Println(err)
		return
	}
	go server.Accept(l) // until the listener is closed

	board, err := control.Dial(l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer board.Close()
	fmt.Println(board.Read("/proc/uptime"))
	_, err = board.Now()
	fmt.Println(err)
	// Output:
	// /proc/uptime <nil>
	// guest: Now {}: rpc: can't find method Guest.Now
}
