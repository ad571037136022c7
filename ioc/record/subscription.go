package record

import "github.com/ioclet/ioclet/pv"

// Subscription is a subscriber's place at a field.
type Subscription struct {
	// immutable
	rec  *Record // with def and long the field; as a Field it would take more memory
	def  *fieldDef
	long bool

	// guarded by the record's lock
	index  int32      // in the record's list; -1 after Unsubscribe
	sample *pv.Sample // of a field that is not the value: what Post points to
}

// place is an entry of a record's list of subscriptions. It has what an event needs, so
// that posting to many runs along the list and not from one Subscription to another.
type place struct {
	to    Subscriber
	sub   *Subscription
	mask  pv.Mask
	value bool // at the value itself
}

// Subscribe has s told of the events of f that are in mask. The present value is
// posted at once, before Subscribe returns, whatever the mask (rsrv does so even
// for PROPERTY alone). Of a record that has been removed nothing is posted.
func (f Field) Subscribe(mask pv.Mask, s Subscriber) *Subscription {
	r := f.rec
	sub := &Subscription{rec: r, def: f.def, long: f.long}
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.removed.Load() {
		sub.index = -1
		return sub
	}
	if !f.isValue() {
		sub.sample = new(pv.Sample)
		r.fieldSubs++
	}
	sub.index = int32(len(r.subs))
	r.subs = append(r.subs, place{to: s, sub: sub, mask: mask, value: f.isValue()})
	r.subs[sub.index].post(r, mask)
	return sub
}

// Again posts the present value once more, as Subscribe has done.
func (s *Subscription) Again() {
	r := s.rec
	r.lock.Lock()
	defer r.lock.Unlock()
	if s.index >= 0 {
		p := &r.subs[s.index]
		p.post(r, p.mask)
	}
}

// Unsubscribe ends the subscription, in constant time: when it has returned, the
// subscriber is not called any more. It is idempotent.
func (s *Subscription) Unsubscribe() {
	r := s.rec
	r.lock.Lock()
	defer r.lock.Unlock()
	if s.index < 0 {
		return
	}
	last := len(r.subs) - 1
	r.subs[s.index] = r.subs[last]
	r.subs[s.index].sub.index = s.index
	r.subs[last] = place{}
	r.subs = r.subs[:last]
	if last == 0 {
		r.subs = nil
	}
	s.index = -1
	if s.sample != nil {
		r.fieldSubs--
	}
}

// post calls the subscriber; the lock is held.
func (p *place) post(r *Record, m pv.Mask) {
	if p.value {
		p.to.Post(&r.sample, m)
		return
	}
	s := p.sub
	*s.sample = pv.Sample{Value: Field{rec: r, def: s.def, long: s.long}.get(), Time: r.sample.Time, Alarm: r.sample.Alarm}
	p.to.Post(s.sample, m)
}

// postValue posts the value to those who want any of m.
func (r *Record) postValue(m pv.Mask) {
	if m == 0 {
		return
	}
	for i := range r.subs {
		if p := &r.subs[i]; p.mask&m != 0 && (p.value || p.sub.def == r.fields.val) {
			p.post(r, p.mask&m)
		}
	}
}

// postField posts a field that is not the value.
func (r *Record) postField(name string, m pv.Mask) {
	if r.fieldSubs == 0 {
		return
	}
	for i := range r.subs {
		if p := &r.subs[i]; p.mask&m != 0 && p.sub.def.name == name {
			p.post(r, p.mask&m)
		}
	}
}

// postAll posts every field: something about the record as a whole has changed.
func (r *Record) postAll(m pv.Mask) {
	for i := range r.subs {
		if p := &r.subs[i]; p.mask&m != 0 {
			p.post(r, p.mask&m)
		}
	}
}
