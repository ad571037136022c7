package record

import (
	"errors"
	"maps"
	"slices"

	"github.com/ioclet/ioclet/pv"
)

type fieldBehaviour = map[string]accessor

// accessors is the behaviour of the fields of t: those that every record has, and
// those of what t can do.
func accessors(t Type) fieldBehaviour {
	all := maps.Clone(commonFields)
	if t.Output() {
		all["OUT"] = linkField
	} else {
		all["INP"] = linkField
	}
	maps.Copy(all, infoFields)
	switch {
	case t.analog():
		maps.Copy(all, analogFields)
	case t.discrete():
		maps.Copy(all, stateFields(t))
	case t.Array():
		maps.Copy(all, arrayFields)
	default:
		maps.Copy(all, stringFields)
	}
	if t == Longout {
		all["PVAL"] = previousField
	}
	maps.Copy(all, rareFields(t, func(field string) pv.Kind { return rowKind(t, field) }))
	return all
}

var linkField = textField(func(r *Record) *string { return &r.link })

func boolean(b bool) pv.Value {
	if b {
		return pv.IntValue(pv.Uint8, 1)
	}
	return pv.IntValue(pv.Uint8, 0)
}

// yesNo is a choice of menuYesNo, or of the first two of menuPini.
func yesNo(b bool) pv.Value {
	if b {
		return pv.EnumValue(1)
	}
	return pv.EnumValue(0)
}

// errChoice refuses the index of a menu that has fewer choices.
var errChoice = errors.New("no such choice")

func severityField(at func(r *Record) *pv.Severity) accessor {
	return accessor{
		get: func(r *Record) pv.Value { return pv.EnumValue(uint16(*at(r))) },
		set: func(r *Record, v pv.Value) error { *at(r) = pv.Severity(v.Int64()); return nil },
	}
}

func textField(at func(r *Record) *string) accessor {
	return accessor{
		get: func(r *Record) pv.Value { return pv.StringValue(*at(r)) },
		set: func(r *Record, v pv.Value) error { *at(r) = v.Str(); return nil },
	}
}

func int16Field(at func(r *Record) *int16) accessor {
	return accessor{
		get: func(r *Record) pv.Value { return pv.IntValue(pv.Int16, int64(*at(r))) },
		set: func(r *Record, v pv.Value) error { *at(r) = int16(v.Int64()); return nil },
	}
}

func byteField(at func(r *Record) *uint8) accessor {
	return accessor{
		get: func(r *Record) pv.Value { return pv.IntValue(pv.Uint8, int64(*at(r))) },
		set: func(r *Record, v pv.Value) error { *at(r) = uint8(v.Int64()); return nil },
	}
}

func flagField(f flags) accessor {
	return accessor{
		get: func(r *Record) pv.Value { return boolean(r.is(f)) },
		set: func(r *Record, v pv.Value) error { r.set(f, v.Int64() != 0); return nil },
	}
}

// menuFlag is a flag with a menu: on is the index of the choice that sets it.
func menuFlag(f flags, on uint16) accessor {
	return accessor{
		get: func(r *Record) pv.Value {
			if r.is(f) {
				return pv.EnumValue(on)
			}
			return pv.EnumValue(1 - on)
		},
		set: func(r *Record, v pv.Value) error { r.set(f, uint16(v.Int64()) == on); return nil },
	}
}

func readOnly(get func(r *Record) pv.Value) accessor { return accessor{get: get} }

// value is VAL, also where a field has a copy of it.
func value(r *Record) pv.Value { return r.sample.Value }

