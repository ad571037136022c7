package caserver

import (
	"net/netip"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

// Config says where and how a [Server] listens. The zero Config listens on all
// interfaces at Channel Access's own ports.
type Config struct {
	Port    uint16 // TCP and UDP; 0: 5064
	AnyPort bool   // ports that the kernel chooses, instead: for tests

	// IPv4 addresses of the interfaces to listen on, and multicast groups; no
	// interface: all. One that is not there is waited for.
	Interfaces []netip.Addr

	BeaconPort    uint16           // where beacons go; 0: 5065
	BeaconAddrs   []netip.AddrPort // besides the interfaces' broadcast addresses; port 0: BeaconPort
	NoAutoBeacons bool             // not to the interfaces' broadcast addresses
	BeaconPeriod  time.Duration    // longest time between beacons, at least 20 ms; 0: 15 s

	MulticastTTL uint8 // of beacons to multicast groups: they pass one router less; 0: 1

	IgnoreAddrs []netip.Addr // searches by UDP from there are not answered

	// Names of hosts whose addresses belong into Interfaces, BeaconAddrs (perhaps with
	// a port: "host:5065") and IgnoreAddrs. They are looked up while the server runs,
	// until they are found; those of interfaces first for a second when it begins to listen.
	InterfaceNames, BeaconNames, IgnoreNames []string

	// Disabled has Run serve nobody: it opens nothing and waits for its end. That is
	// what EPICS_IOC_IGNORE_SERVERS asks for with "rsrv".
	Disabled bool

	Limits          Limits        // of what clients may make the server keep and wait for
	ShutdownTimeout time.Duration // what the last words to all clients may take; 0: 1 s
}

// withDefaults is c with its zeros replaced.
func (c Config) withDefaults() Config {
	c.Port = or(c.Port, protocol.ServerPort)
	if c.AnyPort {
		c.Port = 0
	}
	c.BeaconPort = or(c.BeaconPort, protocol.RepeaterPort)
	c.MulticastTTL = or(c.MulticastTTL, 1)
	c.BeaconPeriod = or(c.BeaconPeriod, 15*time.Second)
	c.Limits = c.Limits.withDefaults()
	c.ShutdownTimeout = or(c.ShutdownTimeout, time.Second)
	return c
}

// or is x, or otherwise if x is zero or negative.
func or[T int | int64 | uint8 | uint16 | uint32 | time.Duration](x, otherwise T) T {
	if x > 0 {
		return x
	}
	return otherwise
}
