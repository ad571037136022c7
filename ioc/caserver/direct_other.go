//go:build !linux

package caserver

import "net"

// direct is conn.
func direct(conn net.Conn) net.Conn { return conn }