var commonFields = fieldBehaviour{
	"VAL":  readOnly(value),
	"NAME": readOnly(func(r *Record) pv.Value { return pv.StringValue(r.name) }),
	"RTYP": readOnly(func(r *Record) pv.Value { return pv.StringValue(r.typ.String()) }),
	"DTYP": { // has one choice
		get: func(*Record) pv.Value { return pv.EnumValue(0) },
		set: func(*Record, pv.Value) error { return nil },
	},
	"DESC": textField(func(r *Record) *string { return &r.desc }),
	"ASG":  {get: func(r *Record) pv.Value { return pv.StringValue(r.asg) }, set: setASG},
	"SCAN": {get: func(r *Record) pv.Value { return pv.EnumValue(uint16(r.db.scanner.index(r.scan))) }, set: setScan},
	"PINI": {
		get: func(r *Record) pv.Value { return pv.EnumValue(uint16(r.pini)) },
		set: func(r *Record, v pv.Value) error { r.pini = uint8(v.Int64()); return nil },
	},
	"PHAS": {
		get: func(r *Record) pv.Value { return pv.IntValue(pv.Int16, int64(r.phase)) },
		set: func(r *Record, v pv.Value) error { r.db.scanner.setPhase(r, int16(v.Int64())); return nil },
	},
	"TPRO": byteField(func(r *Record) *uint8 { return &r.tpro }),
	"PROC": byteField(func(r *Record) *uint8 { return &r.proc }),
	"DISP": byteField(func(r *Record) *uint8 { return &r.disp }),
	"DISA": int16Field(func(r *Record) *int16 { return &r.disa }),
	"DISV": int16Field(func(r *Record) *int16 { return &r.disv }),
	"DISS": severityField(func(r *Record) *pv.Severity { return &r.diss }),
	"STAT": readOnly(func(r *Record) pv.Value { return pv.EnumValue(uint16(r.sample.Alarm.Status)) }),
	"SEVR": readOnly(func(r *Record) pv.Value { return pv.EnumValue(uint16(r.sample.Alarm.Severity)) }),
	"AMSG": readOnly(func(r *Record) pv.Value { return pv.StringValue(alarmMessage(r.cause)) }),
	"NSTA": readOnly(func(r *Record) pv.Value { return pv.EnumValue(uint16(r.next.Status)) }),
	"NSEV": readOnly(func(r *Record) pv.Value { return pv.EnumValue(uint16(r.next.Severity)) }),
	"ACKS": readOnly(func(r *Record) pv.Value { _, s := r.Ack(); return pv.EnumValue(uint16(s)) }),
	"ACKT": readOnly(func(r *Record) pv.Value { t, _ := r.Ack(); return yesNo(t) }),
	"LCNT": readOnly(func(r *Record) pv.Value { return pv.IntValue(pv.Uint8, int64(r.lcnt)) }),
	"PACT": readOnly(func(r *Record) pv.Value { return boolean(r.is(active)) }),
	"PUTF": readOnly(func(r *Record) pv.Value { return boolean(r.is(active) && r.current.put) }),
	"RPRO": readOnly(func(r *Record) pv.Value { return boolean(r.again()) }),
	"UDF":  flagField(udf),
	"UDFS": severityField(func(r *Record) *pv.Severity { return &r.udfs }),
}

// infoField is a field that is part of the record's Info.
func infoField(get func(i *pv.Info) pv.Value, set func(i *pv.Info, v pv.Value)) accessor {
	return accessor{
		get: func(r *Record) pv.Value { return get(r.info.Load()) },
		set: func(r *Record, v pv.Value) error {
			i := *r.info.Load()
			set(&i, v)
			r.setInfo(i)
			return nil
		},
	}
}

// rangeField is a limit in the record's Info, of the kind of the record's limits.
func rangeField(at func(i *pv.Info) *float64) accessor {
	return accessor{
		get: func(r *Record) pv.Value { return r.limitValue(*at(r.info.Load())) },
		set: func(r *Record, v pv.Value) error {
			i := *r.info.Load()
			*at(&i) = v.Float64()
			r.setInfo(i)
			return nil
		},
	}
}

// limitValue is a limit as the fields have it: in the kind of a scalar number,
// as a float for everything else.
func (r *Record) limitValue(x float64) pv.Value {
	if r.typ.analog() {
		return number(r.kind, x)
	}
	return pv.Float64Value(x)
}

var infoFields = fieldBehaviour{
	"EGU": infoField(
		func(i *pv.Info) pv.Value { return pv.StringValue(i.Units) },
		func(i *pv.Info, v pv.Value) { i.Units = v.Str() }),
	"PREC": infoField(
		func(i *pv.Info) pv.Value { return pv.IntValue(pv.Int16, int64(i.Precision)) },
		func(i *pv.Info, v pv.Value) { i.Precision = int16(v.Int64()) }),
	"HOPR": rangeField(func(i *pv.Info) *float64 { return &i.Display.High }),
	"LOPR": rangeField(func(i *pv.Info) *float64 { return &i.Display.Low }),
	"DRVH": bandField(func(b *bands) *float64 { return &b.drive.High }),
	"DRVL": bandField(func(b *bands) *float64 { return &b.drive.Low }),
}

