package caserver

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
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

// ConfigFromEnv is the zero Config with what the environment says, see [Config.WithEnv].
func ConfigFromEnv(lookup func(string) (string, bool)) (Config, error) {
	return Config{}.WithEnv(lookup)
}

// WithEnv is c with what the variables say that EPICS servers go by, as far as they are
// set: EPICS_CAS_SERVER_PORT, EPICS_CAS_BEACON_PORT, EPICS_CAS_INTF_ADDR_LIST,
// EPICS_CAS_AUTO_BEACON_ADDR_LIST, EPICS_CAS_BEACON_ADDR_LIST,
// EPICS_CAS_IGNORE_ADDR_LIST, EPICS_CAS_BEACON_PERIOD and what stands in for them,
// EPICS_CA_SERVER_PORT, EPICS_CA_REPEATER_PORT, EPICS_CA_BEACON_PERIOD;
// EPICS_CA_MCAST_TTL; EPICS_CA_AUTO_ARRAY_BYTES and EPICS_CA_MAX_ARRAY_BYTES;
// EPICS_IOC_IGNORE_SERVERS (rsrv: caservertask.c, dbServer.c). lookup is [os.LookupEnv]
// or the like. A list takes the place of c's.
//
// The Config is good in any case; the error joins an [*EnvError] for every variable
// that was passed over, in whole or in part. Addresses are written as IPv4 numbers or as
// names of hosts, with or without a port.
func (c Config) WithEnv(lookup func(string) (string, bool)) (Config, error) {
	e := environment{lookup: lookup}
	e.port(&c.Port, "EPICS_CAS_SERVER_PORT", "EPICS_CA_SERVER_PORT")
	e.port(&c.BeaconPort, "EPICS_CAS_BEACON_PORT", "EPICS_CA_REPEATER_PORT")
	e.interfaces(&c)
	if auto, ok := e.yes("EPICS_CAS_AUTO_BEACON_ADDR_LIST"); ok {
		c.NoAutoBeacons = !auto
	}
	if e.set("EPICS_CAS_BEACON_ADDR_LIST") {
		c.BeaconAddrs, c.BeaconNames = nil, nil
		e.list("EPICS_CAS_BEACON_ADDR_LIST", c.SendBeaconsTo)
	}
	if e.set("EPICS_CAS_IGNORE_ADDR_LIST") {
		c.IgnoreAddrs, c.IgnoreNames = nil, nil
		e.list("EPICS_CAS_IGNORE_ADDR_LIST", c.Ignore)
	}
	e.seconds(&c.BeaconPeriod, "EPICS_CAS_BEACON_PERIOD", "EPICS_CA_BEACON_PERIOD")
	e.ttl(&c.MulticastTTL, "EPICS_CA_MCAST_TTL")
	if slices.Contains(e.words("EPICS_IOC_IGNORE_SERVERS"), "rsrv") {
		c.Disabled = true
	}
	if auto, ok := e.yes("EPICS_CA_AUTO_ARRAY_BYTES"); ok && !auto {
		c.Limits.ArrayBytes = e.arrayBytes("EPICS_CA_MAX_ARRAY_BYTES")
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

// set reports whether there is a value.
func (e *environment) set(name string) bool {
	name, _ = e.first(name)
	return name != ""
}

// port: base takes none up to IPPORT_USERRESERVED (envGetInetPortConfigParam).
func (e *environment) port(to *uint16, names ...string) {
	name, value := e.first(names...)
	if name == "" {
		return
	}
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil || n <= 5000 {
		e.bad(name, value, "is no port from 5001 to 65535")
		return
	}
	*to = uint16(n)
}

// yes reads YES or NO; ok is false if neither is said.
func (e *environment) yes(name string) (yes, ok bool) {
	name, value := e.first(name)
	switch {
	case name == "":
		return false, false
	case strings.EqualFold(value, "yes"):
		return true, true
	case strings.EqualFold(value, "no"):
		return false, true
	}
	e.bad(name, value, "is neither YES nor NO")
	return false, false
}

func (e *environment) seconds(to *time.Duration, names ...string) {
	name, value := e.first(names...)
	if name == "" {
		return
	}
	x, err := strconv.ParseFloat(value, 64)
	if err != nil || !(x > 0) || x > math.MaxInt64/float64(time.Second) {
		e.bad(name, value, "is no positive number of seconds")
		return
	}
	*to = time.Duration(x * float64(time.Second))
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

// ttl reads how far multicasts go (envGetLongConfigParam, base takes 1 to 255).
func (e *environment) ttl(to *uint8, name string) {
	name, value := e.first(name)
	if name == "" {
		return
	}
	n, err := strconv.ParseUint(value, 10, 8)
	if err != nil || n == 0 {
		e.bad(name, value, "is no number from 1 to 255")
		return
	}
	*to = uint8(n)
}

func (e *environment) words(name string) []string {
	_, value := e.first(name)
	return strings.Fields(value)
}

// list gives add each word of a list.
func (e *environment) list(name string, add func(string) error) {
	for _, word := range e.words(name) {
		if err := add(word); err != nil {
			e.bad(name, word, err.Error())
		}
	}
}

// interfaces reads EPICS_CAS_INTF_ADDR_LIST.
func (e *environment) interfaces(c *Config) {
	const name = "EPICS_CAS_INTF_ADDR_LIST"
	if !e.set(name) {
		return
	}
	c.Interfaces, c.InterfaceNames = nil, nil
	e.list(name, c.ListenOn)
	groups, single := []netip.Addr(nil), len(c.InterfaceNames)
	for _, a := range c.Interfaces {
		if a.IsMulticast() {
			groups = append(groups, a)
		} else {
			single++
		}
	}
	if single > 1 && slices.ContainsFunc(c.Interfaces, netip.Addr.IsUnspecified) {
		e.bad(name, netip.IPv4Unspecified().String(), "all interfaces beside single ones: all are taken")
		c.Interfaces, c.InterfaceNames = groups, nil
	}
}
