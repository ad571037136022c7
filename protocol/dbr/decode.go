package dbr

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/ioclet/ioclet/pv"
)

// Data is a decoded payload. It shares no memory with the payload.
type Data struct {
	Type   Type
	Sample pv.Sample // Alarm of all but the plain types, Time of the TIME ones
	Info   *pv.Info  // of GR and CTRL types, else nil; integer types cannot tell "no limit" from 0
	Ack    Ack       // of StsAckString; Transient also of PutAckT, Severity of PutAckS
}

// Decode reads count elements of type t. One element makes a scalar, any other
// number an array of the kind t.Kind(). A payload may be longer than needed; it may
// be shorter only where a single string has left its end out. The text of
// [ClassName] is the value.
//
// The errors are [*TypeError] and [*SizeError].
func Decode(t Type, count uint32, payload []byte) (Data, error) {
	if !t.Valid() {
		return Data{Type: t}, &TypeError{t, "decode"}
	}
	if err := checkSize(t, count, payload); err != nil {
		return Data{Type: t}, err
	}
	d := Data{Type: t}
	if class := t.Class(); class != Plain && class != Special || t == StsAckString {
		d.Sample.Alarm.Status = pv.Status(binary.BigEndian.Uint16(payload))
		d.Sample.Alarm.Severity = pv.Severity(binary.BigEndian.Uint16(payload[2:]))
		switch {
		case class == Time:
			d.Sample.Time.Sec = binary.BigEndian.Uint32(payload[4:])
			d.Sample.Time.Nsec = binary.BigEndian.Uint32(payload[8:])
		case t == StsAckString:
			d.Ack.Transient = binary.BigEndian.Uint16(payload[4:]) != 0
			d.Ack.Severity = pv.Severity(binary.BigEndian.Uint16(payload[6:]))
		case class >= Gr && t.Native() == Enum:
			d.Info = decodeChoices(payload)
		case class >= Gr && t.Native() != String:
			d.Info = decodeDisplay(t, payload)
		case class >= Gr:
			d.Info = &pv.Info{}
		}
	}
	d.Sample.Value = decodeElements(t.Native(), count, payload[valueOffset[t]:])
	if count > 0 {
		switch t {
		case PutAckT:
			d.Ack.Transient = binary.BigEndian.Uint16(payload) != 0
		case PutAckS:
			d.Ack.Severity = pv.Severity(binary.BigEndian.Uint16(payload))
		}
	}
	return d, nil
}

// DecodeValue reads the value a client writes: the plain types, as [Decode] does.
// Everything else is a [*TypeError]; for PutAckT and PutAckS see [DecodeAck].
func DecodeValue(t Type, count uint32, payload []byte) (pv.Value, error) {
	if t > Double {
		return pv.Value{}, &TypeError{t, "write"}
	}
	if err := checkSize(t, count, payload); err != nil {
		return pv.Value{}, err
	}
	return decodeElements(t, count, payload), nil
}

// DecodeAck reads the number written as PutAckT or PutAckS.
func DecodeAck(t Type, payload []byte) (uint16, error) {
	if t != PutAckT && t != PutAckS {
		return 0, &TypeError{t, "acknowledge with"}
	}
	if err := checkSize(t, 1, payload); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint16(payload), nil
}

// Text is the text in a value that holds one: a string, or an array of Uint8 or
// Int8 up to its first NUL, which is how long strings travel. It is "" for
// everything else.
func Text(v pv.Value) string {
	if s, ok := pv.Elements[uint8](v); ok {
		return cString(s)
	}
	if s, ok := pv.Elements[int8](v); ok {
		text := make([]byte, 0, len(s))
		for _, c := range s {
			if c == 0 {
				break
			}
			text = append(text, byte(c))
		}
		return string(text)
	}
	return v.Str()
}

// LongString is s as it travels beyond the 39 bytes of a DBR_STRING: an array of
// Uint8 that ends with a NUL.
func LongString(s string) pv.Value {
	b := make([]uint8, len(s)+1)
	copy(b, s)
	return pv.ArrayValue(b)
}

