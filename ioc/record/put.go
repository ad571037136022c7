package record

import (
	"fmt"

	"github.com/ioclet/ioclet/pv"
)

// Put writes the field, converting v as base's dbPut does. A nil error means
// that the put is accepted: done, if it is not nil, is told when the action has
// finished, perhaps before Put returns. A put with done is never merged with
// another; without, the last of several that wait for the device wins. Put does
// not wait for the device; with too many puts waiting the error is [ErrBusy].
//
// A put to VAL of an output sets what is behind it; of a soft record, it
// processes if SCAN is Passive. A put to PROC processes, whatever the value.
func (f Field) Put(v pv.Value, done Completion) error {
	_, err := f.Assign(v, done)
	return err
}

// Assign is Put. It returns the value that the field has then; if the put waits behind
// another, that which the field will have when its turn comes.
func (f Field) Assign(v pv.Value, done Completion) (pv.Value, error) {
	f.rec.lock.Lock()
	defer f.rec.lock.Unlock()
	waits, err := f.put(v, done)
	switch {
	case err != nil:
		return pv.Value{}, fmt.Errorf("pv %q: put %s: %w", f.rec.name, f.Name(), err)
	case waits.Kind() != pv.Invalid:
		return f.shown(waits), nil
	}
	return f.get(), nil
}

// put returns the value of a put that has to wait.
func (f Field) put(v pv.Value, done Completion) (waits pv.Value, err error) {
	r, d := f.rec, f.def
	switch {
	case r.removed.Load():
		return waits, ErrRemoved
	case !f.Writable():
		return waits, ErrReadOnly
	case r.disp != 0 && d.name != "DISP":
		return waits, ErrDisabled
	}
	if v, err = f.text(v); err != nil {
		return waits, err
	}
	if d == r.value() {
		w, err := r.convert(v)
		switch {
		case err != nil:
			return waits, err
		case r.full():
			return waits, ErrBusy
		}
		w = r.clamp(w)
		if r.is(active) {
			waits = w
		}
		r.putValue(w, done)
		return waits, nil
	}
	if d.size == linkSize && v.Kind() != pv.String { // base: dbPutFieldLink
		return waits, pv.ErrNoConvert
	}
	w, err := r.convertField(d, v)
	if err != nil {
		return waits, err
	}
	processes := d.flags&pp != 0 && r.scan == Passive || d.name == "PROC"
	if processes && r.full() {
		return waits, ErrBusy
	}
	old := r.get(d)
	if err := r.setField(d, w); err != nil {
		return waits, err
	}
	changed := d.flags&prop != 0 && !r.get(d).Equal(old)
	if changed {
		r.publishInfo()
	}
	r.postField(d.name, pv.EventValue|pv.EventLog)
	if i, ok := d.state(); ok && int64(i) == r.sample.Value.Int64() {
		r.postValue(pv.EventValue | pv.EventLog) // the present state has another name (base: mbbiRecord.c special)
	}
	if changed {
		r.postAll(pv.EventProperty)
	}
	if processes {
		r.submit(request{put: true, done: done})
	} else if done != nil {
		done.PutDone(nil)
	}
	return waits, nil
}

// text is the string that a put to a "$" means: that of its characters, which numbers
// and even texts (of numbers) become, as in any array of characters.
func (f Field) text(v pv.Value) (pv.Value, error) {
	if !f.long {
		return v, nil
	}
	s, ok := characters(v)
	if !ok {
		c, err := pv.Convert(v, pv.Uint8, nil)
		if err != nil {
			return v, err
		}
		s, _ = characters(c)
	}
	return pv.StringValue(s), nil
}

// putValue sets VAL and processes.
func (r *Record) putValue(v pv.Value, done Completion) {
	q := request{write: r.typ.Output(), put: true, value: v, done: done}
	if r.is(active) {
		if done == nil && (len(r.queue) == 0 || len(r.queue) == 1 && r.queue[0].done == nil) {
			r.store(v)
		}
		r.submit(q)
		return
	}
	r.store(v)
	if r.scan != Passive && r.device == nil {
		if done != nil {
			done.PutDone(nil)
		}
		return
	}
	r.run(q)
}

// How many puts may wait for a record, and how many elements of arrays they may have
// together: a client that leaves does not take its puts with it.
const (
	maxWaiting         = 1024
	maxWaitingElements = 1 << 20
)

// full reports whether a put would have to wait, and no more can.
func (r *Record) full() bool {
	return len(r.queue) >= max(1, min(maxWaiting, maxWaitingElements/(1+int(r.elements))))
}

// submit runs q now, or after the operations under way and waiting. A plain
// request replaces the plain one before it.
func (r *Record) submit(q request) {
	if !r.is(active) {
		r.run(q)
		return
	}
	n := len(r.queue)
	if q.done != nil || n == 0 || r.queue[n-1].done != nil {
		r.queue = append(r.queue, q)
		return
	}
	if q.value.Kind() != pv.Invalid || r.queue[n-1].value.Kind() == pv.Invalid {
		r.queue[n-1] = q
	}
}
