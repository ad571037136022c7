package caserver

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// EnvError says that a variable of the environment has a value of no use; what
// would hold without it holds.
type EnvError struct {
	Name, Value string
	Reason      string
}

func (e *EnvError) Error() string { return fmt.Sprintf("%s=%q: %s", e.Name, e.Value, e.Reason) }

// ConfigFromEnv reads the variables that EPICS servers go by: EPICS_CAS_SERVER_PORT,
// EPICS_CAS_BEACON_PORT, EPICS_CAS_INTF_ADDR_LIST, EPICS_CAS_AUTO_BEACON_ADDR_LIST,
// EPICS_CAS_BEACON_ADDR_LIST, EPICS_CAS_IGNORE_ADDR_LIST, EPICS_CAS_BEACON_PERIOD and
// what stands in for them, EPICS_CA_SERVER_PORT, EPICS_CA_REPEATER_PORT,
// EPICS_CA_BEACON_PERIOD; EPICS_CA_AUTO_ARRAY_BYTES and EPICS_CA_MAX_ARRAY_BYTES
// (rsrv: caservertask.c). lookup is [os.LookupEnv] or the like.
//
// The Config is good in any case; the error joins an [*EnvError] for every variable
// that was passed over, in whole or in part. Addresses are written as IPv4 numbers.
func ConfigFromEnv(lookup func(string) (string, bool)) (Config, error) {
	e := environment{lookup: lookup}
	var c Config
	c.Port = e.port("EPICS_CAS_SERVER_PORT", "EPICS_CA_SERVER_PORT")
	c.BeaconPort = e.port("EPICS_CAS_BEACON_PORT", "EPICS_CA_REPEATER_PORT")
	for _, a := range e.addrs("EPICS_CAS_INTF_ADDR_LIST") {
		if a.Addr().IsMulticast() {
			e.bad("EPICS_CAS_INTF_ADDR_LIST", a.Addr().String(), "multicast groups are not supported")
			continue
		}
		c.Interfaces = append(c.Interfaces, a.Addr())
	}
	if len(c.Interfaces) > 1 {
		for _, a := range c.Interfaces {
			if a.IsUnspecified() {
				e.bad("EPICS_CAS_INTF_ADDR_LIST", a.String(), "all interfaces beside single ones: all are taken")
				c.Interfaces = nil
				break
			}
		}
	}
	c.NoAutoBeacons = !e.yes("EPICS_CAS_AUTO_BEACON_ADDR_LIST")
	c.BeaconAddrs = e.addrs("EPICS_CAS_BEACON_ADDR_LIST")
	for _, a := range e.addrs("EPICS_CAS_IGNORE_ADDR_LIST") {
		c.IgnoreAddrs = append(c.IgnoreAddrs, a.Addr())
	}
	c.BeaconPeriod = e.seconds("EPICS_CAS_BEACON_PERIOD", "EPICS_CA_BEACON_PERIOD")
	if !e.yes("EPICS_CA_AUTO_ARRAY_BYTES") {
		c.MaxArrayBytes = e.arrayBytes("EPICS_CA_MAX_ARRAY_BYTES")
	}
	return c, errors.Join(e.errs...)
}

type environment struct {
	lookup func(string) (string, bool)
	errs   []error
}

func (e *environment) bad(name, value, reason string) {
	e.errs = append(e.errs, &EnvError{name, value, reason})
}

// first is the first of the variables that is set to something.
func (e *environment) first(names ...string) (name, value string) {
	for _, name := range names {
		if v, ok := e.lookup(name); ok && strings.TrimSpace(v) != "" {
			return name, strings.TrimSpace(v)
		}
	}
	return "", ""
}

// port: base takes none up to IPPORT_USERRESERVED (envGetInetPortConfigParam).
func (e *environment) port(names ...string) uint16 {
	name, value := e.first(names...)
	if name == "" {
		return 0
	}
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil || n <= 5000 {
		e.bad(name, value, "is no port from 5001 to 65535")
		return 0
	}
	return uint16(n)
}

func (e *environment) yes(name string) bool {
	name, value := e.first(name)
	switch {
	case name == "" || strings.EqualFold(value, "yes"):
		return true
	case !strings.EqualFold(value, "no"):
		e.bad(name, value, "is neither YES nor NO")
		return true
	}
	return false
}

func (e *environment) seconds(names ...string) time.Duration {
	name, value := e.first(names...)
	if name == "" {
		return 0
	}
	x, err := strconv.ParseFloat(value, 64)
	if err != nil || !(x > 0) || x > math.MaxInt64/float64(time.Second) {
		e.bad(name, value, "is no positive number of seconds")
		return 0
	}
	return time.Duration(x * float64(time.Second))
}

// smallArray is base's default and its smallest limit (rsrv: MAX_TCP).
const smallArray = 16 << 10

func (e *environment) arrayBytes(name string) uint32 {
	name, value := e.first(name)
	if name == "" {
		return smallArray
	}
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil || n < smallArray {
		e.bad(name, value, fmt.Sprintf("is no number from %d", smallArray))
		return smallArray
	}
	return uint32(n)
}

// addrs reads addresses with or without ports, separated by white space.
func (e *environment) addrs(name string) (list []netip.AddrPort) {
	_, value := e.first(name)
	for _, field := range strings.Fields(value) {
		addr, err := netip.ParseAddr(field)
		a := netip.AddrPortFrom(addr, 0)
		if err != nil {
			a, err = netip.ParseAddrPort(field)
		}
		if err != nil || !a.Addr().Is4() {
			e.bad(name, field, "is no IPv4 address")
			continue
		}
		list = append(list, a)
	}
	return list
}
