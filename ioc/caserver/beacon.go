package caserver

import (
	"context"
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

// beacon sends beacons until ctx ends. An address that cannot be reached is reported
// when that begins and when it ends.
func (s *Server) beacon(ctx context.Context) {
	schedule := circuit.BeaconSchedule{Period: s.config.BeaconPeriod}
	failed := make([]bool, len(s.beaconTo))
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
			b = schedule.AppendBeacon(b[:0], s.port, now)
			s.sendBeacon(ctx, b, failed)
		}
		next := schedule.Next(now)
		if again {
			next = min(next, began.Add(announceGap).Sub(now))
		}
		timer.Reset(next)
	}
}

func (s *Server) sendBeacon(ctx context.Context, b []byte, failed []bool) {
	for i := range s.beaconTo {
		_, err := s.Beacons.WriteTo(b, &s.beaconTo[i])
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failed[i]:
			s.log().Warn("cannot send Channel Access beacons", "to", s.beaconTo[i].String(), "err", err)
		case err == nil && failed[i]:
			s.log().Info("Channel Access beacons go out again", "to", s.beaconTo[i].String())
		}
		failed[i] = err != nil
	}
}
