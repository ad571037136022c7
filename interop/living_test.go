package interop_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/caserver"
)

// TestLivingDatabase has foreign clients see PVs go and come while the IOC runs.
func TestLivingDatabase(t *testing.T) {
	t.Parallel()
	for _, client := range []string{"pyepics", "caproto"} {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			i := s.living(t)
			i.Float("STAYS", ioc.Initial(1.0))
			i.Float("X", ioc.Initial(1.5))
			s.converse(t, fmt.Sprintf("judges/living_%s.py", client), map[string]func(){
				"REMOVE": func() {
					if err := i.Remove("X"); err != nil {
						t.Error(err)
					}
				},
				"ADD AGAIN": func() { i.Float("X", ioc.Initial(3.5)) },
				"ADD TEXT":  func() { i.Text("X", ioc.Initial("again")) },
				"ADD LATE":  func() { i.Float("LATE", ioc.Initial(2.5)) },
			})
		})
	}
}

// living is an IOC in s that runs until the end of the test.
func (s *site) living(t *testing.T) *ioc.IOC {
	t.Helper()
	here := netip.MustParseAddr("127.0.0.1")
	i := ioc.New("J:")
	i.Server = caserver.Config{
		Port: uint16(s.port), Interfaces: []netip.Addr{here}, NoAutoBeacons: true,
		BeaconAddrs: []netip.AddrPort{netip.AddrPortFrom(here, uint16(s.repeater))},
	}
	started := make(chan struct{})
	i.Started = func(*caserver.Server) { close(started) }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- i.Run(ctx) }() // until the end of the test
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-started:
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	return i
}
