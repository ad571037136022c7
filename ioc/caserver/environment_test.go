package caserver

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What the environment says holds instead of what was there; the rest stays.
func TestConfigWithEnv(t *testing.T) {
	addr := netip.MustParseAddr
	file := Config{
		Port: 6064, BeaconPort: 6065, Interfaces: []netip.Addr{addr("10.0.0.1")}, NoAutoBeacons: true, BeaconPeriod: time.Second,
		BeaconAddrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.9:0")}, IgnoreAddrs: []netip.Addr{addr("10.0.0.7")}, Limits: Limits{ArrayBytes: 1 << 20},
	}
	env := map[string]string{}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	same := cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})
	got, err := file.WithEnv(lookup)
	if d := cmp.Diff(file, got, same); d != "" || err != nil {
		t.Errorf("an empty environment: %s, %v", d, err)
	}
	env = map[string]string{
		"EPICS_CA_SERVER_PORT": "7064", "EPICS_CAS_BEACON_PORT": "wrong", "EPICS_CAS_INTF_ADDR_LIST": "10.0.0.2", "EPICS_CAS_AUTO_BEACON_ADDR_LIST": "YES",
		"EPICS_CAS_BEACON_ADDR_LIST": "10.0.0.3:1", "EPICS_CAS_IGNORE_ADDR_LIST": "10.0.0.4", "EPICS_CAS_BEACON_PERIOD": "2",
		"EPICS_CA_AUTO_ARRAY_BYTES": "NO", "EPICS_CA_MAX_ARRAY_BYTES": "20000",
	}
	want := Config{
		Port: 7064, BeaconPort: 6065, Interfaces: []netip.Addr{addr("10.0.0.2")}, BeaconPeriod: 2 * time.Second,
		BeaconAddrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.3:1")}, IgnoreAddrs: []netip.Addr{addr("10.0.0.4")}, Limits: Limits{ArrayBytes: 20000},
	}
	got, err = file.WithEnv(lookup)
	if d := cmp.Diff(want, got, same); d != "" {
		t.Errorf("a full environment: %s", d)
	}
	var ee *EnvError
	if !errors.As(err, &ee) || ee.Name != "EPICS_CAS_BEACON_PORT" {
		t.Errorf("complaint %v", err)
	}
}

