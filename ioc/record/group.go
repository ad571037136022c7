package record

import (
	"slices"

	"github.com/ioclet/ioclet/pv"
)

// ASG is the record's access security group, "" being DEFAULT.
func (r *Record) ASG() string {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.asg
}

// WatchGroups has regrouped called when a record's ASG becomes another, with the record
// locked: it must not block nor call the record. stop ends it; a call under way may
// return after stop.
func (db *Database) WatchGroups(regrouped func(*Record)) (stop func()) {
	w := &regrouped
	db.mu.Lock()
	defer db.mu.Unlock()
	db.setGroupWatchers(append(db.groupWatchers(), w))
	return func() {
		db.mu.Lock()
		defer db.mu.Unlock()
		db.setGroupWatchers(slices.DeleteFunc(db.groupWatchers(), func(x *func(*Record)) bool { return x == w }))
	}
}

// groupWatchers is a copy of the list.
func (db *Database) groupWatchers() []*func(*Record) {
	if l := db.regrouped.Load(); l != nil {
		return slices.Clone(*l)
	}
	return nil
}

func (db *Database) setGroupWatchers(list []*func(*Record)) { db.regrouped.Store(&list) }

func setASG(r *Record, v pv.Value) error {
	if r.asg == v.Str() {
		return nil
	}
	r.asg = v.Str()
	if l := r.db.regrouped.Load(); l != nil {
		for _, regrouped := range *l {
			(*regrouped)(r)
		}
	}
	return nil
}