// bandField is a number in the record's bands.
func bandField(at func(b *bands) *float64) accessor {
	return accessor{
		get: func(r *Record) pv.Value {
			if r.bands == nil {
				return r.limitValue(0)
			}
			return r.limitValue(*at(r.bands))
		},
		set: func(r *Record, v pv.Value) error {
			*at(r.withBands()) = v.Float64()
			return nil
		},
	}
}

func bandSeverity(at func(b *bands) *pv.Severity) accessor {
	return accessor{
		get: func(r *Record) pv.Value {
			if r.bands == nil {
				return pv.EnumValue(0)
			}
			return pv.EnumValue(uint16(*at(r.bands)))
		},
		set: func(r *Record, v pv.Value) error { *at(r.withBands()) = pv.Severity(v.Int64()); return nil },
	}
}

func (r *Record) withBands() *bands {
	if r.bands == nil {
		r.bands = new(bands)
	}
	return r.bands
}

func markField(at func(r *Record) mark) accessor {
	return readOnly(func(r *Record) pv.Value { return at(r).value(r.kind) })
}

// previousField is PVAL of longout, which clients may write; it has no effect.
var previousField = accessor{get: value, set: func(*Record, pv.Value) error { return nil }}

var analogFields = fieldBehaviour{
	"HIHI": bandField(func(b *bands) *float64 { return &b.hihi }),
	"HIGH": bandField(func(b *bands) *float64 { return &b.high }),
	"LOW":  bandField(func(b *bands) *float64 { return &b.low }),
	"LOLO": bandField(func(b *bands) *float64 { return &b.lolo }),
	"HYST": bandField(func(b *bands) *float64 { return &b.hyst }),
	"MDEL": bandField(func(b *bands) *float64 { return &b.mdel }),
	"ADEL": bandField(func(b *bands) *float64 { return &b.adel }),
	"HHSV": bandSeverity(func(b *bands) *pv.Severity { return &b.hhsv }),
	"HSV":  bandSeverity(func(b *bands) *pv.Severity { return &b.hsv }),
	"LSV":  bandSeverity(func(b *bands) *pv.Severity { return &b.lsv }),
	"LLSV": bandSeverity(func(b *bands) *pv.Severity { return &b.llsv }),
	"MLST": markField(func(r *Record) mark { return r.last }),
	"ALST": markField(func(r *Record) mark { return r.log }),
	"LALM": markField(func(r *Record) mark { return r.alarmed }),
	"PVAL": readOnly(value),
}

func (r *Record) withStates() *states {
	if r.states == nil {
		r.states = new(states)
	}
	return r.states
}

func stateSeverity(at func(s *states) *pv.Severity) accessor {
	return accessor{
		get: func(r *Record) pv.Value {
			if r.states == nil {
				return pv.EnumValue(0)
			}
			return pv.EnumValue(uint16(*at(r.states)))
		},
		set: func(r *Record, v pv.Value) error { *at(r.withStates()) = pv.Severity(v.Int64()); return nil },
	}
}

// choiceField is the name of state i. Only the names up to the last that is not
// empty are choices.
func choiceField(i int) accessor {
	return infoField(
		func(info *pv.Info) pv.Value { return pv.StringValue(info.Choice(i)) },
		func(info *pv.Info, v pv.Value) {
			names := make([]string, max(len(info.Choices), i+1))
			copy(names, info.Choices)
			names[i] = v.Str()
			for len(names) > 0 && names[len(names)-1] == "" {
				names = names[:len(names)-1]
			}
			info.Choices = names
		})
}

// rawField is the raw value of state i.
func rawField(i int) accessor {
	return accessor{
		get: func(r *Record) pv.Value {
			if r.states == nil {
				return pv.IntValue(pv.Uint32, 0)
			}
			return pv.IntValue(pv.Uint32, int64(r.states.value[i]))
		},
		set: func(r *Record, v pv.Value) error {
			s := r.withStates()
			s.value[i] = uint32(v.Int64())
			s.raw = s.value != [maxStates]uint32{}
			return nil
		},
	}
}

// statePrefix are the first two letters of the fields of a multi-bit record's
// states: ZRST, ZRVL, ZRSV for the first.
var statePrefix = [maxStates]string{
	"ZR", "ON", "TW", "TH", "FR", "FV", "SX", "SV", "EI", "NI", "TE", "EL", "TV", "TT", "FT", "FF",
}

