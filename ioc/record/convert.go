package record

import (
	"bytes"
	"errors"
	"strings"

	"github.com/ioclet/ioclet/pv"
)

// ErrEmpty answers a put of no elements to a field that is no array.
var ErrEmpty = errors.New("no value")

// maxString is how much of a string fits a stringin and stringout.
const maxString = 39

// convert makes v a value of the record: of its kind and shape, cut to its
// length.
func (r *Record) convert(v pv.Value) (pv.Value, error) {
	if r.typ.Array() {
		if !v.IsArray() && v.Kind() != pv.Invalid {
			v = arrayOf(v)
		}
		if uint64(v.Len()) > uint64(r.elements) {
			v = v.Slice(0, int(r.elements))
		}
		return pv.Convert(v, r.kind, r.info.Load())
	}
	limit := maxString
	if r.typ == LSI || r.typ == LSO {
		limit = int(r.elements) - 1
	}
	info := r.info.Load()
	if r.kind == pv.String {
		info = r.textInfo()
	}
	return scalar(v, r.kind, info, limit)
}

// sixDigits is how base writes a float into a string of a record without PREC.
var sixDigits = &pv.Info{Precision: 6}

// textInfo says how a number becomes the text of a string field.
func (r *Record) textInfo() *pv.Info {
	if r.typ.precise() {
		return r.info.Load()
	}
	return sixDigits
}

// convertField is convert for another field.
func (r *Record) convertField(d *fieldDef, v pv.Value) (pv.Value, error) {
	info := r.infoOf(d)
	if d.kind == pv.String {
		info = r.textInfo()
	}
	w, err := scalar(v, d.kind, info, max(int(d.size)-1, 0))
	if err == nil && d.kind == pv.Enum && w.Int64() >= int64(len(info.Choices)) {
		err = errChoice
	}
	return w, err
}

// scalar makes v a scalar of kind k, a string at most limit bytes long. Of an
// array the first element counts.
func scalar(v pv.Value, k pv.Kind, info *pv.Info, limit int) (pv.Value, error) {
	if v.IsArray() {
		if v.Len() == 0 {
			return pv.Value{}, ErrEmpty
		}
		v = v.At(0)
	}
	w, err := pv.Convert(v, k, info)
	if err == nil && k == pv.String && len(w.Str()) > limit {
		w = pv.StringValue(strings.Clone(w.Str()[:limit])) // do not keep the rest
	}
	return w, err
}

// characters is the text that an array of characters holds, or one alone, up to
// its NUL.
func characters(v pv.Value) (text string, ok bool) {
	if k := v.Kind(); !v.IsArray() && (k == pv.Int8 || k == pv.Uint8) {
		v = arrayOf(v)
	}
	b, ok := pv.Elements[uint8](v)
	if !ok {
		signed, isInt8 := pv.Elements[int8](v)
		if !isInt8 {
			return "", false
		}
		b = make([]uint8, len(signed))
		for i, c := range signed {
			b[i] = uint8(c)
		}
	}
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b), true
}

// fromDevice is convert for what a device says: a number may be a raw state, and
// text fills an array of characters.
func (r *Record) fromDevice(v pv.Value) (pv.Value, error) {
	if k := v.Kind(); !v.IsArray() && !r.typ.Array() {
		switch {
		case (r.typ == AI || r.typ == AO) && (r.rare != nil || !k.IsFloat()) && k.IsNumber():
			return r.fromRaw(v), nil
		case k == r.kind && k != pv.String:
			return v, nil
		}
	}
	if r.kind == pv.String && !r.typ.Array() && v.IsArray() {
		if text, ok := characters(v); ok {
			v = pv.StringValue(text)
		}
	}
	switch {
	case r.typ.discrete() && v.Kind().IsNumber() && !v.IsArray():
		return r.stateOf(v), nil
	case r.typ.Array() && v.Kind() == pv.String && !v.IsArray() && r.kind == pv.Uint8:
		v = pv.ArrayValue([]uint8(v.Str()))
	case r.typ.Array() && v.Kind() == pv.String && !v.IsArray() && r.kind == pv.Int8:
		b := make([]int8, len(v.Str()))
		for i := range b {
			b[i] = int8(v.Str()[i])
		}
		v = pv.ArrayValue(b)
	}
	return r.convert(v)
}

// stateOf is the state of a raw value. One that no state has becomes 65535, for
// which UNSV is the severity (base: mbbiRecord.c).
func (r *Record) stateOf(v pv.Value) pv.Value {
	raw := v.Int64()
	if r.states != nil && r.states.raw {
		for i, x := range r.states.value[:r.typ.states()] {
			if raw == int64(x) {
				return pv.EnumValue(uint16(i))
			}
		}
		return pv.EnumValue(unknownState)
	}
	switch {
	case !r.typ.binary():
		return pv.EnumValue(uint16(min(max(raw, 0), unknownState)))
	case v.Float64() != 0:
		return pv.EnumValue(1)
	}
	return pv.EnumValue(0)
}

const unknownState = 65535

// clamp holds v to DRVL and DRVH.
func (r *Record) clamp(v pv.Value) pv.Value {
	if !r.driven() || r.bands == nil {
		return v
	}
	x := v.Float64()
	if y := r.bands.drive.Clamp(x); y != x && !isNaN(x) {
		return number(r.kind, y)
	}
	return v
}

// arrayOf is an array whose one element is v.
func arrayOf(v pv.Value) pv.Value {
	switch v.Kind() {
	case pv.String:
		return pv.ArrayValue([]string{v.Str()})
	case pv.Float64:
		return pv.ArrayValue([]float64{v.Float64()})
	case pv.Float32:
		return pv.ArrayValue([]float32{float32(v.Float64())})
	case pv.Enum:
		return pv.EnumArrayValue([]uint16{uint16(v.Int64())})
	}
	w, _ := pv.Convert(pv.ArrayValue([]int64{v.Int64()}), v.Kind(), nil)
	return w
}

func emptyArray(k pv.Kind) pv.Value {
	v, _ := pv.Convert(pv.ArrayValue([]int64{}), k, nil)
	return v
}
