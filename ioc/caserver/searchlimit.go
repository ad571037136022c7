package caserver

import (
	"net/netip"
	"time"
)

// searchSources is how many addresses a searchLimiter tells apart. What more there
// are share one bucket: forged addresses take no memory.
const searchSources = 4096

// searchLimiter holds the searches of each address to a rate: for one socket, used
// by its goroutine alone.
type searchLimiter struct {
	rate, burst float64 // answers a second, and at once
	buckets     map[netip.Addr]*searchBucket
	others      searchBucket
	swept       time.Time
}

// searchBucket has what an address may still ask for.
type searchBucket struct {
	tokens float64
	at     time.Time // when they were counted
}

func newSearchLimiter(l *Limits) *searchLimiter {
	s := &searchLimiter{rate: float64(l.SearchesPerAddress), burst: float64(l.SearchBurst), buckets: make(map[netip.Addr]*searchBucket)}
	s.others.tokens = s.burst
	return s
}

// of is the bucket of an address, filled as of now.
func (s *searchLimiter) of(a netip.Addr, now time.Time) *searchBucket {
	b := s.buckets[a]
	if b == nil {
		if b = &s.others; len(s.buckets) < searchSources || s.sweep(now) {
			b = &searchBucket{tokens: s.burst, at: now}
			s.buckets[a] = b
		}
	}
	if d := now.Sub(b.at); d > 0 {
		b.tokens = min(s.burst, b.tokens+s.rate*d.Seconds())
		b.at = now
	}
	return b
}

// sweep forgets the addresses whose buckets are full again, once a second at most;
// false if there are none.
func (s *searchLimiter) sweep(now time.Time) bool {
	if now.Sub(s.swept) < time.Second {
		return false
	}
	s.swept = now
	for a, b := range s.buckets {
		if b.tokens+s.rate*now.Sub(b.at).Seconds() >= s.burst {
			delete(s.buckets, a)
		}
	}
	return len(s.buckets) < searchSources
}

// take takes one token if there is one.
func (b *searchBucket) take() bool {
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