// state is the state whose name d is, of a multi-bit record.
func (d *fieldDef) state() (i int, ok bool) {
	if d.size != stateSize || len(d.name) != 4 || d.name[2:] != "ST" {
		return 0, false
	}
	i = slices.Index(statePrefix[:], d.name[:2])
	return i, i >= 0
}

// stateSize is the size of a state's name.
const stateSize = 26

func stateFields(t Type) fieldBehaviour {
	raw := func(r *Record) pv.Value { return pv.IntValue(pv.Uint32, int64(r.raw)) }
	f := fieldBehaviour{
		"COSV": stateSeverity(func(s *states) *pv.Severity { return &s.cosv }),
		"RVAL": {get: raw, set: func(r *Record, v pv.Value) error { r.raw = uint32(v.Int64()); return nil }},
		"ORAW": readOnly(func(r *Record) pv.Value { return pv.IntValue(pv.Uint32, int64(r.rawPosted)) }), "RBV": readOnly(raw), "ORBV": readOnly(raw),
		"MLST": readOnly(func(r *Record) pv.Value { return pv.IntValue(pv.Uint16, int64(r.last)) }),
		"LALM": readOnly(func(r *Record) pv.Value { return pv.IntValue(pv.Uint16, int64(r.alarmed)) }),
	}
	if t.binary() {
		for i, p := range []string{"Z", "O"} {
			f[p+"NAM"] = choiceField(i)
			f[p+"SV"] = stateSeverity(func(s *states) *pv.Severity { return &s.severity[i] })
		}
		return f
	}
	f["UNSV"] = stateSeverity(func(s *states) *pv.Severity { return &s.unsv })
	f["SDEF"] = readOnly(func(r *Record) pv.Value {
		return pv.IntValue(pv.Int16, boolean(len(r.info.Load().Choices) > 0 || r.states != nil && r.states.raw).Int64())
	})
	for i, p := range statePrefix {
		f[p+"ST"] = choiceField(i)
		f[p+"VL"] = rawField(i)
		f[p+"SV"] = stateSeverity(func(s *states) *pv.Severity { return &s.severity[i] })
	}
	return f
}

var stringFields = fieldBehaviour{
	"OVAL": readOnly(func(r *Record) pv.Value { return pv.StringValue(r.oval) }),
	"SIZV": readOnly(func(r *Record) pv.Value { return pv.IntValue(pv.Uint16, int64(r.elements)) }),
	"LEN":  readOnly(func(r *Record) pv.Value { return pv.IntValue(pv.Uint32, int64(r.raw)) }),
	"OLEN": readOnly(func(r *Record) pv.Value { return pv.IntValue(pv.Uint32, int64(r.rawPosted)) }),
	"MPST": menuFlag(always, 1),
	"APST": menuFlag(alwaysLog, 1),
}

// fieldTypes is the index of each kind in menuFtype.
var fieldTypes = map[pv.Kind]uint16{
	pv.String: 0, pv.Int8: 1, pv.Uint8: 2, pv.Int16: 3, pv.Uint16: 4, pv.Int32: 5, pv.Uint32: 6,
	pv.Int64: 7, pv.Uint64: 8, pv.Float32: 9, pv.Float64: 10, pv.Enum: 11,
}

var arrayFields = fieldBehaviour{
	"NELM": readOnly(func(r *Record) pv.Value { return pv.IntValue(pv.Uint32, int64(r.elements)) }),
	"NORD": readOnly(func(r *Record) pv.Value { return pv.IntValue(pv.Uint32, int64(r.sample.Value.Len())) }),
	"FTVL": readOnly(func(r *Record) pv.Value { return pv.EnumValue(fieldTypes[r.kind]) }),
	"BUSY": readOnly(func(r *Record) pv.Value { return pv.IntValue(pv.Int16, boolean(r.is(active)).Int64()) }),
	"MPST": menuFlag(always, 0),
	"APST": menuFlag(alwaysLog, 0),
}

func setScan(r *Record, v pv.Value) error {
	s, err := r.db.scanner.at(int(v.Int64()))
	if err != nil {
		return err
	}
	r.scan = s
	r.db.scanner.move(r, s)
	return nil
}
