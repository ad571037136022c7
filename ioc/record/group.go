package record

import "github.com/ioclet/ioclet/pv"

// ASG is the record's access security group, "" being DEFAULT.
func (r *Record) ASG() string {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.asg
}

// ASL is the field's access security level: 0 for fields that are written in
// operation, VAL before all, 1 for the others.
func (f Field) ASL() int {
	if f.def.flags&asl0 != 0 {
		return 0
	}
	return 1
}

// OnRegroup has regrouped called when a record's ASG is written with something else,
// with the record locked: it must not block nor call the record. There is one such
// function; nil is none. It may be set at any time.
func (db *Database) OnRegroup(regrouped func(*Record)) {
	db.regrouped.Store(&regrouped)
}

func setASG(r *Record, v pv.Value) error {
	if r.asg == v.Str() {
		return nil
	}
	r.asg = v.Str()
	if f := r.db.regrouped.Load(); f != nil && *f != nil {
		(*f)(r)
	}
	return nil
}
