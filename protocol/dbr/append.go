package dbr

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"github.com/ioclet/ioclet/pv"
)

// Ack is how a record's alarm stands with those who acknowledge alarms.
type Ack struct {
	Transient bool        // ACKT: a passing alarm must be acknowledged too
	Severity  pv.Severity // ACKS: the worst alarm not yet acknowledged
}

// Append appends s as type t with exactly count elements: zeros stand where s has
// fewer, and what it has more is left out. info gives units, precision, limits and
// choices; nil stands for a record that has none of them.
//
// A value of another kind is converted as base's dbGet does, see [pv.Convert]; where
// that is not possible the error is a [*pv.ConvertError] and dst comes back as it
// was. Types above CtrlDouble have functions of their own and are a [*TypeError]
// here.
//
// The caller holds count to its limit: room for all of it is made at once. Nothing is
// allocated but that room; only an array of another kind is converted in a copy.
func Append(dst []byte, t Type, count uint32, s *pv.Sample, info *pv.Info) ([]byte, error) {
	if t > CtrlDouble {
		return dst, &TypeError{t, "append"}
	}
	if t == TimeDouble && count == 1 && s.Value.Kind() == pv.Float64 && !s.Value.IsArray() {
		return appendTimeDouble(dst, s), nil
	}
	start := len(dst)
	dst = slices.Grow(dst, int(min(Size(t, count), math.MaxInt32)))
	dst = appendHead(dst, t, s, info)
	dst, err := appendElements(dst, t.Native(), count, s.Value, info)
	if err != nil {
		return dst[:start], err
	}
	return dst, nil
}

// appendTimeDouble appends s, a single double, as TimeDouble: what most monitors ask
// for, in half the time that the general way takes.
func appendTimeDouble(dst []byte, s *pv.Sample) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(uint16(s.Alarm.Status))<<48|uint64(uint16(s.Alarm.Severity))<<32|uint64(s.Time.Sec))
	dst = binary.BigEndian.AppendUint64(dst, uint64(s.Time.Nsec)<<32)
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(s.Value.Float64()))
}

// AppendStsAck appends s as StsAckString with count elements, as [Append] does.
func AppendStsAck(dst []byte, count uint32, s *pv.Sample, info *pv.Info, ack Ack) ([]byte, error) {
	start := len(dst)
	dst = appendAlarm(dst, s.Alarm)
	dst = binary.BigEndian.AppendUint16(dst, flag(ack.Transient))
	dst = binary.BigEndian.AppendUint16(dst, uint16(ack.Severity))
	dst, err := appendElements(dst, String, count, s.Value, info)
	if err != nil {
		return dst[:start], err
	}
	return dst, nil
}

// AppendClassName appends a record type's name as ClassName with count elements,
// all but the first empty.
func AppendClassName(dst []byte, count uint32, name string) []byte {
	if count == 0 {
		return dst
	}
	return appendZeros(appendText(dst, name, StringLen), uint64(count-1)*StringLen)
}

// AppendAck appends the payload of a write of PutAckT (0 or 1) or PutAckS (a
// severity).
func AppendAck(dst []byte, x uint16) []byte { return binary.BigEndian.AppendUint16(dst, x) }

// AppendZero appends count elements of t that are all zeros, as a server sends
// beside a status that says why there is no value. t must be valid.
func AppendZero(dst []byte, t Type, count uint32) []byte { return appendZeros(dst, Size(t, count)) }

// appendHead appends all that comes before the value.
func appendHead(dst []byte, t Type, s *pv.Sample, info *pv.Info) []byte {
	class := t.Class()
	if class == Plain {
		return dst
	}
	start := len(dst)
	dst = appendAlarm(dst, s.Alarm)
	switch {
	case class == Time:
		dst = binary.BigEndian.AppendUint32(dst, s.Time.Sec)
		dst = binary.BigEndian.AppendUint32(dst, s.Time.Nsec)
	case class >= Gr && t.Native() == Enum:
		dst = appendChoices(dst, info)
	case class >= Gr && t.Native() != String:
		dst = appendDisplay(dst, t, info)
	}
	if pad := int(valueOffset[t]) - (len(dst) - start); pad > 0 {
		dst = appendZeros(dst, uint64(pad))
	}
	return dst
}

