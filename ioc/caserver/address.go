package caserver

import (
	"errors"
	"net/netip"
)

// The lists of addresses of a [Config] can be filled with texts as
// EPICS_CAS_INTF_ADDR_LIST and its kin have them: an IPv4 address, perhaps with a port
// behind a colon. The errors say what is wrong with the text, not which it was.

// ListenOn adds an interface, by one of its addresses. A port is of no effect, as in
// base.
func (c *Config) ListenOn(text string) error {
	a, err := parseAddress(text)
	switch {
	case err != nil:
		return err
	case a.Addr().IsMulticast():
		return errors.New("is a multicast group")
	}
	c.Interfaces = append(c.Interfaces, a.Addr())
	return nil
}

// SendBeaconsTo adds a destination of beacons; without a port they go to BeaconPort.
func (c *Config) SendBeaconsTo(text string) error {
	a, err := parseAddress(text)
	if err == nil {
		c.BeaconAddrs = append(c.BeaconAddrs, a)
	}
	return err
}

// Ignore adds a client whose searches are not answered. A port is of no effect.
func (c *Config) Ignore(text string) error {
	a, err := parseAddress(text)
	if err == nil {
		c.IgnoreAddrs = append(c.IgnoreAddrs, a.Addr())
	}
	return err
}

var errNoAddress = errors.New("is no IPv4 address")

// parseAddress reads an address; without a port its port is 0.
func parseAddress(text string) (netip.AddrPort, error) {
	addr, err := netip.ParseAddr(text)
	a := netip.AddrPortFrom(addr, 0)
	if err != nil {
		a, err = netip.ParseAddrPort(text)
	}
	if err != nil || !a.Addr().Is4() {
		return netip.AddrPort{}, errNoAddress
	}
	return a, nil
}
