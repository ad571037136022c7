// Package sharedport lets several programs of a machine receive on one UDP port, as
// the protocols of EPICS want it: each server hears searches on port 5064, each IOC the
// announcements on 5049.
//
//	cfg := net.ListenConfig{Control: sharedport.Control}
//	conn, err := cfg.ListenPacket(ctx, "udp4", ":5049")
//
// A broadcast, or a datagram to a multicast group, reaches all sockets of the port; any
// other just one of them.
package sharedport

import "syscall"

// Control allows a socket that is about to be bound to share its port, if the others
// there do so, too. It is for [net.ListenConfig].
func Control(_, _ string, c syscall.RawConn) error {
	var failed error
	if err := c.Control(func(fd uintptr) { failed = Allow(fd) }); err != nil {
		return err
	}
	return failed
}
