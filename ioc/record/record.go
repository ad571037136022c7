package record

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

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
	typ      Type
	kind     pv.Kind // of the value's elements
	readback bool
	readOnly bool   // the value
	elements uint32 // NELM or SIZV

	lock sync.Mutex

	// written with lock held, read without: subscribers want them when it is held
	info    atomic.Pointer[pv.Info]
	ack     atomic.Uint32 // ACKS, and transient for ACKT
	removed atomic.Bool

	// guarded by lock
	sample     pv.Sample // VAL, TIME, STAT and SEVR
	bands      *bands    // nil: all zero
	states     *states   // nil: no severities, no raw values
	rare       *rare     // nil: nothing of it
	last, log  mark      // MLST, ALST
	alarmed    mark      // LALM
	raw        uint32    // RVAL of an ai, ao or a discrete record, NORD of an array, LEN of a string (with its NUL)
	rawPosted  uint32    // the one that was posted last
	next       pv.Alarm
	flags      flags
	udfs, diss pv.Severity
	lcnt       uint8
	pini       uint8 // index in menuPini
	cause      error // of sample.Alarm, if the device has said it
	disp, tpro uint8
	proc       uint8 // what was last written to PROC
	disa, disv int16
	desc, asg  string
	extra      []extraField // fields without behaviour that were configured
	subs       []place
	fieldSubs  int32 // how many of subs are not at the value
	scan       Scan
	oval       string    // the string that was posted last
	current    request   // the operation under way, if active
	queue      []request // those that wait for it

	// guarded by the scanner's mu
	list      *scanList // nil: in none
	listIndex int32
	phase     int16 // PHAS

	left bool // removed, and told so; guarded by the database's mu
}

type flags uint16

