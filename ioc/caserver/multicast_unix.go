//go:build unix

package caserver

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/ioclet/ioclet/internal/sharedport"
)

// listenGroup binds a shared socket to the address of a multicast group. Package net
// would bind it to all addresses, where it would hear broadcasts too.
func listenGroup(at netip.AddrPort) (net.PacketConn, error) {
	syscall.ForkLock.RLock()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	f := os.NewFile(uintptr(fd), "multicast group")
	defer f.Close() // the connection has a copy
	if err := sharedport.Allow(uintptr(fd)); err != nil {
		return nil, os.NewSyscallError("setsockopt", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}); err != nil {
		return nil, os.NewSyscallError("bind", err)
	}
	return net.FilePacketConn(f)
}

func joinGroup(fd uintptr, group, on [4]byte) error {
	if err := ownGroupsOnly(int(fd)); err != nil && !errors.Is(err, unix.ENOPROTOOPT) { // it is a kernel that has no such option
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
