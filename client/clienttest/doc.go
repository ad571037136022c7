// Package clienttest is a small Channel Access server for tests of programs that
// use package client. It holds PVs in memory, does what the test says (answers,
// keeps silent, refuses, drops circuits), and is reached in memory, also within
// testing/synctest, or over the loopback.
//
//	srv := clienttest.NewServer()
//	defer srv.Close()
//	srv.Add("X", clienttest.PV{Type: dbr.Double, Value: pv.Float64Value(1.5)})
//	c := &client.Context{Config: srv.Config()}
//
// It is no IOC: there are no records, alarms or scans, and a PV's value changes
// only by a put or by [Server.Post].
package clienttest
