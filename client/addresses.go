package client

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// searchAddresses are the UDP destinations of c, without repetitions. A host
// name that does not resolve is left out and named in the error.
func (c *Config) searchAddresses(ctx context.Context) ([]netip.AddrPort, error) {
	list, err := resolveAll(ctx, c.Addresses, c.ServerPort)
	if !c.OnlyAddresses {
		auto, e := interfaceAddresses()
		err = errors.Join(err, e)
		for _, a := range auto {
			list = append(list, netip.AddrPortFrom(a, c.ServerPort))
		}
	}
	return unique(list), err
}

// resolveAll turns "host" and "host:port" into addresses.
func resolveAll(ctx context.Context, hosts []string, port uint16) ([]netip.AddrPort, error) {
	var list []netip.AddrPort
	var errs []error
	for _, h := range hosts {
		a, err := resolve(ctx, h, port)
		if err != nil {
			errs = append(errs, fmt.Errorf("address %q: %w", h, err))
			continue
		}
		list = append(list, a)
	}
	return unique(list), errors.Join(errs...)
}

func resolve(ctx context.Context, host string, port uint16) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(host); err == nil && !a.Is4() {
		return netip.AddrPort{}, errors.New("Channel Access runs over IPv4 only")
	}
	if h, p, ok := strings.Cut(host, ":"); ok {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return netip.AddrPort{}, fmt.Errorf("port %q: want 1 to 65535", p)
		}
		host, port = h, uint16(n)
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(a, port), nil
	}
	as, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(as[0].Unmap(), port), nil
}

// interfaceAddresses are the broadcast addresses of the networks that are up.
// A machine with no network but its loopback gets that, so that client and
// server on one machine find each other without a cable.
func interfaceAddresses() ([]netip.Addr, error) {
	ifs, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	var list []netip.Addr
	for _, i := range ifs {
		const want = net.FlagUp | net.FlagBroadcast
		if i.Flags&want != want || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // the interface has just gone
		}
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok {
				if b, ok := broadcast(n); ok {
					list = append(list, b)
				}
			}
		}
	}
	if len(list) == 0 {
		list = append(list, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	return list, nil
}

// broadcast is the address of all hosts of an IPv4 network; networks of one or
// two hosts have none.
func broadcast(n *net.IPNet) (netip.Addr, bool) {
	ip, mask := n.IP.To4(), n.Mask
	if ones, bits := mask.Size(); ip == nil || bits != 32 || ones > 30 {
		return netip.Addr{}, false
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(ip)|^binary.BigEndian.Uint32(mask))
	return netip.AddrFrom4(b), true
}

func unique(list []netip.AddrPort) []netip.AddrPort {
	slices.SortFunc(list, netip.AddrPort.Compare)
	return slices.Compact(list)
}
