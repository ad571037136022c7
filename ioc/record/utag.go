package record

import "github.com/ioclet/ioclet/pv"

// SetUTag sets the user tag (UTAG), a number whose meaning is the program's: the pulse
// that a value belongs to, bits that say of what kind it is. It goes with the values
// from the next one on, until it is set again; no event follows from setting it.
// Clients choose events by it with the channel filter utag.
func (r *Record) SetUTag(tag uint64) {
	r.lock.Lock()
	defer r.lock.Unlock()
	_ = r.setField(r.fields.find("UTAG"), pv.IntValue(pv.Uint64, int64(tag))) // it takes every number
}

// UTag is the user tag. It takes no lock: only a [Subscriber] may call it, in its
// Post; others read the field UTAG.
func (r *Record) UTag() uint64 { return uint64(r.get(r.fields.find("UTAG")).Int64()) }
