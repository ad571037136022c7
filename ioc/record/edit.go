package record

import (
	"slices"

	"github.com/ioclet/ioclet/pv"
)

// Change alters what describes the record while it lives. edit is given the present
// Desc, Info, severities, HYST, MDEL, ADEL and Scan, as they would be added, and sets
// those that it wants, or others by Spec.Fields; what else it finds in Spec is not
// looked at. Clients that watch a field, or PROPERTY, hear of what has changed, and the
// alarm follows the new limits at once unless it is the device's own. A record changes
// its type by leaving: [Database.Remove].
//
// edit is called with the record's lock held: it must not block and must not call the
// record. The error is a [*SpecError] or [ErrRemoved]; then nothing has changed.
func (r *Record) Change(edit func(*Spec)) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.removed.Load() {
		return ErrRemoved
	}
	s := r.description()
	edit(&s)
	fields, err := r.parseFields(&s)
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return err
	}
	old := make([]pv.Value, len(r.fields.defs))
	for i := range r.fields.defs {
		old[i] = r.get(&r.fields.defs[i])
	}
	r.apply(&s, fields)
	r.postChanges(old)
	r.recheck()
	return nil
}

// description is the record as Change shows it.
func (r *Record) description() Spec {
	i := *r.info.Load()
	i.Choices = slices.Clone(i.Choices)
	s := Spec{Name: r.name, Type: r.typ, Desc: r.desc, Scan: r.scan, Info: i}
	if b := r.bands; b != nil {
		s.Info.Alarm, s.Info.Warning = pv.Limits{High: b.hihi, Low: b.lolo}, pv.Limits{High: b.high, Low: b.low}
		s.Info.Control = b.drive
		s.HHSV, s.HSV, s.LSV, s.LLSV = b.hhsv, b.hsv, b.lsv, b.llsv
		s.HYST, s.MDEL, s.ADEL = b.hyst, b.mdel, b.adel
	} else {
		s.Info.Alarm, s.Info.Warning, s.Info.Control = pv.Limits{}, pv.Limits{}, pv.Limits{}
	}
	if st := r.states; st != nil {
		s.UNSV, s.COSV = st.unsv, st.cosv
		s.StateSeverities = slices.Clone(st.severity[:r.typ.states()])
		if st.raw {
			s.StateValues = slices.Clone(st.value[:r.typ.states()])
		}
	}
	return s
}

// parseFields converts the texts of s.Fields, but for SCAN, which it takes into s.
func (r *Record) parseFields(s *Spec) (fields []extraField, err error) {
	for _, name := range inOrder(s.Fields) {
		text := s.Fields[name]
		def := r.fields.find(name)
		var v pv.Value
		switch {
		case def == nil || def == r.value():
			err = &NotFoundError{Record: r.name, Field: name}
		case name == "SCAN":
			s.Scan, err = scanOf(text)
		case def.get != nil && def.set == nil:
			err = ErrReadOnly
		default:
			v, err = r.convertField(def, pv.StringValue(text))
			fields = append(fields, extraField{def, v})
		}
		if err != nil {
			return nil, &SpecError{Record: r.name, Field: name, Err: err}
		}
	}
	return fields, nil
}

// apply makes the record what s says, with the other fields.
func (r *Record) apply(s *Spec, fields []extraField) {
	r.bands, r.states, r.desc = nil, nil, s.Desc
	r.setInfo(*r.describe(s))
	if s.Scan != r.scan {
		r.scan = s.Scan
		r.db.scanner.move(r, s.Scan)
	}
	for _, f := range fields {
		_ = r.setField(f.def, f.value) // only SCAN refuses what has its kind
	}
	r.publishInfo()
}

// postChanges posts the fields that are not what they were, and what that means for
// the value.
func (r *Record) postChanges(old []pv.Value) {
	var properties, renamed bool
	for i := range r.fields.defs {
		d := &r.fields.defs[i]
		if d == r.value() || r.get(d).Equal(old[i]) {
			continue
		}
		r.postField(d.name, pv.EventValue|pv.EventLog)
		properties = properties || d.flags&prop != 0
		n, ok := d.state()
		renamed = renamed || ok && int64(n) == r.sample.Value.Int64()
	}
	if renamed {
		r.postValue(pv.EventValue | pv.EventLog)
	}
	if properties {
		r.postAll(pv.EventProperty)
	}
}

// recheck makes the alarm follow the limits, unless somebody else has raised it.
func (r *Record) recheck() {
	switch a := r.sample.Alarm; a.Status {
	case pv.StatusHiHi, pv.StatusHigh, pv.StatusLow, pv.StatusLoLo, pv.StatusState, pv.StatusUDF:
	default:
		if a != (pv.Alarm{}) {
			return
		}
	}
	if r.cause != nil || r.is(active) {
		return
	}
	r.next = pv.Alarm{}
	r.checkAlarms()
	r.postValue(r.resetAlarms(nil))
}
