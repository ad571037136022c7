package client

import (
	"context"
	"net"
	"net/netip"
	"os/user"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestConfigFromEnv(t *testing.T) {
	for _, test := range []struct {
		name   string
		env    map[string]string
		want   Config
		errors []string // a word of each
	}{
		{name: "nothing set"},
		{
			name: "all set",
			env: map[string]string{
				"EPICS_CA_ADDR_LIST": " 192.0.2.1  ioc2:5070 ", "EPICS_CA_AUTO_ADDR_LIST": "NO",
				"EPICS_CA_NAME_SERVERS": "192.0.2.9:5064", "EPICS_CA_SERVER_PORT": "6064",
				"EPICS_CA_REPEATER_PORT": "6065", "EPICS_CA_CONN_TMO": "2.5", "EPICS_CA_MAX_SEARCH_PERIOD": "60",
				"EPICS_CA_AUTO_ARRAY_BYTES": "NO", "EPICS_CA_MAX_ARRAY_BYTES": "1000000",
			},
			want: Config{
				Addresses: []string{"192.0.2.1", "ioc2:5070"}, OnlyAddresses: true,
				NameServers: []string{"192.0.2.9:5064"}, ServerPort: 6064, RepeaterPort: 6065,
				ConnectionTimeout: 2500 * time.Millisecond, MaxSearchPeriod: time.Minute, MaxPayload: 1000000,
			},
		},
		{
			name: "limits of arrays",
			env:  map[string]string{"EPICS_CA_AUTO_ARRAY_BYTES": "no", "EPICS_CA_MAX_ARRAY_BYTES": "10"},
			want: Config{MaxPayload: 16384},
		},
		{
			name:   "more seconds than a Duration holds",
			env:    map[string]string{"EPICS_CA_CONN_TMO": "9223372036.854775807"},
			errors: []string{"EPICS_CA_CONN_TMO"},
		},
		{name: "array bytes alone mean nothing", env: map[string]string{"EPICS_CA_MAX_ARRAY_BYTES": "20000"}},
		{
			name: "nonsense",
			env: map[string]string{
				"EPICS_CA_AUTO_ADDR_LIST": "MAYBE", "EPICS_CA_SERVER_PORT": "80", "EPICS_CA_REPEATER_PORT": "70000",
				"EPICS_CA_CONN_TMO": "NaN", "EPICS_CA_MAX_SEARCH_PERIOD": "-1",
			},
			errors: []string{
				"EPICS_CA_AUTO_ADDR_LIST", "EPICS_CA_SERVER_PORT", "EPICS_CA_REPEATER_PORT",
				"EPICS_CA_CONN_TMO", "EPICS_CA_MAX_SEARCH_PERIOD",
			},
		},
	} {
		got, err := ConfigFromEnv(func(name string) string { return test.env[name] })
		if d := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: -want +got\n%s", test.name, d)
		}
		if (err != nil) != (test.errors != nil) {
			t.Errorf("%s: error %v", test.name, err)
		}
		for _, word := range test.errors {
			if !strings.Contains(err.Error(), word+"=") {
				t.Errorf("%s: error does not name %s: %v", test.name, word, err)
			}
		}
	}
}

func TestResolve(t *testing.T) {
	for _, test := range []struct{ host, want, fault string }{
		{host: "192.0.2.1", want: "192.0.2.1:5064"},
		{host: "192.0.2.1:7", want: "192.0.2.1:7"},
		{host: "192.0.2.255:65535", want: "192.0.2.255:65535"},
		{host: "192.0.2.1:0", fault: "port"},
		{host: "192.0.2.1:65536", fault: "port"},
		{host: "192.0.2.1:", fault: "port"},
		{host: "2001:db8::1", fault: "IPv4"},
	} {
		got, err := resolve(context.Background(), test.host, 5064)
		switch {
		case test.fault != "":
			if err == nil || !strings.Contains(err.Error(), test.fault) {
				t.Errorf("%s: %v, %v; want an error about its %s", test.host, got, err, test.fault)
			}
		case err != nil || got.String() != test.want:
			t.Errorf("%s: %v, %v; want %s", test.host, got, err, test.want)
		}
	}
}

// TestSearchAddresses: one fault leaves the other addresses usable, and an address
// counts once.
func TestSearchAddresses(t *testing.T) {
	c := Config{Addresses: []string{"192.0.2.2", "192.0.2.1:5064", "192.0.2.2:x", "192.0.2.2:5064"}, OnlyAddresses: true}.withDefaults()
	got, err := c.searchAddresses(context.Background())
	want := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:5064"), netip.MustParseAddrPort("192.0.2.2:5064")}
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.AddrPort{})); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if err == nil || !strings.Contains(err.Error(), `"192.0.2.2:x"`) {
		t.Errorf("error %v, want one about 192.0.2.2:x", err)
	}
	c.OnlyAddresses = false
	if all, _ := c.searchAddresses(context.Background()); len(all) <= len(got) {
		t.Errorf("with the machine's networks %v, want more than %v", all, got)
	}
}

func TestBroadcast(t *testing.T) {
	for network, want := range map[string]string{
		"192.0.2.17/24": "192.0.2.255", "10.1.2.3/8": "10.255.255.255", "192.0.2.5/30": "192.0.2.7",
		"192.0.2.5/31": "", "192.0.2.5/32": "", "2001:db8::1/64": "",
	} {
		ip, n, err := net.ParseCIDR(network)
		if err != nil {
			t.Fatal(err)
		}
		n.IP = ip
		got, ok := broadcast(n)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("%s: %v, %v; want %q", network, got, ok, want)
		}
	}
}

func TestRounded(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Second: "1s", 999987 * time.Microsecond: "1s", 99700 * time.Microsecond: "100ms", 1234567 * time.Microsecond: "1.2s",
		12345 * time.Microsecond: "12ms", 90 * time.Second: "1m30s", 250: "250ns", 0: "0s",
	} {
		if got := rounded(d).String(); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

// A client says who it is as a C client does: by the name that the system has for its user,
// whatever $USER says.
func TestUserName(t *testing.T) {
	u, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	t.Setenv("USER", "somebody-else")
	if got := (Config{}).withDefaults().UserName; got == "" || !strings.HasSuffix(u.Username, got) {
		t.Errorf("user name %q, want that of %q", got, u.Username)
	}
	if got := (Config{UserName: "ann"}).withDefaults().UserName; got != "ann" {
		t.Errorf("user name %q, want that of the Config", got)
	}
}
