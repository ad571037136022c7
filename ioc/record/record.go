package record

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/ioclet/ioclet/pv"
)

// Record is a process variable with its fields. Its methods may be called from
// any goroutine, but not from within those of its [Device], [Subscriber] or
// [Completion], which hold its lock.
//
// Records are large in number: what only some of them have stands behind a
// pointer, and most fields are computed when a client asks for them.
type Record struct {
	// immutable
	db       *Database
	fields   *typeTable
	name     string
	link     string // INP or OUT
	dtyp     string // "" is soft
	device   Device
	lock     *sync.Mutex // own, until records are joined in a lock set
	typ      Type
	kind     pv.Kind // of the value's elements
	readback bool
	elements uint32 // NELM or SIZV
	own      sync.Mutex

	// guarded by *lock
	flags      flags
	sample     pv.Sample // VAL, TIME, STAT and SEVR
	info       *pv.Info
	bands      *bands  // nil: all zero
	states     *states // nil: no severities, no raw values
	last, log  mark    // MLST, ALST
	alarmed    mark    // LALM
	raw        uint32  // RVAL
	next       pv.Alarm
	acks       pv.Severity
	udfs, diss pv.Severity
	lcnt       uint8
	disa, disv int16
	desc, asg  string
	extra      []extraField // fields without behaviour that were configured
	subs       []*Subscription
	fieldSubs  int32 // how many of subs are not at the value
	scan       Scan
	oval       string    // the string that was posted last
	current    request   // the operation under way, if active
	queue      []request // those that wait for it

	// guarded by the scanner's mu
	list      *scanList // nil: in none
	listIndex int32
}

type flags uint16

const (
	udf    flags = 1 << iota // no value yet
	active                   // PACT: an operation is under way
	writing
	pini
	disp   // DISP: no puts
	ackt   // ACKT
	tpro   // TPRO
	always // POST of strings and arrays: post what has not changed for VALUE …
	alwaysLog
)

func (r *Record) is(f flags) bool { return r.flags&f != 0 }

func (r *Record) set(f flags, on bool) {
	if on {
		r.flags |= f
	} else {
		r.flags &^= f
	}
}

// bands are the thresholds of an analog record.
type bands struct {
	hihi, high, low, lolo float64
	hyst, mdel, adel      float64
	hhsv, hsv, lsv, llsv  pv.Severity
}

// states are the properties of a discrete record's states.
type states struct {
	severity   [maxStates]pv.Severity
	value      [maxStates]uint32
	unsv, cosv pv.Severity
	raw        bool // value is used
}

type extraField struct {
	def   *fieldDef
	value pv.Value
}

// newRecord makes a record of s, not yet scanned.
func newRecord(db *Database, s *Spec) (*Record, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	r := &Record{
		db: db, fields: tableOf(s.Type), name: strings.Clone(s.Name), typ: s.Type, kind: s.Type.Kind(),
		device: s.Device, readback: s.Readback && s.Device != nil && s.Type.Output(),
		link: s.Link, dtyp: s.DTYP, desc: s.Desc, asg: s.ASG,
		scan: s.Scan, elements: s.Elements, disv: 1,
		udfs: pv.InvalidAlarm, flags: udf | ackt,
	}
	r.lock = &r.own
	if s.UDFS != nil {
		r.udfs = *s.UDFS
	}
	r.set(pini, s.PINI)
	switch {
	case s.Type.Array():
		r.kind = s.ElementKind
		if r.kind == pv.Invalid {
			r.kind = pv.String
		}
		r.elements = max(r.elements, 1)
		r.flags |= always | alwaysLog
	case s.Type == LSI || s.Type == LSO:
		if r.elements == 0 {
			r.elements = 41
		}
	}
	info := s.Info
	info.Choices = slices.Clone(info.Choices)
	if s.Type.analog() {
		b := bands{
			hihi: s.Info.Alarm.High, lolo: s.Info.Alarm.Low, high: s.Info.Warning.High, low: s.Info.Warning.Low,
			hyst: s.HYST, mdel: s.MDEL, adel: s.ADEL, hhsv: s.HHSV, hsv: s.HSV, lsv: s.LSV, llsv: s.LLSV,
		}
		if b != (bands{}) {
			r.bands = &b
		}
	}
	if s.Type.discrete() && (len(s.StateSeverities) > 0 || len(s.StateValues) > 0 || s.UNSV != 0 || s.COSV != 0) {
		r.states = &states{unsv: s.UNSV, cosv: s.COSV, raw: len(s.StateValues) > 0}
		copy(r.states.severity[:], s.StateSeverities)
		copy(r.states.value[:], s.StateValues)
	}
	r.info = &info
	r.publishInfo()
	r.sample.Value = r.empty()
	r.sample.Alarm = pv.Alarm{Status: pv.StatusUDF, Severity: r.udfs}
	for name, text := range s.Fields {
		if err := r.configure(name, text); err != nil {
			return nil, &SpecError{Record: s.Name, Field: name, Err: err}
		}
	}
	if s.Initial.Kind() != pv.Invalid {
		v, err := r.convert(s.Initial)
		if err != nil {
			return nil, &SpecError{Record: s.Name, Field: "VAL", Err: err}
		}
		r.store(r.clamp(v))
	}
	r.markAll()
	return r, nil
}

