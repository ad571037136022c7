package clienttest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/client/clienttest"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// TestCloseFirst: a server that is closed before its client is gone for good,
// however often that tries to come back.
func TestCloseFirst(t *testing.T) {
	for range 20 { // who is first is chance
		synctest.Test(t, func(t *testing.T) {
			srv := clienttest.NewServer()
			srv.Add("X", clienttest.PV{Type: dbr.Double, Value: pv.Float64Value(1.5)})
			c := &client.Context{Config: srv.Config()}
			if err := c.Channel("X").Connect(t.Context()); err != nil {
				t.Fatal(err)
			}
			srv.Close()
			time.Sleep(time.Minute) // of the bubble's clock
			if now, ever := srv.Circuits(); now != 0 || ever != 1 {
				t.Errorf("%d circuits of %d after Close, want 0 of 1", now, ever)
			}
			_ = c.Close()
		})
	}
}
