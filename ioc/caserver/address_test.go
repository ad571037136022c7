package caserver

import (
	"net/netip"
	"strings"
	"testing"
)

func TestParseHost(t *testing.T) {
	addr := netip.MustParseAddr
	tests := []struct {
		text string
		want host
		err  error
	}{
		{"10.0.0.1", host{addr: addr("10.0.0.1")}, nil},
		{"10.0.0.1:5065", host{addr: addr("10.0.0.1"), port: 5065}, nil},
		{"224.0.2.9", host{addr: addr("224.0.2.9")}, nil},
		{"ioc-1.lab.example", host{name: "ioc-1.lab.example"}, nil},
		{"ioc_1.lab.:99", host{name: "ioc_1.lab.", port: 99}, nil},
		{"4u", host{name: "4u"}, nil},
		{"", host{}, errNoHost},
		{":5065", host{}, errNoHost},
		{".", host{}, errNoHost},
		{"a..b", host{}, errNoHost},
		{"a b", host{}, errNoHost},
		{"10.0.0.256", host{}, errNoHost},
		{"10.0.0", host{}, errNoHost},
		{"::1", host{}, errNoHost},
		{"[::1]:5065", host{}, errNoHost},
		{"::ffff:10.0.0.1", host{}, errNoHost},
		{"10.0.0.1:", host{}, errNoPort},
		{"10.0.0.1:0", host{}, errNoPort},
		{"10.0.0.1:65536", host{}, errNoPort},
		{strings.Repeat("a.", 127), host{}, errNoHost},
	}
	for _, tt := range tests {
		if got, err := parseHost(tt.text); got != tt.want || err != tt.err {
			t.Errorf("%q: %+v, %v, want %+v, %v", tt.text, got, err, tt.want, tt.err)
		}
	}
}

// An entry of a list is refused with one of two errors, or is an IPv4 address or a name,
// which both are read again as what they are.
func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"10.0.0.1", "10.0.0.1:5065", "ioc-1.lab.example.:99", "::1", "1.2.3", "a..b", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHost(text)
		if err != nil {
			if err != errNoHost && err != errNoPort {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again := h.name
		if again == "" {
			again = h.addr.String()
		}
		g, err := parseHost(again)
		if g.port = h.port; err != nil || g != h || h.addr.IsValid() == (h.name != "") || h.addr.IsValid() && !h.addr.Is4() {
			t.Errorf("%q: %+v, then %+v, %v", text, h, g, err)
		}
	})
}