// empty is the value before there is one.
func (r *Record) empty() pv.Value {
	if !r.typ.Array() {
		return zero(r.kind)
	}
	return emptyArray(r.kind)
}

// configure sets a field to its initial text.
func (r *Record) configure(name, text string) error {
	def := r.fields.find(name)
	if def == nil {
		return errors.New("no such field")
	}
	if def == r.value() {
		v, err := r.convert(pv.StringValue(text))
		if err == nil {
			r.store(r.clamp(v))
		}
		return err
	}
	v, err := r.convertField(def, pv.StringValue(text))
	switch {
	case err != nil:
		return err
	case def.set != nil:
		return def.set(r, v)
	case def.get != nil:
		return errors.New("cannot be set here")
	}
	r.extra = append(r.extra, extraField{def, v})
	return nil
}

// publishInfo replaces the record's Info by a copy whose limits follow from its
// fields; the lock is held.
func (r *Record) publishInfo() { r.setInfo(*r.info) }

func (r *Record) setInfo(i pv.Info) {
	nan := math.NaN()
	i.Alarm, i.Warning = pv.Limits{Low: nan, High: nan}, pv.Limits{Low: nan, High: nan}
	if b := r.bands; b != nil {
		for _, l := range []struct {
			to  *float64
			at  float64
			sev pv.Severity
		}{{&i.Alarm.High, b.hihi, b.hhsv}, {&i.Alarm.Low, b.lolo, b.llsv}, {&i.Warning.High, b.high, b.hsv}, {&i.Warning.Low, b.low, b.lsv}} {
			if l.sev != pv.NoAlarm {
				*l.to = l.at
			}
		}
	}
	if !r.driven() {
		i.Control = i.Display
	}
	r.info = &i
}

// driven reports whether the record has DRVL and DRVH.
func (r *Record) driven() bool { return r.typ.analog() && r.typ.Output() }

// Name is the record's name, without a field.
func (r *Record) Name() string { return r.name }

// Type is the record's type; its String is RTYP and the CLASS_NAME of a channel.
func (r *Record) Type() Type { return r.typ }

// Device is the record's device support, nil if it is soft.
func (r *Record) Device() Device { return r.device }

// Field is the field of that name ("EGU"), "" being the value. The error is a
// [*NotFoundError].
func (r *Record) Field(name string) (Field, error) {
	if name == "" {
		return r.Value(), nil
	}
	d := r.fields.find(name)
	if d == nil {
		return Field{}, &NotFoundError{Record: r.name, Field: name}
	}
	return Field{rec: r, def: d}, nil
}

// Value is the field VAL.
func (r *Record) Value() Field { return Field{rec: r, def: r.value()} }

func (r *Record) value() *fieldDef  { return r.fields.val }
func (r *Record) table() *typeTable { return r.fields }

// Ack is the state of alarm acknowledgement: whether alarms that have passed must
// be acknowledged (ACKT), and the highest severity that has not been (ACKS).
func (r *Record) Ack() (transient bool, severity pv.Severity) {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.is(ackt), r.acks
}

// PutAckt sets whether alarms that have passed must be acknowledged, as a write
// of DBR_PUT_ACKT does (base: dbAccess.c putAckt).
func (r *Record) PutAckt(transient bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.is(ackt) == transient {
		return
	}
	r.set(ackt, transient)
	r.postField("ACKT", pv.EventValue|pv.EventAlarm)
	if !transient && r.acks > r.sample.Alarm.Severity {
		r.acks = r.sample.Alarm.Severity
		r.postField("ACKS", pv.EventValue|pv.EventAlarm)
	}
	r.postAll(pv.EventAlarm)
}

// PutAcks acknowledges alarms up to that severity, as a write of DBR_PUT_ACKS
// does (base: dbAccess.c putAcks).
func (r *Record) PutAcks(severity pv.Severity) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if severity < r.acks {
		return
	}
	r.acks = pv.NoAlarm
	r.postField("ACKS", pv.EventValue|pv.EventAlarm)
	r.postAll(pv.EventAlarm)
}

func (r *Record) String() string { return fmt.Sprintf("%s (%s)", r.name, r.typ) }
