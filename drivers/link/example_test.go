package link_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/drivers/link"
)

// A question and its answer.
func Example() {
	here, there := net.Pipe()
	go func() { // an instrument; ends with the connection
		for questions := bufio.NewScanner(there); questions.Scan(); {
			fmt.Fprintf(there, "you ask %s\n", questions.Text())
		}
	}()

	var in, out atomic.Uint64
	answers := make(chan string, 1)
	l := link.Start(here, link.Options{
		Receive: func(b []byte) { answers <- string(b) }, In: &in, Out: &out, WriteTimeout: time.Second,
	})
	ctx := context.Background()
	if err := l.Acquire(ctx, false); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(l.Write(ctx, false, []byte("VOLT?\n"), 0))
	fmt.Print(<-answers)
	l.Release()
	fmt.Println(l.Leave(nil))
	// Output:
	// <nil>
	// you ask VOLT?
	// <nil>
}
