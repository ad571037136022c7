package circuit

import "time"

// The pace of searches (libca: udpiiu.h).
const (
	searchFirst   = 32 * time.Millisecond // between the first and the second search
	searchLast    = 300 * time.Second     // EPICS_CA_MAX_SEARCH_PERIOD
	searchAnomaly = 5 * time.Second       // after a beacon anomaly at most this
)

// searchTiers is enough doublings from searchFirst beyond any sensible last delay.
const searchTiers = 20

// Wanted is a name that is searched for. It belongs to one [SearchSchedule] from Add
// to Remove and must not move meanwhile.
type Wanted struct {
	ID    uint32 // what a search carries and its answer returns
	Name  string
	Owner any

	due        time.Time
	tier       *searchQueue
	prev, next *Wanted
}

// searchQueue is a list of names that have been searched for equally often; since
// all wait equally long they are in order of their times.
type searchQueue struct{ head, tail *Wanted }

// SearchSchedule says when which name is to be searched for: at once, after 32 ms,
// then after twice as long each time until Max is reached. The zero SearchSchedule is
// ready; it is not safe for concurrent use.
type SearchSchedule struct {
	Max   time.Duration // longest delay; 0: 300 s
	tiers [searchTiers]searchQueue
	count int
}

// Len is the number of names searched for.
func (s *SearchSchedule) Len() int { return s.count }

// Add begins to search for w, at once.
func (s *SearchSchedule) Add(w *Wanted, now time.Time) {
	w.due = now
	s.count++
	s.tiers[0].push(w)
}

// Remove ends the search for w; without effect if it is not searched for.
func (s *SearchSchedule) Remove(w *Wanted) {
	if w.tier != nil {
		w.tier.remove(w)
		s.count--
	}
}

// Due is a name to be searched for at now, nil if there is none; it is due again
// after the next delay. Call it until it returns nil.
func (s *SearchSchedule) Due(now time.Time) *Wanted {
	for i := range s.tiers {
		w := s.tiers[i].head
		if w == nil || w.due.After(now) {
			continue
		}
		w.tier.remove(w)
		w.due = now.Add(s.delay(i))
		s.tiers[min(i+1, s.lastTier())].push(w)
		return w
	}
	return nil
}

// delay is how long a name from tier i waits for its next search.
func (s *SearchSchedule) delay(i int) time.Duration {
	return min(searchFirst<<i, orDefault(s.Max, searchLast))
}

// lastTier is the tier in which names stay: the first with the longest delay.
func (s *SearchSchedule) lastTier() int {
	for i := range s.tiers {
		if searchFirst<<i >= orDefault(s.Max, searchLast) {
			return i
		}
	}
	return searchTiers - 1
}

// NextDue is when Due has something next, the zero Time if never.
func (s *SearchSchedule) NextDue() (t time.Time) {
	for i := range s.tiers {
		if w := s.tiers[i].head; w != nil && (t.IsZero() || w.due.Before(t)) {
			t = w.due
		}
	}
	return t
}

// Anomaly reacts to a server that has come or come back: names that wait longer
// than 5 s are searched for within 5 s from now, in the order they would have been,
// and their delays grow from there again (libca: beaconAnomalyNotify).
func (s *SearchSchedule) Anomaly(now time.Time) {
	target := 0
	for s.delay(target) < searchAnomaly && target < s.lastTier() {
		target++
	}
	for i := target + 1; i < searchTiers; i++ {
		for w := s.tiers[i].head; w != nil; w = s.tiers[i].head {
			s.tiers[i].remove(w)
			if latest := now.Add(searchAnomaly); w.due.After(latest) {
				w.due = latest
			}
			s.tiers[target].push(w)
		}
	}
}

// push puts w behind all that are due no later.
func (q *searchQueue) push(w *Wanted) {
	after := q.tail
	for after != nil && after.due.After(w.due) {
		after = after.prev
	}
	w.tier, w.prev = q, after
	if after == nil {
		w.next, q.head = q.head, w
	} else {
		w.next, after.next = after.next, w
	}
	if w.next == nil {
		q.tail = w
	} else {
		w.next.prev = w
	}
}

func (q *searchQueue) remove(w *Wanted) {
	if w.prev == nil {
		q.head = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		q.tail = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.tier, w.prev, w.next = nil, nil, nil
}
