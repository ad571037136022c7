package record

import (
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/ioclet/ioclet/pv"
)

//go:generate go run gen.go

// fieldRow is what fields.txt says of a field.
type fieldRow struct {
	name    string
	kind    pv.Kind // Invalid: the kind of the record's array
	menu    string
	size    uint16 // of a string, its NUL included
	flags   fieldFlags
	initial string
}

type fieldFlags uint8

const (
	nomod fieldFlags = 1 << iota // no client may write it
	pp                           // a write processes a passive record
	prop                         // a change is a PROPERTY event
	asl0                         // of access security level 0, not 1
)

// linkSize is the size of a link's text (base's PVLINK_STRINGSZ).
const linkSize = 1024

// fieldDef is a field of a record type: its row and how to get at it.
type fieldDef struct {
	fieldRow
	info  *pv.Info // choices of a menu, range of a number
	fixed pv.Value // of a field without accessor
	accessor
}

// accessor is the behaviour of a field. The functions are called with the
// record's lock held. A field without get has the value that its Spec or the
// table gives it; one without set is not written by clients.
type accessor struct {
	get func(r *Record) pv.Value
	set func(r *Record, v pv.Value) error // v is in the field's kind
}

// typeTable has the fields of a record type.
type typeTable struct {
	defs   []fieldDef
	byName map[string]*fieldDef
	val    *fieldDef
}

func (t *typeTable) find(name string) *fieldDef { return t.byName[name] }
func (t *typeTable) get(name []byte) *fieldDef  { return t.byName[string(name)] }

// tableOf is the table of t, made when the first record of the type is.
func tableOf(t Type) *typeTable { return typeTables[t]() }

var typeTables = func() (f [typeCount]func() *typeTable) {
	for t := range typeCount {
		f[t] = sync.OnceValue(func() *typeTable { return makeTable(t) })
	}
	return f
}()

func makeTable(t Type) *typeTable {
	rows := append(append([]fieldRow{{name: "RTYP", kind: pv.String, size: 40, flags: asl0}},
		fieldRows["common"]...), fieldRows[t.String()]...)
	tab := &typeTable{defs: make([]fieldDef, len(rows)), byName: make(map[string]*fieldDef, len(rows))}
	behaviour := accessors(t)
	for i, row := range rows {
		d := &tab.defs[i]
		d.fieldRow = row
		if row.kind == pv.Invalid && !t.Array() {
			d.kind = t.Kind()
		}
		d.accessor = behaviour[row.name]
		d.info = fieldInfo(t, row)
		d.fixed = initialValue(row)
		tab.byName[row.name] = d
	}
	tab.val = tab.byName["VAL"]
	return tab
}

// rowKind is the kind of a field of t, Invalid if it has no such field of its own.
func rowKind(t Type, field string) pv.Kind {
	for _, row := range fieldRows[t.String()] {
		if row.name == field {
			return row.kind
		}
	}
	return pv.Invalid
}

// fieldInfo is what is shown beside a field that is no value: the choices of its
// menu, or the range of its type where the record type has one to give (base:
// recGblGetGraphicDouble, recGblGetControlDouble and who calls them). Floats have six
// digits (dbAccess.c), but for bo's HIGH, which has two.
func fieldInfo(t Type, row fieldRow) *pv.Info {
	none := pv.Limits{Low: math.NaN(), High: math.NaN()}
	i := &pv.Info{Choices: menuChoices[row.menu], Warning: none, Alarm: none}
	if low, high, ok := kindRange(row.kind); ok && (t.analog() || t.Array() || t == BO) {
		i.Control = pv.Limits{Low: low, High: high}
		if t != BO {
			i.Display = i.Control
		}
	}
	if row.kind.IsFloat() {
		i.Precision = 6
	}
	switch {
	case t == BO && row.name == "HIGH":
		i.Precision, i.Units, i.Control = 2, "s", pv.Limits{High: maxPulse}
	case row.name == "BUSY":
		i.Display = pv.Limits{High: 1}
		i.Control = i.Display
	}
	return i
}

// maxPulse is the highest HIGH that base tells of, in seconds.
const maxPulse = 100000

func kindRange(k pv.Kind) (low, high float64, ok bool) {
	switch k {
	case pv.Int8:
		return math.MinInt8, math.MaxInt8, true
	case pv.Uint8:
		return 0, math.MaxUint8, true
	case pv.Int16:
		return math.MinInt16, math.MaxInt16, true
	case pv.Uint16:
		return 0, math.MaxUint16, true
	case pv.Int32:
		return math.MinInt32, math.MaxInt32, true
	case pv.Uint32:
		return 0, math.MaxUint32, true
	case pv.Int64:
		return math.MinInt64, math.MaxInt64, true
	case pv.Uint64:
		return 0, math.MaxUint64, true
	case pv.Float32, pv.Float64:
		return -1e300, 1e300, true
	}
	return 0, 0, false
}

// initialValue is the value of a field that nothing sets: a number, or a choice
// of its menu.
func initialValue(row fieldRow) pv.Value {
	if i := slices.Index(menuChoices[row.menu], row.initial); i >= 0 {
		return pv.EnumValue(uint16(i))
	}
	x, err := strconv.ParseFloat(row.initial, 64)
	if err != nil {
		return zero(row.kind)
	}
	return number(row.kind, x)
}

// number is x as a scalar of kind k, held to its range; a string is empty.
func number(k pv.Kind, x float64) pv.Value {
	switch k {
	case pv.Invalid:
		return pv.Value{}
	case pv.String:
		return pv.StringValue("")
	case pv.Float64:
		return pv.Float64Value(x)
	case pv.Float32:
		return pv.Float32Value(float32(x))
	}
	if low, high, ok := kindRange(k); ok && k != pv.Int64 {
		x = min(max(x, low), high)
	}
	return pv.IntValue(k, pv.Float64Value(x).Int64())
}

// zero is the value of kind k that a field has before it is set.
func zero(k pv.Kind) pv.Value { return number(k, 0) }
