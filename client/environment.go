package client

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ConfigFromEnv reads the EPICS_CA_ variables through lookup, which gives "" for
// a variable that is not set (os.Getenv does). A variable that makes no sense
// leaves its default and is named in the error, which joins all of them; the
// Config is usable all the same.
func ConfigFromEnv(lookup func(name string) string) (Config, error) {
	e := environment{lookup: lookup}
	c := Config{
		Addresses:         strings.Fields(lookup("EPICS_CA_ADDR_LIST")),
		OnlyAddresses:     e.no("EPICS_CA_AUTO_ADDR_LIST"),
		NameServers:       strings.Fields(lookup("EPICS_CA_NAME_SERVERS")),
		ServerPort:        e.port("EPICS_CA_SERVER_PORT"),
		RepeaterPort:      e.port("EPICS_CA_REPEATER_PORT"),
		ConnectionTimeout: e.seconds("EPICS_CA_CONN_TMO"),
		MaxSearchPeriod:   e.seconds("EPICS_CA_MAX_SEARCH_PERIOD"),
		MaxPayload:        e.arrayBytes(),
	}
	return c, errors.Join(e.errs...)
}

// environment collects the complaints of one reading of the variables.
type environment struct {
	lookup func(string) string
	errs   []error
}

func (e *environment) complain(name, value, want string) {
	e.errs = append(e.errs, fmt.Errorf("%s=%q: want %s; using the default", name, value, want))
}

func (e *environment) no(name string) bool {
	switch s := e.lookup(name); strings.ToUpper(s) {
	case "NO":
		return true
	case "", "YES":
	default:
		e.complain(name, s, "YES or NO")
	}
	return false
}

// port refuses what base refuses: ports up to IPPORT_USERRESERVED (5000) and no
// number at all (libcom: envSubr.c, envGetInetPortConfigParam).
func (e *environment) port(name string) uint16 {
	s := strings.TrimSpace(e.lookup(name))
	if s == "" {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n <= 5000 {
		e.complain(name, s, "a port from 5001 to 65535")
		return 0
	}
	return uint16(n)
}

func (e *environment) seconds(name string) time.Duration {
	s := strings.TrimSpace(e.lookup(name))
	if s == "" {
		return 0
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x > 0) || x >= math.MaxInt64/float64(time.Second) {
		e.complain(name, s, "a positive number of seconds")
		return 0
	}
	return time.Duration(x * float64(time.Second))
}

// arrayBytes is the limit on a message, which counts only when
// EPICS_CA_AUTO_ARRAY_BYTES is NO; its default is 16384 then, as in base.
func (e *environment) arrayBytes() uint32 {
	if !e.no("EPICS_CA_AUTO_ARRAY_BYTES") {
		return 0
	}
	const name, least = "EPICS_CA_MAX_ARRAY_BYTES", 16384
	s := strings.TrimSpace(e.lookup(name))
	if s == "" {
		return least
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		e.complain(name, s, "a number of bytes")
		return least
	}
	return max(uint32(n), least)
}