func TestConfigFromEnv(t *testing.T) {
	addr := netip.MustParseAddr
	tests := []struct {
		name string
		env  map[string]string
		want Config
		bad  []string // variables complained of
	}{
		{"nothing", nil, Config{}, nil},
		{"client's port", map[string]string{"EPICS_CA_SERVER_PORT": "6064"}, Config{Port: 6064}, nil},
		{"server's port wins", map[string]string{"EPICS_CA_SERVER_PORT": "6064", "EPICS_CAS_SERVER_PORT": "7064"}, Config{Port: 7064}, nil},
		{"empty is unset", map[string]string{"EPICS_CA_SERVER_PORT": "6064", "EPICS_CAS_SERVER_PORT": " "}, Config{Port: 6064}, nil},
		{"bad port", map[string]string{"EPICS_CAS_SERVER_PORT": "5000"}, Config{}, []string{"EPICS_CAS_SERVER_PORT"}},
		{"no port", map[string]string{"EPICS_CAS_SERVER_PORT": "x"}, Config{}, []string{"EPICS_CAS_SERVER_PORT"}},
		{"repeater's port", map[string]string{"EPICS_CA_REPEATER_PORT": "6065"}, Config{BeaconPort: 6065}, nil},
		{"beacon port", map[string]string{"EPICS_CA_REPEATER_PORT": "6065", "EPICS_CAS_BEACON_PORT": "7065"}, Config{BeaconPort: 7065}, nil},
		{
			"interfaces",
			map[string]string{"EPICS_CAS_INTF_ADDR_LIST": " 10.0.0.1  127.0.0.1:99"},
			Config{Interfaces: []netip.Addr{addr("10.0.0.1"), addr("127.0.0.1")}},
			nil,
		},
		{"all beside one", map[string]string{"EPICS_CAS_INTF_ADDR_LIST": "10.0.0.1 0.0.0.0"}, Config{}, []string{"EPICS_CAS_INTF_ADDR_LIST"}},
		{"all beside a name", map[string]string{"EPICS_CAS_INTF_ADDR_LIST": "0.0.0.0 ioc1 224.0.2.1"}, Config{Interfaces: []netip.Addr{addr("224.0.2.1")}}, []string{"EPICS_CAS_INTF_ADDR_LIST"}},
		{"all beside a group", map[string]string{"EPICS_CAS_INTF_ADDR_LIST": "0.0.0.0 224.0.2.1"}, Config{Interfaces: []netip.Addr{addr("0.0.0.0"), addr("224.0.2.1")}}, nil},
		{"all", map[string]string{"EPICS_CAS_INTF_ADDR_LIST": "0.0.0.0"}, Config{Interfaces: []netip.Addr{addr("0.0.0.0")}}, nil},
		{"multicast", map[string]string{"EPICS_CAS_INTF_ADDR_LIST": "224.0.2.1"}, Config{Interfaces: []netip.Addr{addr("224.0.2.1")}}, nil},
		{"multicasts' reach", map[string]string{"EPICS_CA_MCAST_TTL": "7"}, Config{MulticastTTL: 7}, nil},
		{"bad reach", map[string]string{"EPICS_CA_MCAST_TTL": "256"}, Config{}, []string{"EPICS_CA_MCAST_TTL"}},
		{"names", map[string]string{
			"EPICS_CAS_INTF_ADDR_LIST": "ioc1 10.0.0.1", "EPICS_CAS_IGNORE_ADDR_LIST": "scanner.example.:5", "EPICS_CAS_BEACON_ADDR_LIST": "a-b:99 c",
		}, Config{
			Interfaces: []netip.Addr{addr("10.0.0.1")}, InterfaceNames: []string{"ioc1"}, IgnoreNames: []string{"scanner.example."}, BeaconNames: []string{"a-b:99", "c"},
		}, nil},
		{"no names", map[string]string{"EPICS_CAS_IGNORE_ADDR_LIST": "10.0.0.300 a..b a_b:x 10.0.0.1:0 -"}, Config{IgnoreNames: []string{"-"}}, []string{
			"EPICS_CAS_IGNORE_ADDR_LIST", "EPICS_CAS_IGNORE_ADDR_LIST", "EPICS_CAS_IGNORE_ADDR_LIST", "EPICS_CAS_IGNORE_ADDR_LIST",
		}},
		{"no server", map[string]string{"EPICS_IOC_IGNORE_SERVERS": "qsrv rsrv"}, Config{Disabled: true}, nil},
		{"another server", map[string]string{"EPICS_IOC_IGNORE_SERVERS": "rsrv2"}, Config{}, nil},
		{"no beacons", map[string]string{"EPICS_CAS_AUTO_BEACON_ADDR_LIST": "no"}, Config{NoAutoBeacons: true}, nil},
		{"perhaps beacons", map[string]string{"EPICS_CAS_AUTO_BEACON_ADDR_LIST": "maybe"}, Config{}, []string{"EPICS_CAS_AUTO_BEACON_ADDR_LIST"}},
		{
			"beacon addresses",
			map[string]string{"EPICS_CAS_BEACON_ADDR_LIST": "10.0.0.255 10.1.0.255:6000 host ::1"},
			Config{
				BeaconAddrs: []netip.AddrPort{netip.AddrPortFrom(addr("10.0.0.255"), 0), netip.MustParseAddrPort("10.1.0.255:6000")},
				BeaconNames: []string{"host"},
			},
			[]string{"EPICS_CAS_BEACON_ADDR_LIST"},
		},
		{"ignore", map[string]string{"EPICS_CAS_IGNORE_ADDR_LIST": "10.0.0.7"}, Config{IgnoreAddrs: []netip.Addr{addr("10.0.0.7")}}, nil},
		{"period", map[string]string{"EPICS_CAS_BEACON_PERIOD": "2.5", "EPICS_CA_BEACON_PERIOD": "9"}, Config{BeaconPeriod: 2500 * time.Millisecond}, nil},
		{"client's period", map[string]string{"EPICS_CA_BEACON_PERIOD": "9"}, Config{BeaconPeriod: 9 * time.Second}, nil},
		{"bad period", map[string]string{"EPICS_CAS_BEACON_PERIOD": "-1"}, Config{}, []string{"EPICS_CAS_BEACON_PERIOD"}},
		{"NaN period", map[string]string{"EPICS_CAS_BEACON_PERIOD": "nan"}, Config{}, []string{"EPICS_CAS_BEACON_PERIOD"}},
		{"array bytes without effect", map[string]string{"EPICS_CA_MAX_ARRAY_BYTES": "100000"}, Config{}, nil},
		{
			"array bytes",
			map[string]string{"EPICS_CA_AUTO_ARRAY_BYTES": "NO", "EPICS_CA_MAX_ARRAY_BYTES": "100000"},
			Config{Limits: Limits{ArrayBytes: 100000}},
			nil,
		},
		{"default array bytes", map[string]string{"EPICS_CA_AUTO_ARRAY_BYTES": "NO"}, Config{Limits: Limits{ArrayBytes: 16384}}, nil},
		{
			"too few array bytes",
			map[string]string{"EPICS_CA_AUTO_ARRAY_BYTES": "NO", "EPICS_CA_MAX_ARRAY_BYTES": "10"},
			Config{Limits: Limits{ArrayBytes: 16384}},
			[]string{"EPICS_CA_MAX_ARRAY_BYTES"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ConfigFromEnv(func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok })
			if d := cmp.Diff(tt.want, got, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})); d != "" {
				t.Error(d)
			}
			var bad []string
			if joined, ok := err.(interface{ Unwrap() []error }); ok {
				for _, e := range joined.Unwrap() {
					var ee *EnvError
					if !errors.As(e, &ee) {
						t.Fatalf("%v is no EnvError", e)
					}
					bad = append(bad, ee.Name)
				}
			}
			if d := cmp.Diff(tt.bad, bad); d != "" {
				t.Errorf("complaints: %s (%v)", d, err)
			}
		})
	}
}
