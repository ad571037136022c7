package caserver

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// The lists of addresses of a [Config] take texts as EPICS_CAS_INTF_ADDR_LIST and its
// kin have them: an IPv4 address or the name of a host, perhaps with a port behind a
// colon. A name is looked up when the server runs, until it is found. The errors say
// what is wrong with the text, not which it was.

// ListenOn adds an interface, by its address, or a multicast group. A port is
// of no effect, as in base.
func (c *Config) ListenOn(text string) error {
	h, err := parseHost(text)
	if err != nil {
		return err
	}
	if h.name != "" {
		c.InterfaceNames = append(c.InterfaceNames, h.name)
	} else {
		c.Interfaces = append(c.Interfaces, h.addr)
	}
	return nil
}

// SendBeaconsTo adds a destination of beacons; without a port they go to BeaconPort.
func (c *Config) SendBeaconsTo(text string) error {
	h, err := parseHost(text)
	if err != nil {
		return err
	}
	if h.name != "" {
		c.BeaconNames = append(c.BeaconNames, text) // with its port
	} else {
		c.BeaconAddrs = append(c.BeaconAddrs, netip.AddrPortFrom(h.addr, h.port))
	}
	return nil
}

// Ignore adds a client whose searches are not answered. A port is of no effect.
func (c *Config) Ignore(text string) error {
	h, err := parseHost(text)
	if err != nil {
		return err
	}
	if h.name != "" {
		c.IgnoreNames = append(c.IgnoreNames, h.name)
	} else {
		c.IgnoreAddrs = append(c.IgnoreAddrs, h.addr)
	}
	return nil
}

// host is one entry of a list: an address or else a name.
type host struct {
	addr netip.Addr
	name string
	port uint16 // 0 if not given
}

var (
	errNoHost = errors.New("is neither an IPv4 address nor the name of a host")
	errNoPort = errors.New("has no port from 1 to 65535 behind its colon")
)

// maxHostName is the length of the longest name of a host (RFC 1035).
const maxHostName = 253

func parseHost(text string) (h host, err error) {
	name, port, colon := strings.Cut(text, ":")
	if colon && strings.Contains(port, ":") {
		return host{}, errNoHost // IPv6
	}
	if addr, err := netip.ParseAddr(name); err == nil && addr.Is4() {
		h.addr = addr
	} else if isHostName(name) {
		h.name = name
	} else {
		return host{}, errNoHost
	}
	if colon {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return host{}, errNoPort
		}
		h.port = uint16(n)
	}
	return h, nil
}

// isHostName is true of letters, digits and dots whose last part is no number, which
// would be a mistyped address.
func isHostName(s string) bool {
	if s == "" || len(s) > maxHostName {
		return false
	}
	last := s
	for part := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
		}) {
			return false
		}
		last = part
	}
	return strings.Trim(last, "0123456789") != ""
}
