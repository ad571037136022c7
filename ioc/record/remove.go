package record

import (
	"errors"
	"slices"
)

// ErrRemoved answers a put to a record that has been removed from its database.
var ErrRemoved = errors.New("the record has been removed")

// Releaser is a [Device] that keeps something for its record.
type Releaser interface {
	Device
	// Release says that r has been removed: no Read and no Write follow, and what the
	// device still tells the record is passed over. It is called once, without the
	// record's lock, perhaps with an operation under way.
	Release(r *Record)
}

// Remove takes the record of that name, which is not an alias, out of the database,
// with its aliases; a new one of the same name may be added at once. It is not scanned
// any more; puts that wait end with [ErrRemoved], subscriptions without another word,
// an operation of its device at its own time and unheard. What still holds the record
// can do no harm: it keeps its last value, refuses puts and takes nothing else.
//
// The error is a [*NotFoundError]. Remove may not be called from within a [Device],
// [Subscriber] or [Completion]. Its cost does not grow with the number of records.
func (db *Database) Remove(name string) error {
	r := db.names.find(name)
	if r == nil || r.name != name || r.Remove() != nil {
		return &NotFoundError{Record: name}
	}
	return nil
}

// Remove takes the record out of its database, as [Database.Remove] does, and no other one
// that has taken its name. The error is [ErrRemoved] if it has gone before.
func (r *Record) Remove() error {
	if !r.retire() {
		return ErrRemoved
	}
	db := r.db
	db.mu.Lock()
	for _, n := range append([]string{r.name}, db.aliases[r]...) {
		db.names.remove(n)
	}
	delete(db.aliases, r)
	delete(db.infoTags, r)
	r.left = true
	if db.gone++; 2*db.gone > len(db.order) {
		db.order, db.gone = db.present(), 0
	}
	db.note(Change{Record: r, Removed: true})
	db.mu.Unlock()
	if d, ok := r.device.(Releaser); ok {
		d.Release(r)
	}
	db.tell()
	return nil
}

// present is a list of the records that have not left; mu is held.
func (db *Database) present() []*Record {
	return slices.DeleteFunc(slices.Clone(db.order), func(r *Record) bool { return r.left })
}

// Removed reports whether the record has been removed from its database. It takes no
// lock.
func (r *Record) Removed() bool { return r.removed.Load() }

// retire ends all that the record does, once.
func (r *Record) retire() bool {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.removed.Swap(true) {
		return false
	}
	r.scan = Passive
	r.db.scanner.move(r, Passive)
	for _, q := range append([]request{r.current}, r.queue...) {
		if q.done != nil {
			q.done.PutDone(ErrRemoved)
		}
	}
	r.current, r.queue = request{}, nil
	r.flags &^= active | writing
	for _, p := range r.subs {
		p.sub.index = -1
	}
	r.subs, r.fieldSubs = nil, 0
	return true
}
