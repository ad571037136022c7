package caserver

import (
	"context"
	"time"

	"github.com/ioclet/ioclet/protocol/circuit"
)

// beacon sends beacons until ctx ends. An address that cannot be reached is reported
// when that begins and when it ends.
func (s *Server) beacon(ctx context.Context) {
	schedule := circuit.BeaconSchedule{Period: s.config.BeaconPeriod}
	failed := make([]bool, len(s.beaconTo))
	var b []byte
	for {
		now := time.Now()
		b = schedule.AppendBeacon(b[:0], s.port, now)
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
		select {
		case <-ctx.Done():
			return
		case <-time.After(schedule.Next(now)):
		}
	}
}
