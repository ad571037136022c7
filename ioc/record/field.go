package record

import (
	"errors"
	"slices"

	"github.com/ioclet/ioclet/pv"
)

// Errors of a put.
var (
	ErrReadOnly = errors.New("the field is read-only")
	ErrDisabled = errors.New("puts are disabled (DISP)")
	ErrBusy     = errors.New("too many puts wait for the record")
)

// Field is a field of a record, the value VAL among them. It is small, comparable
// and valid as long as its record; its methods may be called from any goroutine.
type Field struct {
	rec  *Record
	def  *fieldDef
	long bool // as an array of characters: "$"
}

// Record is the record of f, nil for the zero Field.
func (f Field) Record() *Record { return f.rec }

// Name is the field's name: "VAL", "EGU", "DESC$".
func (f Field) Name() string {
	if f.long {
		return f.def.name + "$"
	}
	return f.def.name
}

func (f Field) isValue() bool { return f.def == f.rec.value() && !f.long }

// Kind is the kind of the field's elements. It does not change.
func (f Field) Kind() pv.Kind {
	if f.long {
		return pv.Uint8
	}
	return f.rec.kindOf(f.def)
}

// Count is the largest number of elements that the field can have. It does not
// change.
func (f Field) Count() uint32 {
	switch {
	case f.long:
		return f.rec.sizeOf(f.def)
	case f.def == f.rec.value() && f.rec.typ.Array():
		return f.rec.elements
	}
	return 1
}

// Writable reports whether clients may write the field. It does not change.
func (f Field) Writable() bool {
	return f.def.flags&nomod == 0 && !(f.rec.readOnly && f.def == f.rec.value())
}

// ASL is the field's access security level, 0 or 1, to which that of a rule applies
// (asl in base's .dbd files).
func (f Field) ASL() int {
	if f.def.flags&asl0 != 0 {
		return 0
	}
	return 1
}

// Info is what is shown beside the value; it must not be changed. It takes no
// lock, so that a [Subscriber] may call it.
func (f Field) Info() *pv.Info { return f.rec.infoOf(f.def) }

// Get is the field's present value, with what is shown beside it. Time and alarm
// are the record's.
func (f Field) Get() (s pv.Sample, info *pv.Info) {
	info = f.GetInto(&s)
	return s, info
}

// GetInto is Get into s, without a copy.
func (f Field) GetInto(s *pv.Sample) *pv.Info {
	r := f.rec
	r.lock.Lock()
	defer r.lock.Unlock()
	*s = r.sample
	if !f.isValue() {
		s.Value = f.get()
	}
	return r.infoOf(f.def)
}

// get is the value of f; the lock is held.
func (f Field) get() pv.Value { return f.shown(f.rec.get(f.def)) }

// shown is how f, which may be a "$", has v.
func (f Field) shown(v pv.Value) pv.Value {
	if f.long {
		if v.IsArray() { // of strings: the first
			if v.Len() == 0 {
				v = pv.StringValue("")
			} else {
				v = v.At(0)
			}
		}
		text := v.Str()
		b := make([]uint8, min(len(text)+1, int(f.Count())))
		copy(b[:len(b)-1], text)
		return pv.ArrayValue(b)
	}
	return v
}

func (r *Record) get(d *fieldDef) pv.Value {
	if d.get != nil {
		return d.get(r)
	}
	for _, e := range r.extra {
		if e.def == d {
			return e.value
		}
	}
	return d.fixed
}

// setField stores v, of d's kind, in a field that is not the value.
func (r *Record) setField(d *fieldDef, v pv.Value) error {
	switch {
	case d.set != nil:
		return d.set(r, v)
	case d.get != nil:
		return ErrReadOnly
	}
	for i := range r.extra {
		if r.extra[i].def == d {
			r.extra[i].value = v
			return nil
		}
	}
	r.extra = append(r.extra, extraField{d, v})
	return nil
}

// infoOf needs no lock.
func (r *Record) infoOf(d *fieldDef) *pv.Info {
	switch {
	case d == r.value():
		return r.info.Load()
	case d.name == "SCAN":
		return r.db.scanner.menu()
	case d.name == "DTYP":
		return &pv.Info{Choices: []string{r.deviceType()}, Display: d.info.Display, Control: d.info.Control, Warning: d.info.Warning, Alarm: d.info.Alarm}
	case r.typ.analog() && d.kind == r.kind:
		own := r.info.Load()
		i := *d.info
		i.Units, i.Precision = own.Units, own.Precision
		if slices.Contains(valueLike, d.name) {
			i.Display, i.Control = own.Display, own.Control
		}
		return &i
	case r.typ.precise() && d.kind.IsFloat():
		i := *d.info
		i.Precision = r.info.Load().Precision
		return &i
	}
	return d.info
}

// valueLike are the fields of an analog record that have the ranges of its value.
var valueLike = []string{"HIHI", "HIGH", "LOW", "LOLO", "LALM", "ALST", "MLST", "SVAL", "OVAL", "PVAL", "IVOV"}

func (r *Record) deviceType() string {
	if r.dtyp == "" {
		return "Soft Channel"
	}
	return r.dtyp
}

// kindOf is the kind of d's elements in this record.
func (r *Record) kindOf(d *fieldDef) pv.Kind {
	if d.kind == pv.Invalid {
		return r.kind
	}
	return d.kind
}

// sizeOf is the size of a string field, its NUL included.
func (r *Record) sizeOf(d *fieldDef) uint32 {
	if (r.typ == LSI || r.typ == LSO) && (d == r.value() || d.name == "OVAL") {
		return r.elements
	}
	if d == r.value() && r.typ.Array() {
		return maxString + 1
	}
	return uint32(d.size)
}
