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

// answer answers the searches that come to a UDP socket, until it is closed.
func (s *Server) answer(u udpSocket) {
	var search circuit.SearchServer
	b := make([]byte, protocol.MaxDatagram)
	failed := false
	for {
		n, from, err := u.read(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// On Windows an answer that nobody takes is reported here.
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
		if slices.Contains(s.config.IgnoreAddrs, from.Addr().Unmap()) {
			continue
		}
		search.Begin(b[:n])
		for q, ok := search.Next(); ok; q, ok = search.Next() {
			s.searches.Add(1)
			if !s.Database.Has(q.Name) {
				continue
			}
			s.found.Add(1)
			if full := search.Found(q, s.port); full != nil {
				u.write(full, from)
			}
		}
		if rest := search.Flush(); rest != nil {
			u.write(rest, from)
		}
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

func (u *udpSocket) read(b []byte) (n int, from netip.AddrPort, err error) {
	if u.udp != nil {
		return u.udp.ReadFromUDPAddrPort(b)
	}
	n, addr, err := u.in.ReadFrom(b)
	if a, ok := addr.(*net.UDPAddr); ok {
		from = a.AddrPort()
	}
	return n, from, err
}

// write sends an answer. One that is lost is asked for again, so an error is no
// matter.
func (u *udpSocket) write(b []byte, to netip.AddrPort) {
	if udp, ok := u.out.(*net.UDPConn); ok {
		_, _ = udp.WriteToUDPAddrPort(b, to)
		return
	}
	_, _ = u.out.WriteTo(b, net.UDPAddrFromAddrPort(to))
}