func checkSize(t Type, count uint32, payload []byte) error {
	want := Size(t, count)
	if count == 1 && t.Native() == String {
		want = uint64(valueOffset[t]) // libca and rsrv leave the end of a single string out
	}
	if uint64(len(payload)) < want {
		return &SizeError{Type: t, Count: count, Got: len(payload), Want: want}
	}
	return nil
}

func decodeChoices(b []byte) *pv.Info {
	n := min(int(binary.BigEndian.Uint16(b[4:])), MaxChoices)
	info := &pv.Info{}
	if n > 0 {
		info.Choices = make([]string, n)
	}
	for i := range n {
		at := 6 + i*ChoiceLen
		info.Choices[i] = cString(b[at : at+ChoiceLen])
	}
	return info
}

func decodeDisplay(t Type, b []byte) *pv.Info {
	info := &pv.Info{}
	native, at := t.Native(), 4
	if native == Float || native == Double {
		info.Precision = int16(binary.BigEndian.Uint16(b[at:]))
		at += 4
	}
	info.Units = cString(b[at : at+UnitsLen])
	at += UnitsLen
	limits := [...]*float64{
		&info.Display.High, &info.Display.Low,
		&info.Alarm.High, &info.Warning.High, &info.Warning.Low, &info.Alarm.Low,
		&info.Control.High, &info.Control.Low,
	}
	n := len(limits)
	if t.Class() == Gr {
		n -= 2
	}
	for _, l := range limits[:n] {
		*l = decodeScalar(native, b[at:]).Float64()
		at += int(elemLen[native])
	}
	return info
}

func decodeElements(native Type, count uint32, b []byte) pv.Value {
	if count == 1 {
		return decodeScalar(native, b)
	}
	n := int(count)
	switch native {
	case Double:
		s := make([]float64, n)
		for i := range s {
			s[i] = math.Float64frombits(binary.BigEndian.Uint64(b[i*8:]))
		}
		return pv.ArrayValue(s)
	case Float:
		s := make([]float32, n)
		for i := range s {
			s[i] = math.Float32frombits(binary.BigEndian.Uint32(b[i*4:]))
		}
		return pv.ArrayValue(s)
	case Long:
		s := make([]int32, n)
		for i := range s {
			s[i] = int32(binary.BigEndian.Uint32(b[i*4:]))
		}
		return pv.ArrayValue(s)
	case Short:
		s := make([]int16, n)
		for i := range s {
			s[i] = int16(binary.BigEndian.Uint16(b[i*2:]))
		}
		return pv.ArrayValue(s)
	case Enum:
		s := make([]uint16, n)
		for i := range s {
			s[i] = binary.BigEndian.Uint16(b[i*2:])
		}
		return pv.EnumArrayValue(s)
	case Char:
		return pv.ArrayValue(bytes.Clone(b[:n:n]))
	}
	s := make([]string, n)
	for i := range s {
		s[i] = cString(b[i*StringLen : (i+1)*StringLen])
	}
	return pv.ArrayValue(s)
}

func decodeScalar(native Type, b []byte) pv.Value {
	switch native {
	case Double:
		return pv.Float64Value(math.Float64frombits(binary.BigEndian.Uint64(b)))
	case Float:
		return pv.Float32Value(math.Float32frombits(binary.BigEndian.Uint32(b)))
	case Long:
		return pv.Int32Value(int32(binary.BigEndian.Uint32(b)))
	case Short:
		return pv.IntValue(pv.Int16, int64(binary.BigEndian.Uint16(b)))
	case Enum:
		return pv.EnumValue(binary.BigEndian.Uint16(b))
	case Char:
		return pv.IntValue(pv.Uint8, int64(b[0]))
	}
	return pv.StringValue(cString(b[:min(len(b), StringLen)]))
}

// cString is a copy of b up to its first NUL.
func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
