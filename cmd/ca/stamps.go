package main

import (
	"fmt"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// reference is what a time stamp is counted from.
type reference byte

// The references, as -t names them.
const (
	absolute    reference = 0
	sinceStart  reference = 'r'
	sinceLast   reference = 'i'
	sinceLastPV reference = 'I'
)

// pair is one moment by the server's clock and by ours.
type pair struct{ server, client pv.Stamp }

// stamps writes the time stamps of wide lines and remembers what later ones are
// counted from. The first line of every PV has absolute stamps.
type stamps struct {
	server, client bool // whose clock is shown
	from           reference

	now      func() time.Time
	started  pair // our start, and the first stamp of any server
	hasFirst bool
	last     pair
	lastOf   map[string]pair // by PV
}

// newStamps understands the key of camonitor's -t: s and c choose the clocks, n
// none, r, i or I what is counted from. An empty key means absolute server time.
func newStamps(key string, now func() time.Time) (*stamps, error) {
	s := &stamps{server: key == "", now: now, lastOf: map[string]pair{}}
	s.started.client = pv.StampOf(now())
	for _, c := range key {
		switch c {
		case 's':
			s.server = true
		case 'c':
			s.client = true
		case 'n':
		case 'r', 'i', 'I':
			s.from = reference(c)
		default:
			return nil, fmt.Errorf("time stamp key %q: want letters of s c n r i I", key)
		}
	}
	return s, nil
}

// append writes the stamp of an update of the PV name.
func (s *stamps) append(dst []byte, name string, stamp pv.Stamp) []byte {
	t := pair{server: stamp, client: pv.StampOf(s.now())}
	if !s.hasFirst {
		s.started.server, s.hasFirst = stamp, true
	}
	before, seen := s.lastOf[name]
	ref := before
	switch s.from {
	case sinceStart:
		ref = s.started
	case sinceLast:
		ref = s.last
	}
	if s.from == absolute || !seen {
		if s.server {
			dst = appendStamp(dst, t.server)
		}
		if s.client {
			dst = append(appendStamp(append(dst, '('), t.client), ')')
		}
	} else {
		if s.server {
			dst = fmt.Appendf(dst, "              %+12.6f", seconds(t.server, ref.server))
		}
		if s.client {
			dst = fmt.Appendf(dst, "              (%+12.6f)", seconds(t.client, ref.client))
		}
	}
	s.last, s.lastOf[name] = t, t
	return dst
}

// appendNow writes our own time, for lines that no server has stamped.
func (s *stamps) appendNow(dst []byte) []byte {
	return appendStamp(dst, pv.StampOf(s.now()))
}

func seconds(a, b pv.Stamp) float64 {
	return float64(int64(a.Sec)-int64(b.Sec)) + (float64(a.Nsec)-float64(b.Nsec))*1e-9
}

// appendStamp writes local time with microseconds, rounded as base does: never into
// the next second.
func appendStamp(dst []byte, t pv.Stamp) []byte {
	if t.IsZero() {
		return append(dst, "<undefined>"...)
	}
	micro := min((t.Nsec+500)/1000, 999999)
	dst = t.Time().AppendFormat(dst, "2006-01-02 15:04:05")
	return fmt.Appendf(dst, ".%06d", micro)
}
