package caserver

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func addrOf(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

func TestSearchLimiter(t *testing.T) {
	defaults := Limits{}.withDefaults()
	l := newSearchLimiter(&defaults)
	now := time.Unix(1000, 0)
	gateway, other := addrOf(1), addrOf(2)
	take := func(a netip.Addr, n int) (taken int) {
		b := l.of(a, now)
		for range n {
			if b.take() {
				taken++
			}
		}
		return taken
	}
	for _, tt := range []struct {
		what  string
		after time.Duration
		from  netip.Addr
		asks  int
		gets  int
	}{
		{"50,000 names after a power failure", 0, gateway, 50_000, 50_000},
		{"and again", 100 * time.Millisecond, gateway, 50_000, 50_000},
		{"and more", 0, gateway, 50_000, 2000},
		{"another address meanwhile", 0, other, 50_000, 50_000},
		{"at the rate", time.Second, gateway, 50_000, 20_000},
		{"after a rest", time.Minute, gateway, 200_000, 100_000},
		{"time that goes back", -time.Hour, gateway, 10, 0},
	} {
		now = now.Add(tt.after)
		if got := take(tt.from, tt.asks); got != tt.gets {
			t.Errorf("%s: %d of %d, want %d", tt.what, got, tt.asks, tt.gets)
		}
	}
}

// Forged addresses take no memory and do not keep out those that are known.
func TestSearchLimiterIsBounded(t *testing.T) {
	l := newSearchLimiter(&Limits{SearchesPerAddress: 10, SearchBurst: 100})
	now := time.Unix(1000, 0)
	for i := range 3 * searchSources {
		l.of(addrOf(i), now).take()
	}
	if n := len(l.buckets); n != searchSources {
		t.Errorf("%d addresses are kept, want %d", n, searchSources)
	}
	if !l.of(addrOf(0), now).take() {
		t.Error("an address that is known is held back")
	}
	if l.of(addrOf(3*searchSources), now).take() {
		t.Error("the bucket of the others has no end")
	}
	now = now.Add(time.Minute)
	if !l.of(addrOf(3*searchSources), now).take() || len(l.buckets) != 1 {
		t.Errorf("%d addresses are kept after a rest", len(l.buckets))
	}
}

func TestSearchLimiterDoesNotAllocate(t *testing.T) {
	l := newSearchLimiter(&Limits{SearchesPerAddress: 10, SearchBurst: 100})
	now := time.Unix(1000, 0)
	l.of(addrOf(1), now)
	if n := testing.AllocsPerRun(100, func() { l.of(addrOf(1), now).take() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSearchLimiter(b *testing.B) {
	for _, sources := range []int{1, searchSources} {
		b.Run(fmt.Sprint(sources), func(b *testing.B) {
			l := newSearchLimiter(&Limits{SearchesPerAddress: 1000, SearchBurst: 1000})
			now := time.Unix(1000, 0)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				l.of(addrOf(i%sources), now).take()
			}
		})
	}
}
