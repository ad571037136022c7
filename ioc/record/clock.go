package record

import (
	"time"

	"github.com/ioclet/ioclet/pv"
)

// HoldTime leaves the values of all records without a time, while hold is true, since the
// machine's clock is wrong: clients show such values as <undefined>, and archivers leave them out,
// where a wrong time would spoil what they keep. It takes away the times that there are; at
// the end every record that has had a value meanwhile gets the time of that moment, and
// its subscribers an event. It may be called at any time.
func (db *Database) HoldTime(hold bool) {
	db.mu.Lock()
	db.timeless.Store(hold)
	db.mu.Unlock()
	for r := range db.Records() {
		r.restamp(hold)
	}
}

func (r *Record) restamp(hold bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	switch {
	case r.removed.Load():
	case hold:
		r.sample.Time = pv.Stamp{}
	case r.sample.Time.IsZero() && r.sample.Alarm.Status != pv.StatusUDF:
		r.sample.Time = pv.StampOf(time.Now())
		r.postValue(pv.EventValue | pv.EventLog)
	}
}

// stamp is the time of a value to which the hardware gives t; the zero Stamp means now.
func (db *Database) stamp(t pv.Stamp) pv.Stamp {
	switch {
	case db.timeless.Load():
		return pv.Stamp{}
	case t.IsZero():
		return pv.StampOf(time.Now())
	}
	return t
}
