package circuit

import (
	"net/netip"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

// The pace of beacons (rsrv: online_notify.c).
const (
	beaconFirst  = 20 * time.Millisecond
	beaconPeriod = 15 * time.Second
)

// BeaconSchedule says when a server sends its beacons: at once, after 20 ms, then
// after twice as long each time until Period is reached. The zero BeaconSchedule is
// ready; it is not safe for concurrent use.
type BeaconSchedule struct {
	Period  time.Duration // longest delay, at least 20 ms; 0: 15 s
	delay   time.Duration
	due     time.Time
	counter uint32
	begun   bool
}

// Next is the time from now to the next beacon, 0 if it is due.
func (s *BeaconSchedule) Next(now time.Time) time.Duration {
	return max(s.due.Sub(now), 0)
}

// AppendBeacon appends the beacon that is due and settles when the next one is. port
// is the server's TCP port. As rsrv sends it the first two carry the same number.
func (s *BeaconSchedule) AppendBeacon(dst []byte, port uint16, now time.Time) []byte {
	dst = protocol.AppendBeacon(dst, netip.Addr{}, port, protocol.Version, s.counter)
	if s.begun {
		s.counter++
	}
	s.begun = true
	if s.delay == 0 {
		s.delay = beaconFirst
	}
	period := max(orDefault(s.Period, beaconPeriod), beaconFirst)
	s.due = now.Add(s.delay)
	s.delay = min(2*s.delay, period)
	return dst
}

// Restart begins the schedule again, as after a pause of the server: clients notice
// the irregular beacons and search again.
func (s *BeaconSchedule) Restart(now time.Time) { s.delay, s.due = 0, now }

// BeaconTracker watches the beacons of one server from a client's side. The zero
// BeaconTracker has heard none; it is not safe for concurrent use.
//
// The rules are libca's (bhe.cpp): a server is a new one, or has come back, when its
// beacons come faster than they used to, or again after a long gap.
type BeaconTracker struct {
	last    time.Time
	counter uint32
	average time.Duration
}

// Heard takes a beacon that arrived at now. anomaly is true if names not yet found
// should be searched for again; regular is true if the beacon came in its period and
// so shows that the server's circuits are alive. since is when the client began:
// what has been there before is not new.
func (b *BeaconTracker) Heard(counter uint32, now, since time.Time) (anomaly, regular bool) {
	if b.last.IsZero() {
		b.last, b.counter = now, counter
		return false, false
	}
	advance := counter - b.counter
	b.counter = counter
	if advance == 0 || advance > 1<<32-256 || advance > 1 && advance < 4 {
		return false, false // copies from several paths, overtaken or lost ones
	}
	period, age := now.Sub(b.last), b.last.Sub(since)
	b.last = now
	if b.average == 0 {
		b.average = period
		return period <= age, false
	}
	anomaly = 4*period >= 13*b.average || 5*period <= 4*b.average // away for 3.25 periods; or begun anew
	regular = !anomaly && 4*period < 5*b.average                  // from 1.25 on one was lost
	b.average += (period - b.average) / 8
	return anomaly, regular
}
