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

	MaxArrayBytes    uint32        // largest value in a message, in bytes, up to 1 GiB; 0: 16 MiB
	MaxCircuits      int           // clients at a time; 0: 1000
	MaxChannels      int           // of one client; 0: 100,000
	MaxSubscriptions int           // of one client; 0: 100,000
	MaxPuts          int           // of one client, not yet answered; 0: 256
	WriteTimeout     time.Duration // a client that takes nothing for that long is dropped; 0: 60 s
	ShutdownTimeout  time.Duration // what the last words to all clients may take; 0: 1 s
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
	c.MaxArrayBytes = min(or(c.MaxArrayBytes, protocol.DefaultMaxPayload), 1<<30)
	c.MaxCircuits = or(c.MaxCircuits, 1000)
	c.MaxChannels = or(c.MaxChannels, 100_000)
	c.MaxSubscriptions = or(c.MaxSubscriptions, 100_000)
	c.MaxPuts = or(c.MaxPuts, 256)
	c.WriteTimeout = or(c.WriteTimeout, time.Minute)
	c.ShutdownTimeout = or(c.ShutdownTimeout, time.Second)
	return c
}

// or is x, or otherwise if x is zero or negative.
func or[T int | uint16 | uint32 | time.Duration](x, otherwise T) T {
	if x > 0 {
		return x
	}
	return otherwise
}