func appendAlarm(dst []byte, a pv.Alarm) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(a.Status))
	return binary.BigEndian.AppendUint16(dst, uint16(a.Severity))
}

func appendChoices(dst []byte, info *pv.Info) []byte {
	var choices []string
	if info != nil {
		choices = info.Choices[:min(len(info.Choices), MaxChoices)]
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(choices)))
	for _, c := range choices {
		dst = appendText(dst, c, ChoiceLen)
	}
	return dst
}

// noInfo is what base gives for a field whose record has nothing to tell.
var noInfo = pv.Info{
	Warning: pv.Limits{Low: math.NaN(), High: math.NaN()},
	Alarm:   pv.Limits{Low: math.NaN(), High: math.NaN()},
}

func appendDisplay(dst []byte, t Type, info *pv.Info) []byte {
	if info == nil {
		info = &noInfo
	}
	native := t.Native()
	if native == Float || native == Double {
		dst = binary.BigEndian.AppendUint16(dst, uint16(info.Precision))
		dst = append(dst, 0, 0)
	}
	dst = appendText(dst, info.Units, UnitsLen)
	for _, x := range [...]float64{info.Display.High, info.Display.Low} {
		dst = appendLimit(dst, native, x)
	}
	for _, x := range [...]float64{info.Alarm.High, info.Warning.High, info.Warning.Low, info.Alarm.Low} {
		if native != Float && native != Double && (x-x != 0) { // not finite (dbAccess.c get_alarm)
			x = 0
		}
		dst = appendLimit(dst, native, x)
	}
	if t.Class() == Ctrl {
		dst = appendLimit(dst, native, info.Control.High)
		dst = appendLimit(dst, native, info.Control.Low)
	}
	return dst
}

// quietNaN is C's NAN as base's servers send it; that of Go has another bit set.
const quietNaN = 0x7FF8 << 48

// appendLimit appends x as the plain type native; the integer types get the low
// bits of x as a 32-bit integer, as base's casts do.
func appendLimit(dst []byte, native Type, x float64) []byte {
	if native == Double {
		bits := math.Float64bits(x)
		if math.IsNaN(x) {
			bits = quietNaN
		}
		return binary.BigEndian.AppendUint64(dst, bits)
	}
	v := pv.Float64Value(x)
	if native == Short || native == Char {
		v = convertNumber(v, pv.Int32)
	}
	return appendScalar(dst, native, convertNumber(v, plainKinds[native]))
}

// convertNumber converts a scalar number to a numeric kind, which never fails.
func convertNumber(v pv.Value, k pv.Kind) pv.Value {
	v, _ = pv.Convert(v, k, nil)
	return v
}

// appendElements appends count elements of plain type native.
func appendElements(dst []byte, native Type, count uint32, v pv.Value, info *pv.Info) ([]byte, error) {
	n := uint32(v.Len())
	if v.IsArray() && n > count {
		v, n = v.Slice(0, int(count)), count
	}
	n = min(n, count)
	var err error
	switch {
	case n == 0:
	case native == String:
		dst = appendStrings(dst, v, info)
	case v.IsArray():
		dst, err = appendArray(dst, native, v, info)
	default:
		if v.Kind() != plainKinds[native] {
			v, err = pv.Convert(v, plainKinds[native], info)
		}
		if err == nil {
			dst = appendScalar(dst, native, v)
		}
	}
	if err != nil || n == count {
		return dst, err
	}
	return appendZeros(dst, uint64(count-n)*uint64(elemLen[native])), nil
}

