package circuit

import "iter"

// Table gives out 32-bit ids and finds what they stand for: channels by sid or
// cid, requests by ioid, subscriptions by id. An id is the index of a slot and the
// slot's generation, so that finding costs no hash and an id that has been given
// back is not taken for one of the next 4095 in its slot. The first ids are 0, 1, 2 …
//
// The zero Table is empty and ready.
type Table[T any] struct {
	slots []slot[T]
	free  []uint32 // indices of empty slots
}

type slot[T any] struct {
	value T
	gen   uint32
	used  bool
	drops uint16 // how many ids before gen were dropped, in a row
}

// An id has indexBits bits of index, the generation in the rest.
const (
	indexBits = 20
	maxIndex  = 1<<indexBits - 1
	maxGen    = 1<<(32-indexBits) - 1
)

// Len is the number of ids in use.
func (t *Table[T]) Len() int { return len(t.slots) - len(t.free) }

// Add stores v and returns its id; ok is false if 2^20 ids are in use.
func (t *Table[T]) Add(v T) (id uint32, ok bool) {
	var i uint32
	if n := len(t.free); n > 0 {
		i = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		if len(t.slots) > maxIndex {
			return 0, false
		}
		i = uint32(len(t.slots))
		t.slots = append(t.slots, slot[T]{})
	}
	s := &t.slots[i]
	s.value, s.used = v, true
	return s.gen<<indexBits | i, true
}

// Get is what id stands for, the zero T and false if it is not in use.
func (t *Table[T]) Get(id uint32) (v T, ok bool) {
	i := id & maxIndex
	if uint64(i) >= uint64(len(t.slots)) {
		return v, false
	}
	s := &t.slots[i]
	if !s.used || s.gen != id>>indexBits {
		return v, false
	}
	return s.value, true
}

// Remove gives id back and returns what it stood for.
func (t *Table[T]) Remove(id uint32) (v T, ok bool) {
	v, ok = t.Get(id)
	if !ok {
		return v, false
	}
	s := &t.slots[id&maxIndex]
	*s = slot[T]{gen: (s.gen + 1) & maxGen}
	t.free = append(t.free, id&maxIndex)
	return v, true
}

// Drop is Remove of an id that the peer may go on using until it hears of it: Dropped
// knows it until the next use of its slot has been given up by Remove. For that the
// peer must have heard of the id that was given out after the drop, and so of the drop.
func (t *Table[T]) Drop(id uint32) {
	if _, ok := t.Get(id); !ok {
		return
	}
	s := &t.slots[id&maxIndex]
	drops := min(s.drops+1, maxGen)
	t.Remove(id)
	s.drops = drops
}

// Dropped reports whether id was in use until Drop.
func (t *Table[T]) Dropped(id uint32) bool {
	i := id & maxIndex
	if uint64(i) >= uint64(len(t.slots)) {
		return false
	}
	s := &t.slots[i]
	ago := (s.gen - id>>indexBits) & maxGen
	return 1 <= ago && ago <= uint32(s.drops)
}

// All yields every id in use with what it stands for; the loop's body may remove
// ids, not add any.
func (t *Table[T]) All() iter.Seq2[uint32, T] {
	return func(yield func(uint32, T) bool) {
		for i := range t.slots {
			s := &t.slots[i]
			if s.used && !yield(s.gen<<indexBits|uint32(i), s.value) {
				return
			}
		}
	}
}
