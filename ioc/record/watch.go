package record

import "slices"

// Change is a record that has been added to a database, or removed from it.
type Change struct {
	Record  *Record
	Removed bool
}

// listener is somebody who is told of changes.
type listener struct {
	told    func([]Change) // immutable
	pending []Change       // not told yet; guarded by Database.mu
}

// Watch has told called with every change from now on, in their order; existing are
// the records there are before those, in the order they were added. told runs in a
// goroutine that adds or removes records, one call at a time and perhaps several
// changes in one; no lock is held, so that it may use the database, but as long as it
// takes so long do those goroutines. When Add or Remove returns, told has been called
// or another goroutine is about to. The slice is told's own. stop ends it; a call
// under way may return after stop.
func (db *Database) Watch(told func([]Change)) (existing []*Record, stop func()) {
	w := &listener{told: told}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.listeners = append(slices.Clip(db.listeners), w)
	return db.present(), func() { db.unwatch(w) }
}

func (db *Database) unwatch(w *listener) {
	db.mu.Lock()
	defer db.mu.Unlock()
	w.pending = nil
	db.listeners = slices.DeleteFunc(slices.Clone(db.listeners), func(x *listener) bool { return x == w })
}

// note keeps a change for the listeners until tell; mu is held.
func (db *Database) note(c Change) {
	for _, w := range db.listeners {
		w.pending = append(w.pending, c)
	}
}

// tell tells the listeners what has been noted, unless another goroutine, or a caller
// of this one, is doing so already: that one goes on until nothing is left.
func (db *Database) tell() {
	db.mu.Lock()
	if db.telling {
		db.mu.Unlock()
		return
	}
	db.telling = true
	for w := db.uninformed(); w != nil; w = db.uninformed() {
		changes := w.pending
		w.pending = nil
		db.mu.Unlock()
		w.told(changes)
		db.mu.Lock()
	}
	db.telling = false
	db.mu.Unlock()
}

// uninformed is a listener who has not been told everything; mu is held.
func (db *Database) uninformed() *listener {
	for _, w := range db.listeners {
		if len(w.pending) > 0 {
			return w
		}
	}
	return nil
}