func appendScalar(dst []byte, native Type, v pv.Value) []byte {
	switch native {
	case Double:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v.Float64()))
	case Float:
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(v.Float64())))
	case Long:
		return binary.BigEndian.AppendUint32(dst, uint32(v.Int64()))
	case Char:
		return append(dst, byte(v.Int64()))
	}
	return binary.BigEndian.AppendUint16(dst, uint16(v.Int64()))
}

func appendStrings(dst []byte, v pv.Value, info *pv.Info) []byte {
	var number [64]byte
	if info == nil {
		info = &plainInfo
	}
	for i := range v.Len() {
		e := v.At(i)
		if e.Kind() == pv.String {
			dst = appendText(dst, e.Str(), StringLen)
			continue
		}
		dst = appendText(dst, e.AppendText(number[:0], info), StringLen)
	}
	return dst
}

// plainInfo writes numbers as base does for a record that tells no precision.
var plainInfo = pv.Info{Precision: 6}

// appendText appends s in a field of width bytes, cut to what fits with a NUL.
func appendText[T string | []byte](dst []byte, s T, width int) []byte {
	s = s[:min(len(s), width-1)]
	return appendZeros(append(dst, s...), uint64(width-len(s)))
}

// putDoubles puts doubles into out, which is as long as they are. Large arrays spend their
// time here. Read as integers, since math.Float64bits goes through another register, and at
// fixed places, which need no checks, eight at a time take a third of the time that they
// take one by one.
func putDoubles(out []byte, doubles []float64) {
	in := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(doubles))), len(doubles))
	for len(in) >= 8 && len(out) >= 64 {
		to, x := (*[64]byte)(out), (*[8]uint64)(in)
		binary.BigEndian.PutUint64(to[0:8], x[0])
		binary.BigEndian.PutUint64(to[8:16], x[1])
		binary.BigEndian.PutUint64(to[16:24], x[2])
		binary.BigEndian.PutUint64(to[24:32], x[3])
		binary.BigEndian.PutUint64(to[32:40], x[4])
		binary.BigEndian.PutUint64(to[40:48], x[5])
		binary.BigEndian.PutUint64(to[48:56], x[6])
		binary.BigEndian.PutUint64(to[56:64], x[7])
		out, in = out[64:], in[8:]
	}
	for i, x := range in {
		binary.BigEndian.PutUint64(out[8*i:], x)
	}
}

// appendArray appends all elements of an array as a numeric type, each type with
// its own loop into room made beforehand.
func appendArray(dst []byte, native Type, v pv.Value, info *pv.Info) ([]byte, error) {
	v, err := pv.Convert(v, plainKinds[native], info)
	if err != nil {
		return dst, err
	}
	start, n := len(dst), v.Len()
	dst = slices.Grow(dst, n*int(elemLen[native]))[:start+n*int(elemLen[native])]
	out := dst[start:]
	switch native {
	case Double:
		s, _ := pv.Elements[float64](v)
		putDoubles(out, s)
	case Float:
		s, _ := pv.Elements[float32](v)
		for i, x := range s {
			binary.BigEndian.PutUint32(out[i*4:], math.Float32bits(x))
		}
	case Long:
		s, _ := pv.Elements[int32](v)
		for i, x := range s {
			binary.BigEndian.PutUint32(out[i*4:], uint32(x))
		}
	case Short:
		s, _ := pv.Elements[int16](v)
		for i, x := range s {
			binary.BigEndian.PutUint16(out[i*2:], uint16(x))
		}
	case Enum:
		s, _ := pv.Elements[uint16](v)
		for i, x := range s {
			binary.BigEndian.PutUint16(out[i*2:], x)
		}
	case Char:
		s, _ := pv.Elements[uint8](v)
		copy(out, s)
	}
	return dst, nil
}

func appendZeros(dst []byte, n uint64) []byte {
	start := len(dst)
	end := start + int(n)
	dst = slices.Grow(dst, int(n))[:end]
	clear(dst[start:])
	return dst
}

func flag(b bool) uint16 {
	if b {
		return 1
	}
	return 0
}
