package caserver

import (
	"errors"
	"net"
	"net/netip"

	"golang.org/x/sys/windows"
)

// listenGroup: Windows binds no socket to a group's address; one at an interface's
// hears the groups that it has joined.
func listenGroup(netip.AddrPort) (net.PacketConn, error) { return nil, errors.ErrUnsupported }

func joinGroup(fd uintptr, group, on [4]byte) error {
	return windows.SetsockoptIPMreq(windows.Handle(fd), windows.IPPROTO_IP, windows.IP_ADD_MEMBERSHIP, &windows.IPMreq{Multiaddr: group, Interface: on})
}

// sendGroups sets how many routers what is sent to multicast groups may pass, and if on
// is not 0.0.0.0 the interface that it leaves by.
func sendGroups(fd uintptr, ttl uint8, on [4]byte) error {
	err := windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_IP, windows.IP_MULTICAST_TTL, int(ttl))
	if err != nil || on == [4]byte{} {
		return err
	}
	return windows.SetsockoptInet4Addr(windows.Handle(fd), windows.IPPROTO_IP, windows.IP_MULTICAST_IF, on)
}