const (
	udf     flags = 1 << iota // no value yet
	active                    // PACT: an operation is under way
	patient                   // it takes its time: see Underway
	writing
	always    // MPST of strings and arrays: a VALUE event at every processing
	alwaysLog // APST: a LOG event at every processing
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
	drive                 pv.Limits // DRVL, DRVH
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
		device: s.Device, readOnly: s.ReadOnly, readback: s.Readback && s.Device != nil && s.Type.Output(),
		link: s.Link, dtyp: s.DTYP, desc: s.Desc, asg: s.ASG,
		scan: s.Scan, elements: s.Elements, disv: 1,
		udfs: pv.InvalidAlarm, flags: udf,
	}
	r.ack.Store(transient)
	if s.UDFS != nil {
		r.udfs = *s.UDFS
	}
	if s.PINI {
		r.pini = piniYes
	}
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
		r.elements = max(r.elements, 16) // base: lsiRecord.c
	}
	r.info.Store(r.describe(s))
	r.sample.Value = r.empty()
	r.sample.Alarm = pv.Alarm{Status: pv.StatusUDF, Severity: r.udfs}
	for _, name := range inOrder(s.Fields) {
		if err := r.configure(name, s.Fields[name]); err != nil {
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
	r.fillLimits(r.info.Load()) // nobody has seen it yet
	if r.is(udf) {
		r.sample.Alarm.Severity = r.udfs // which may be configured only now
		if r.typ == MBBO {
			r.raw = r.rawOf(r.sample.Value)
		}
	}
	r.markAll()
	if !r.is(udf) {
		r.checkAlarms()
		r.sample.Alarm, r.next = r.next, pv.Alarm{}
		r.setAck(true, r.sample.Alarm.Severity)
	}
	return r, nil
}

// describe takes limits, deadbands and severities from s. It returns the Info of s, whose
// limits do not yet follow from the fields.
func (r *Record) describe(s *Spec) *pv.Info {
	info := s.Info
	info.Choices = slices.Clone(info.Choices)
	if s.Type.analog() {
		b := bands{
			hihi: s.Info.Alarm.High, lolo: s.Info.Alarm.Low, high: s.Info.Warning.High, low: s.Info.Warning.Low,
			hyst: s.HYST, mdel: s.MDEL, adel: s.ADEL, hhsv: s.HHSV, hsv: s.HSV, lsv: s.LSV, llsv: s.LLSV,
		}
		if r.driven() {
			b.drive = s.Info.Control
		}
		r.normalize(&b)
		if b != (bands{}) {
			r.bands = &b
		}
	}
	if s.Type.discrete() && (len(s.StateSeverities) > 0 || len(s.StateValues) > 0 || s.UNSV != 0 || s.COSV != 0) {
		r.states = &states{unsv: s.UNSV, cosv: s.COSV, raw: len(s.StateValues) > 0}
		copy(r.states.severity[:], s.StateSeverities)
		copy(r.states.value[:], s.StateValues)
	}
	return &info
}

// normalize gives the thresholds the values that their fields show: those of an
// integer record are integers. A limit that is NaN is none.
func (r *Record) normalize(b *bands) {
	for _, l := range []struct {
		at  *float64
		sev *pv.Severity
	}{{&b.hihi, &b.hhsv}, {&b.high, &b.hsv}, {&b.low, &b.lsv}, {&b.lolo, &b.llsv}, {&b.hyst, nil}, {&b.mdel, nil}, {&b.adel, nil}, {&b.drive.Low, nil}, {&b.drive.High, nil}} {
		if isNaN(*l.at) && l.sev != nil {
			*l.sev = pv.NoAlarm
		}
		*l.at = r.limitValue(*l.at).Float64()
	}
}

// empty is the value before there is one.
func (r *Record) empty() pv.Value {
	if !r.typ.Array() {
		return zero(r.kind)
	}
	return emptyArray(r.kind)
}

// inOrder lists the names of fields, VAL last: its conversion follows from the others.
func inOrder(fields map[string]string) []string {
	names := slices.Sorted(maps.Keys(fields))
	if i, ok := slices.BinarySearch(names, "VAL"); ok {
		names = append(slices.Delete(names, i, i+1), "VAL")
	}
	return names
}

// configure sets a field to its initial text.
func (r *Record) configure(name, text string) error {
	def := r.fields.find(name)
	switch {
	case def == nil:
		return errors.New("no such field")
	case name == "SCAN":
		s, err := scanOf(text)
		if err == nil {
			r.scan = s
		}
		return err
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
func (r *Record) publishInfo() { r.setInfo(*r.info.Load()) }

func (r *Record) setInfo(i pv.Info) {
	r.fillLimits(&i)
	r.info.Store(&i)
}

// fillLimits sets those of i's limits that follow from the record's fields.
func (r *Record) fillLimits(i *pv.Info) {
	nan := math.NaN()
	i.Alarm, i.Warning = pv.Limits{Low: nan, High: nan}, pv.Limits{Low: nan, High: nan}
	b := r.bands
	if b == nil && r.kind == pv.Int64 {
		b = new(bands)
	}
	if b != nil {
		for _, l := range []struct {
			to  *float64
			at  float64
			sev pv.Severity
		}{{&i.Alarm.High, b.hihi, b.hhsv}, {&i.Alarm.Low, b.lolo, b.llsv}, {&i.Warning.High, b.high, b.hsv}, {&i.Warning.Low, b.low, b.lsv}} {
			if l.sev != pv.NoAlarm || r.kind == pv.Int64 { // int64inRecord.c shows them always
				*l.to = l.at
			}
		}
	}
	i.Control = i.Display
	if r.driven() && b != nil && (r.typ == AO || b.drive.High > b.drive.Low) {
		i.Control = b.drive
	} else if r.typ == AO { // longoutRecord.c and int64outRecord.c show those of the display
		i.Control = pv.Limits{}
	}
}

// driven reports whether the record has DRVL and DRVH.
func (r *Record) driven() bool { return r.typ.analog() && r.typ.Output() }

// Name is the record's name, without a field.
func (r *Record) Name() string { return r.name }

// Type is the record's type; its String is RTYP and the CLASS_NAME of a channel.
func (r *Record) Type() Type { return r.typ }

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

func (r *Record) value() *fieldDef { return r.fields.val }

// transient is the bit of Record.ack that is ACKT.
const transient = 1 << 8

// Ack is the state of alarm acknowledgement: whether alarms that have passed must
// be acknowledged (ACKT), and the highest severity that has not been (ACKS). It
// takes no lock, so that a [Subscriber] may call it.
func (r *Record) Ack() (ackt bool, acks pv.Severity) {
	a := r.ack.Load()
	return a&transient != 0, pv.Severity(a &^ transient)
}

func (r *Record) setAck(ackt bool, acks pv.Severity) {
	a := uint32(acks)
	if ackt {
		a |= transient
	}
	r.ack.Store(a)
}

// PutAckt sets whether alarms that have passed must be acknowledged, as a write
// of DBR_PUT_ACKT does (base: dbAccess.c putAckt).
func (r *Record) PutAckt(ackt bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	old, acks := r.Ack()
	if old == ackt {
		return
	}
	lower := !ackt && acks > r.sample.Alarm.Severity
	if lower {
		acks = r.sample.Alarm.Severity
	}
	r.setAck(ackt, acks)
	r.postField("ACKT", pv.EventValue|pv.EventAlarm)
	if lower {
		r.postField("ACKS", pv.EventValue|pv.EventAlarm)
	}
	r.postAll(pv.EventAlarm)
}

// PutAcks acknowledges alarms up to that severity, as a write of DBR_PUT_ACKS
// does (base: dbAccess.c putAcks).
func (r *Record) PutAcks(severity pv.Severity) {
	r.lock.Lock()
	defer r.lock.Unlock()
	ackt, acks := r.Ack()
	if severity < acks {
		return
	}
	r.setAck(ackt, pv.NoAlarm)
	r.postField("ACKS", pv.EventValue|pv.EventAlarm)
	r.postAll(pv.EventAlarm)
}

func (r *Record) String() string { return fmt.Sprintf("%s (%s)", r.name, r.typ) }
