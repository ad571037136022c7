package caserver

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
)

// maxHeld is how many datagrams of a client in a row are read before it is answered,
// so that one that never pauses gets its answers all the same.
const maxHeld = 64

// answer answers the searches that come to a UDP socket, until it is closed. Answers
// are held while more datagrams of the same client wait (rsrv: cast_server.c).
func (s *Server) answer(u *udpSocket) {
	var search circuit.SearchServer
	var client netip.AddrPort // to whom answers may be held
	held := 0                 // datagrams read since the last flush
	flush := func() {
		if rest := search.Flush(); rest != nil {
			u.write(rest, client)
		}
		held = 0
	}
	limiter := newSearchLimiter(&s.config.Limits)
	b := make([]byte, protocol.MaxDatagram)
	failed := false
	for {
		n, from, err := u.read(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			flush()
			if !failed {
				s.log().Warn("cannot read Channel Access searches", "err", err)
				failed = true
			}
			if !s.pause() {
				return
			}
			continue
		}
		failed = false
		if from != client {
			flush()
			client = from
		}
		address := from.Addr().Unmap()
		switch bucket := limiter.of(address, time.Now()); {
		case slices.Contains(*s.ignored.Load(), address):
		case !bucket.take():
			s.tooManySearches(from)
		default:
			search.Begin(b[:n])
			for q, ok := search.Next(); ok; q, ok = search.Next() {
				s.searches.Add(1)
				if !s.Database.Has(q.Name) {
					continue
				}
				if !bucket.take() {
					s.tooManySearches(from)
					break
				}
				s.found.Add(1)
				if full := search.Found(q, s.Port()); full != nil {
					u.write(full, from)
				}
			}
		}
		if held++; held >= maxHeld || !u.pending() {
			flush()
		}
	}
}

func (s *Server) tooManySearches(from netip.AddrPort) {
	if s.count(limitSearchesPerAddress) {
		s.reached(limitSearchesPerAddress, from.String())
	}
}

// readPause is what a loop waits after an error that may come again at once.
const readPause = 100 * time.Millisecond

// pause waits a little; false means that the server stops.
func (s *Server) pause() bool {
	time.Sleep(readPause)
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closing
}
