package clienttest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/client/clienttest"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// A program under test meets a PV that refuses to be written.
func Example() {
	srv := clienttest.NewServer()
	defer srv.Close()
	srv.Add("VALVE", clienttest.PV{Type: dbr.Long, Value: pv.Int32Value(0), Refuse: protocol.ECAPutFail})

	c := &client.Context{Config: srv.Config()}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := c.Channel("VALVE").PutNotify(ctx, pv.Int32Value(1))
	fmt.Println(err)
	fmt.Println("still", srv.Value("VALVE").Int64())
	// Output:
	// pv "VALVE": put: ECA_PUTFAIL: write failed
	// still 0
}
