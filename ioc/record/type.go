package record

import (
	"slices"

	"github.com/ioclet/ioclet/pv"
)

// Type is what EPICS calls a record type.
type Type uint8

// The record types. The zero Type is AI.
const (
	AI Type = iota
	AO
	BI
	BO
	MBBI
	MBBO
	Longin
	Longout
	Int64in
	Int64out
	Stringin
	Stringout
	LSI
	LSO
	Waveform
	AAI
	AAO
	typeCount
)

var typeNames = [typeCount]string{
	"ai", "ao", "bi", "bo", "mbbi", "mbbo", "longin", "longout", "int64in", "int64out",
	"stringin", "stringout", "lsi", "lso", "waveform", "aai", "aao",
}

var typeKinds = [typeCount]pv.Kind{
	AI: pv.Float64, AO: pv.Float64, BI: pv.Enum, BO: pv.Enum, MBBI: pv.Enum, MBBO: pv.Enum,
	Longin: pv.Int32, Longout: pv.Int32, Int64in: pv.Int64, Int64out: pv.Int64,
	Stringin: pv.String, Stringout: pv.String, LSI: pv.String, LSO: pv.String,
}

// String is the name of t as in a database file and as clients see it in RTYP.
func (t Type) String() string {
	if t < typeCount {
		return typeNames[t]
	}
	return "unknown"
}

// ParseType is the type of that name.
func ParseType(name string) (t Type, ok bool) {
	if i := slices.Index(typeNames[:], name); i >= 0 {
		return Type(i), true
	}
	return 0, false
}

// Types lists the names of all record types.
func Types() []string { return slices.Clone(typeNames[:]) }

// Output reports whether records of type t set what is behind them.
func (t Type) Output() bool {
	switch t {
	case AO, BO, MBBO, Longout, Int64out, Stringout, LSO, AAO:
		return true
	}
	return false
}

// Array reports whether the value of t is an array, of the kind and length that
// its [Spec] gives.
func (t Type) Array() bool { return t == Waveform || t == AAI || t == AAO }

// Kind is the kind of the value of t, Invalid for an array type.
func (t Type) Kind() pv.Kind {
	if t < typeCount {
		return typeKinds[t]
	}
	return pv.Invalid
}

// analog reports whether t has limits, alarms at them and deadbands.
func (t Type) analog() bool {
	switch t {
	case AI, AO, Longin, Longout, Int64in, Int64out:
		return true
	}
	return false
}

// definesItself reports whether the value that a soft record of type t has is taken
// for one when it processes, though nobody has set it (base: who clears udf in process).
func (t Type) definesItself() bool { return !t.Output() || t == AO || t == AAO }

// precise reports whether t has PREC.
func (t Type) precise() bool { return t == AI || t == AO || t.Array() }

// companion is the field that changes with the value of t, though not with every
// change; "" if there is none.
func (t Type) companion() string {
	switch {
	case t.discrete(), t == AI, t == AO:
		return "RVAL"
	case t.Array():
		return "NORD"
	case t == LSI || t == LSO:
		return "LEN"
	}
	return ""
}

// discrete reports whether t's value is the index of a state.
func (t Type) discrete() bool { return t.binary() || t == MBBI || t == MBBO }

// binary reports whether t is discrete with two states.
func (t Type) binary() bool { return t == BI || t == BO }

// states is how many states a discrete t can have.
func (t Type) states() int {
	if t.binary() {
		return 2
	}
	return maxStates
}
