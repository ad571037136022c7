package caserver

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/ioclet/ioclet/protocol/circuit"
)

// announceGap is the shortest time between two fast series of beacons. Each makes every
// client in reach search for all names that it has not found, so many changes of the
// database in a row make one.
const announceGap = 15 * time.Second

// Announce has the server send beacons as fast as after its start, so that clients
// search at once for names that they have not found, and may have given up to search
// often: call it when there are new ones. Within 15 seconds of such a start the next
// waits for their end; many calls are as one. It does not block, may be called from any
// goroutine, and does nothing if the server does not run.
func (s *Server) Announce() {
	s.mu.Lock()
	announce := s.announce
	s.mu.Unlock()
	select {
	case announce <- struct{}{}:
	default:
	}
}

// beaconSocket is where beacons come from.
func (s *Server) beaconSocket() (net.PacketConn, error) {
	c, err := net.ListenPacket("udp4", ":0")
	if err != nil {
		return nil, err
	}
	var on [4]byte // the interface by which beacons to groups leave; 0.0.0.0: as the kernel routes them
	for _, a := range s.config.Interfaces {
		if !a.IsMulticast() && a.Is4() {
			on = a.As4()
			break
		}
	}
	err = withSocket(c, func(fd uintptr) error { return sendGroups(fd, s.config.MulticastTTL, on) })
	if err != nil && !isAbsent(err) {
		s.log().Warn("beacons to multicast groups go where the system sends them", "err", err)
	}
	return c, nil
}

// beacon sends beacons until ctx ends.
func (s *Server) beacon(ctx context.Context) {
	schedule := circuit.BeaconSchedule{Period: s.config.BeaconPeriod}
	failed := make(map[netip.AddrPort]string)
	began, again := time.Now(), false // the fast series, and whether another one is wanted
	var b []byte
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.announce:
			again = true
		case <-timer.C:
		}
		now := time.Now()
		if again && now.Sub(began) >= announceGap {
			schedule.Restart(now)
			began, again = now, false
		}
		if schedule.Next(now) == 0 {
			b = schedule.AppendBeacon(b[:0], s.Port(), now)
			s.sendBeacon(ctx, b, failed)
		}
		next := schedule.Next(now)
		if again {
			next = min(next, began.Add(announceGap).Sub(now))
		}
		timer.Reset(next)
	}
}

// sendBeacon sends b to all destinations. failed has the errors of those that cannot be
// reached, which are logged when they begin, change and end.
func (s *Server) sendBeacon(ctx context.Context, b []byte, failed map[netip.AddrPort]string) {
	for _, to := range s.sockets.destinations() {
		_, err := s.sockets.beacons.WriteTo(b, net.UDPAddrFromAddrPort(to))
		before, was := failed[to]
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && before != err.Error():
			failed[to] = err.Error()
			s.log().Warn("cannot send Channel Access beacons", "to", to, "err", err)
		case err == nil && was:
			delete(failed, to)
			s.log().Info("Channel Access beacons go out again", "to", to)
		}
	}
}
