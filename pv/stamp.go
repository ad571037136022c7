package pv

import "time"

// Stamp is a time as EPICS counts it: seconds and nanoseconds since 1990-01-01
// UTC, until 2126. The zero Stamp means that no time has been given yet (clients
// show it as <undefined>).
type Stamp struct {
	Sec  uint32
	Nsec uint32 // below 1e9
}

// epoch is the EPICS epoch in Unix seconds.
const epoch = 631152000

// StampOf is t as a Stamp, the zero Stamp if t lies outside its range.
func StampOf(t time.Time) Stamp {
	s := t.Unix() - epoch
	if s < 0 || s > 1<<32-1 {
		return Stamp{}
	}
	return Stamp{Sec: uint32(s), Nsec: uint32(t.Nanosecond())}
}

// IsZero reports whether no time has been given.
func (s Stamp) IsZero() bool { return s == Stamp{} }

// Time is s in local time.
func (s Stamp) Time() time.Time { return time.Unix(int64(s.Sec)+epoch, int64(s.Nsec)) }

func (s Stamp) String() string {
	if s.IsZero() {
		return "<undefined>"
	}
	return s.Time().Format("2006-01-02 15:04:05.000000")
}
