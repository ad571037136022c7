package config

import (
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// longestString is how long a stringin's value can be (EPICS: MAX_STRING_SIZE
// without its NUL).
const longestString = 39

// recordType chooses the record's type, or checks the one that is named, and sets
// what depends on it. It reports false if there is a problem.
func (c *checker) recordType(spec *record.Spec, k *pvKeys, nat nature) bool {
	array := k.Count.Set && nat.kind != pv.String || nat.initial.IsArray()
	spec.Type = naturalType(nat, array, k.Count.Value.Elements > longestString+1)
	if k.Record.Set {
		t, ok := record.ParseType(k.Record.Value)
		if !ok {
			c.problems.add(Problem{
				Pos: k.Record.Pos, What: fmt.Sprintf("unknown record type %q", k.Record.Value),
				Expected: "one of " + strings.Join(record.Types(), ", "), Meant: nearest(k.Record.Value, record.Types()),
			})
			return false
		}
		if why := unfit(t, nat); why != "" {
			c.problem(k.Record.Pos, "a type such as "+spec.Type.String(), "record: %s %s", t, why)
			return false
		}
		spec.Type = t
	}
	switch {
	case (spec.Type == record.BI || spec.Type == record.BO) && len(nat.states) > 2:
		c.problem(k.States.Pos, "at most 2 for "+spec.Type.String(), "%d states", len(nat.states))
		return false
	case spec.Type.Array():
		spec.ElementKind = elementKind(nat.kind)
		spec.Elements = max(k.Count.Value.Elements, uint32(nat.initial.Len()), 1)
	case spec.Type == record.LSI || spec.Type == record.LSO:
		spec.Elements = k.Count.or(counting{Elements: 256}).Elements
	case k.Count.Set:
		c.problem(k.Count.Pos, "", "count: a record of type %s has one value", spec.Type)
		return false
	}
	return true
}

// naturalType is the type that follows from a PV's source.
func naturalType(nat nature, array, long bool) record.Type {
	in, out := record.AI, record.AO
	switch {
	case array:
		in, out = record.Waveform, record.AAO
	case nat.kind == pv.Enum && len(nat.states) > 2:
		in, out = record.MBBI, record.MBBO
	case nat.kind == pv.Enum:
		in, out = record.BI, record.BO
	case nat.kind == pv.Int64 && nat.wide:
		in, out = record.Int64in, record.Int64out
	case nat.kind == pv.Int64:
		in, out = record.Longin, record.Longout
	case nat.kind == pv.String && long:
		in, out = record.LSI, record.LSO
	case nat.kind == pv.String:
		in, out = record.Stringin, record.Stringout
	}
	if nat.output {
		return out
	}
	return in
}

// unfit is why a record of type t cannot have the source, "" if it can.
func unfit(t record.Type, nat nature) string {
	soft := nat.initial.Kind() != pv.Invalid
	switch {
	case t.Output() && !nat.output:
		return "writes, but there is nothing to write to"
	case !t.Output() && nat.output && !soft:
		return "only reads, but this PV is written"
	}
	discrete := t == record.BI || t == record.BO || t == record.MBBI || t == record.MBBO
	text := t == record.Stringin || t == record.Stringout || t == record.LSI || t == record.LSO
	switch {
	case t.Array():
		return ""
	case nat.kind == pv.String && !text && !(discrete && len(nat.states) > 0):
		return "is not a text, but the value is"
	case nat.kind == pv.Float64 && (text || discrete):
		return "cannot hold a floating point number"
	case nat.kind != pv.String && text:
		return "is a text, but the value is a number"
	}
	return ""
}

// elementKind is the kind of an array's elements, as Channel Access can carry them.
func elementKind(k pv.Kind) pv.Kind {
	if k == pv.Int64 {
		return pv.Int32
	}
	return k
}
