package caserver

import (
	"net/netip"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

// Config says where and how a [Server] listens. The zero Config listens on all
// interfaces at Channel Access's own ports.
type Config struct {
	Port       uint16       // TCP and UDP; 0: 5064
	AnyPort    bool         // ports that the kernel chooses, instead: for tests
	Interfaces []netip.Addr // IPv4 addresses to listen on; none: all

	BeaconPort    uint16           // where beacons go; 0: 5065
	BeaconAddrs   []netip.AddrPort // besides the interfaces' broadcast addresses; port 0: BeaconPort
	NoAutoBeacons bool             // not to the interfaces' broadcast addresses
	BeaconPeriod  time.Duration    // longest time between beacons; 0: 15 s

	IgnoreAddrs []netip.Addr // searches by UDP from there are not answered

	Limits          Limits        // of what clients may make the server keep and wait for
	ShutdownTimeout time.Duration // what the last words to all clients may take; 0: 1 s
}

// withDefaults is c with its zeros replaced.
func (c Config) withDefaults() Config {
	c.Port = or(c.Port, protocol.ServerPort)
	if c.AnyPort {
		c.Port = 0
	}
	if len(c.Interfaces) == 0 {
		c.Interfaces = []netip.Addr{netip.IPv4Unspecified()}
	}
	c.BeaconPort = or(c.BeaconPort, protocol.RepeaterPort)
	c.BeaconPeriod = or(c.BeaconPeriod, 15*time.Second)
	c.Limits = c.Limits.withDefaults()
	c.ShutdownTimeout = or(c.ShutdownTimeout, time.Second)
	return c
}

// or is x, or otherwise if x is zero or negative.
func or[T int | int64 | uint16 | uint32 | time.Duration](x, otherwise T) T {
	if x > 0 {
		return x
	}
	return otherwise
}
