package record

import "github.com/ioclet/ioclet/pv"

// Subscription is a subscriber's place at a field.
type Subscription struct {
	// immutable
	field Field
	to    Subscriber
	mask  pv.Mask

	// guarded by the record's lock
	index  int32      // in the record's list; -1 after Unsubscribe
	sample *pv.Sample // of a field that is not the value: what Post points to
}

// Subscribe has s told of the events of f that are in mask. The present value is
// posted at once, before Subscribe returns, whatever the mask (rsrv does so even
// for PROPERTY alone). Of a record that has been removed nothing is posted.
func (f Field) Subscribe(mask pv.Mask, s Subscriber) *Subscription {
	r := f.rec
	sub := &Subscription{field: f, to: s, mask: mask}
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
	r.subs = append(r.subs, sub)
	sub.post(mask)
	return sub
}

// Unsubscribe ends the subscription, in constant time: when it has returned, the
// subscriber is not called any more. It is idempotent.
func (s *Subscription) Unsubscribe() {
	r := s.field.rec
	r.lock.Lock()
	defer r.lock.Unlock()
	if s.index < 0 {
		return
	}
	last := len(r.subs) - 1
	r.subs[s.index] = r.subs[last]
	r.subs[s.index].index = s.index
	r.subs[last] = nil
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
func (s *Subscription) post(m pv.Mask) {
	if s.sample == nil {
		s.to.Post(&s.field.rec.sample, m)
		return
	}
	r := s.field.rec
	*s.sample = pv.Sample{Value: s.field.get(), Time: r.sample.Time, Alarm: r.sample.Alarm}
	s.to.Post(s.sample, m)
}

// postValue posts the value to those who want any of m.
func (r *Record) postValue(m pv.Mask) {
	if m == 0 {
		return
	}
	for _, s := range r.subs {
		if s.mask&m != 0 && s.field.def == r.fields.val {
			s.post(s.mask & m)
		}
	}
}

// postField posts a field that is not the value.
func (r *Record) postField(name string, m pv.Mask) {
	if r.fieldSubs == 0 {
		return
	}
	for _, s := range r.subs {
		if s.mask&m != 0 && s.field.def.name == name {
			s.post(s.mask & m)
		}
	}
}

// postAll posts every field: something about the record as a whole has changed.
func (r *Record) postAll(m pv.Mask) {
	for _, s := range r.subs {
		if s.mask&m != 0 {
			s.post(s.mask & m)
		}
	}
}
