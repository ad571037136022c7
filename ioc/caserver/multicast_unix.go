//go:build unix

package caserver

import "golang.org/x/sys/unix"

func joinGroup(fd uintptr, group, on [4]byte) error {
	if err := ownGroupsOnly(int(fd)); err != nil {
		return err
	}
	return unix.SetsockoptIPMreq(int(fd), unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, &unix.IPMreq{Multiaddr: group, Interface: on})
}

// sendGroups sets how many routers what is sent to multicast groups may pass, and if on
// is not 0.0.0.0 the interface that it leaves by.
func sendGroups(fd uintptr, ttl uint8, on [4]byte) error {
	if err := unix.SetsockoptByte(int(fd), unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, ttl); err != nil || on == [4]byte{} {
		return err
	}
	return unix.SetsockoptInet4Addr(int(fd), unix.IPPROTO_IP, unix.IP_MULTICAST_IF, on)
}
