package record

import (
	"hash/maphash"
	"sync/atomic"
)

// names finds records by name. Readers take no lock and see every record whose add has
// returned and none whose remove has; writers must exclude each other. Adding n names
// costs O(n), one after another or not: the table doubles when it is full.
type names struct {
	seed  maphash.Seed
	count int // owned by the writer
	table atomic.Pointer[[]atomic.Pointer[entry]]
}

// entry is a link of a bucket's chain; immutable once it is in the table. Its hash tells
// it from its neighbours, whose records and names then need not be looked at: those are
// what a search waits for, in a database larger than the processor's cache.
type entry struct {
	hash  uint64
	rec   *Record
	alias *string // nil: the record's own name
	next  *entry
}

func (e *entry) name() string {
	if e.alias != nil {
		return *e.alias
	}
	return e.rec.name
}

func (n *names) get(name []byte) *Record {
	t := n.table.Load()
	if t == nil {
		return nil
	}
	hash := maphash.Bytes(n.seed, name)
	for e := bucket(*t, hash).Load(); e != nil; e = e.next {
		if e.hash == hash && e.name() == string(name) {
			return e.rec
		}
	}
	return nil
}

func (n *names) find(name string) *Record {
	t := n.table.Load()
	if t == nil {
		return nil
	}
	hash := maphash.String(n.seed, name)
	for e := bucket(*t, hash).Load(); e != nil; e = e.next {
		if e.hash == hash && e.name() == name {
			return e.rec
		}
	}
	return nil
}

func (n *names) add(name string, r *Record) {
	t := n.table.Load()
	switch {
	case t == nil:
		n.seed = maphash.MakeSeed()
		b := make([]atomic.Pointer[entry], 64)
		t = &b
		n.table.Store(t)
	case n.count >= len(*t):
		b := make([]atomic.Pointer[entry], 2*len(*t))
		for i := range *t {
			for e := (*t)[i].Load(); e != nil; e = e.next {
				insert(b, *e)
			}
		}
		t = &b
		n.table.Store(t)
	}
	e := entry{hash: maphash.String(n.seed, name), rec: r}
	if alias := name; name != r.name {
		e.alias = &alias
	}
	insert(*t, e)
	n.count++
}

// remove takes a name out. The links before it in its chain are made anew, for they may
// be being read.
func (n *names) remove(name string) {
	b := bucket(*n.table.Load(), maphash.String(n.seed, name))
	gone := b.Load()
	for gone.name() != name {
		gone = gone.next
	}
	chain := gone.next
	for e := b.Load(); e != gone; e = e.next {
		link := *e
		link.next = chain
		chain = &link
	}
	b.Store(chain)
	n.count--
}

func bucket(t []atomic.Pointer[entry], hash uint64) *atomic.Pointer[entry] {
	return &t[hash&uint64(len(t)-1)]
}

func insert(t []atomic.Pointer[entry], e entry) {
	b := bucket(t, e.hash)
	e.next = b.Load()
	b.Store(&e)
}
