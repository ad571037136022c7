package caserver

import "golang.org/x/sys/unix"

// ownGroupsOnly keeps from a socket what other sockets of the machine have joined.
func ownGroupsOnly(fd int) error {
	return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0)
}
