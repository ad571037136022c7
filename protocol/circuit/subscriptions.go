package circuit

import "slices"

// indexFrom is the number of subscriptions from which a channel finds them by a map,
// so that a client with many of them costs no more for each.
const indexFrom = 32

// subscriptions are those of a channel.
type subscriptions struct {
	list []*Subscription            // in the order they were made, until there is an index
	byID map[uint32][]*Subscription // of one id in the order they were made; nil while there are few
}

func (s *subscriptions) add(sub *Subscription) {
	sub.index = len(s.list)
	s.list = append(s.list, sub)
	switch {
	case s.byID != nil:
		s.byID[sub.ID] = append(s.byID[sub.ID], sub)
	case len(s.list) >= indexFrom:
		s.byID = make(map[uint32][]*Subscription, 2*indexFrom)
		for _, sub := range s.list {
			s.byID[sub.ID] = append(s.byID[sub.ID], sub)
		}
	}
}

// find is the first subscription with the id, as rsrv looks it up.
func (s *subscriptions) find(id uint32) (*Subscription, bool) {
	if s.byID != nil {
		if same := s.byID[id]; len(same) > 0 {
			return same[0], true
		}
		return nil, false
	}
	if i := slices.IndexFunc(s.list, func(s *Subscription) bool { return s.ID == id }); i >= 0 {
		return s.list[i], true
	}
	return nil, false
}

// remove takes sub out: with an index the last one takes its place, otherwise the
// others keep their order.
func (s *subscriptions) remove(sub *Subscription) {
	i := sub.index
	if i >= len(s.list) || s.list[i] != sub {
		return
	}
	if s.byID == nil {
		s.list = slices.Delete(s.list, i, i+1)
		for j := i; j < len(s.list); j++ {
			s.list[j].index = j
		}
		return
	}
	last := len(s.list) - 1
	s.list[i] = s.list[last]
	s.list[i].index = i
	s.list[last] = nil
	s.list = s.list[:last]
	same := s.byID[sub.ID]
	if same[0] == sub { // as ever for a server
		same = same[1:]
	} else {
		same = slices.DeleteFunc(same, func(other *Subscription) bool { return other == sub })
	}
	if len(same) == 0 {
		delete(s.byID, sub.ID)
	} else {
		s.byID[sub.ID] = same
	}
	if last == 0 {
		*s = subscriptions{}
	}
}
