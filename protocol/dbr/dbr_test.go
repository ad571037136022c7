package dbr_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

func TestTypes(t *testing.T) {
	for _, test := range []struct {
		typ    dbr.Type
		number uint16
		name   string
		native dbr.Type
		class  dbr.Class
		size1  uint64 // db_access.h dbr_size
		kind   pv.Kind
	}{
		{dbr.String, 0, "DBR_STRING", dbr.String, dbr.Plain, 40, pv.String},
		{dbr.Short, 1, "DBR_SHORT", dbr.Short, dbr.Plain, 2, pv.Int16},
		{dbr.Double, 6, "DBR_DOUBLE", dbr.Double, dbr.Plain, 8, pv.Float64},
		{dbr.StsChar, 11, "DBR_STS_CHAR", dbr.Char, dbr.Sts, 6, pv.Uint8},
		{dbr.StsDouble, 13, "DBR_STS_DOUBLE", dbr.Double, dbr.Sts, 16, pv.Float64},
		{dbr.TimeString, 14, "DBR_TIME_STRING", dbr.String, dbr.Time, 52, pv.String},
		{dbr.TimeChar, 18, "DBR_TIME_CHAR", dbr.Char, dbr.Time, 16, pv.Uint8},
		{dbr.TimeDouble, 20, "DBR_TIME_DOUBLE", dbr.Double, dbr.Time, 24, pv.Float64},
		{dbr.GrString, 21, "DBR_GR_STRING", dbr.String, dbr.Gr, 44, pv.String},
		{dbr.GrEnum, 24, "DBR_GR_ENUM", dbr.Enum, dbr.Gr, 424, pv.Enum},
		{dbr.GrLong, 26, "DBR_GR_LONG", dbr.Long, dbr.Gr, 40, pv.Int32},
		{dbr.CtrlString, 28, "DBR_CTRL_STRING", dbr.String, dbr.Ctrl, 44, pv.String},
		{dbr.CtrlShort, 29, "DBR_CTRL_SHORT", dbr.Short, dbr.Ctrl, 30, pv.Int16},
		{dbr.CtrlFloat, 30, "DBR_CTRL_FLOAT", dbr.Float, dbr.Ctrl, 52, pv.Float32},
		{dbr.CtrlChar, 32, "DBR_CTRL_CHAR", dbr.Char, dbr.Ctrl, 22, pv.Uint8},
		{dbr.CtrlDouble, 34, "DBR_CTRL_DOUBLE", dbr.Double, dbr.Ctrl, 88, pv.Float64},
		{dbr.PutAckT, 35, "DBR_PUT_ACKT", dbr.Short, dbr.Special, 2, pv.Int16},
		{dbr.PutAckS, 36, "DBR_PUT_ACKS", dbr.Short, dbr.Special, 2, pv.Int16},
		{dbr.StsAckString, 37, "DBR_STSACK_STRING", dbr.String, dbr.Special, 48, pv.String},
		{dbr.ClassName, 38, "DBR_CLASS_NAME", dbr.String, dbr.Special, 40, pv.String},
		{99, 99, "DBR 99", dbr.String, dbr.Special, 0, pv.String},
	} {
		if uint16(test.typ) != test.number || test.typ.String() != test.name {
			t.Errorf("%d is %v, want %d %s", test.typ, test.typ, test.number, test.name)
		}
		if test.typ.Native() != test.native || test.typ.Class() != test.class || test.typ.Kind() != test.kind {
			t.Errorf("%v: native %v, class %d, kind %v", test.typ, test.typ.Native(), test.typ.Class(), test.typ.Kind())
		}
		if got := dbr.Size(test.typ, 1); got != test.size1 {
			t.Errorf("%v: size %d, want %d", test.typ, got, test.size1)
		}
		if test.class != dbr.Special && test.native.With(test.class) != test.typ {
			t.Errorf("%v with class %d is %v", test.native, test.class, test.native.With(test.class))
		}
		if test.typ.Valid() != (test.number <= 38) {
			t.Errorf("%v: valid %v", test.typ, test.typ.Valid())
		}
	}
	if got := dbr.Size(dbr.String, math.MaxUint32); got != 40*math.MaxUint32 {
		t.Errorf("size of 2^32-1 strings: %d", got)
	}
	if got := dbr.TimeLong.With(dbr.Special); got != dbr.Long {
		t.Errorf("%v", got)
	}
}

func TestNative(t *testing.T) {
	for kind, want := range map[pv.Kind]dbr.Type{ // base: dbDBRnewToDBRold
		pv.Invalid: dbr.Double, pv.String: dbr.String, pv.Int8: dbr.Char, pv.Uint8: dbr.Char, pv.Int16: dbr.Short,
		pv.Uint16: dbr.Long, pv.Int32: dbr.Long, pv.Uint32: dbr.Double, pv.Int64: dbr.Double, pv.Uint64: dbr.Double,
		pv.Float32: dbr.Float, pv.Float64: dbr.Double, pv.Enum: dbr.Enum,
	} {
		if got := dbr.Native(kind); got != want {
			t.Errorf("%v: %v, want %v", kind, got, want)
		}
	}
}

func TestAppendCutsAndFills(t *testing.T) {
	sample := func(v pv.Value) *pv.Sample { return &pv.Sample{Value: v} }
	for _, test := range []struct {
		name  string
		typ   dbr.Type
		count uint32
		v     pv.Value
		want  []byte
	}{
		{"cut", dbr.Short, 2, pv.ArrayValue([]int16{1, 2, 3}), []byte{0, 1, 0, 2}},
		{"filled", dbr.Short, 3, pv.ArrayValue([]int16{1}), []byte{0, 1, 0, 0, 0, 0}},
		{"scalar filled", dbr.Char, 3, pv.IntValue(pv.Uint8, 9), []byte{9, 0, 0}},
		{"none asked", dbr.Long, 0, pv.Int32Value(9), []byte{}},
		{"none there", dbr.Long, 1, pv.Value{}, []byte{0, 0, 0, 0}},
		{"empty array", dbr.Short, 1, pv.ArrayValue([]float64{}), []byte{0, 0}},
		{"empty string as number", dbr.Long, 1, pv.StringValue(""), []byte{0, 0, 0, 0}},
		{"empty strings as numbers", dbr.Char, 2, pv.ArrayValue([]string{"", "7"}), []byte{0, 7}},
		{"only what is sent is converted", dbr.Char, 1, pv.ArrayValue([]string{"7", "x"}), []byte{7}},
		{"no elements of an alarm", dbr.StsLong, 0, pv.Int32Value(1), []byte{0, 0, 0, 0}},
	} {
		// What lies behind dst in its array must not shine through.
		dirty := bytes.Repeat([]byte{0xEE}, 256)
		got, err := dbr.Append(dirty[:1], test.typ, test.count, sample(test.v), nil)
		if err != nil || got[0] != 0xEE || !bytes.Equal(got[1:], test.want) {
			t.Errorf("%s: %x, %v; want %x", test.name, got[1:], err, test.want)
		}
	}
}

func TestAppendTextOfWidths(t *testing.T) {
	long := strings.Repeat("é", 60)
	s := &pv.Sample{Value: pv.ArrayValue([]string{long, "b"})}
	b, err := dbr.Append(nil, dbr.String, 3, s, nil)
	if err != nil || len(b) != 120 || string(b[:39]) != long[:39] || b[39] != 0 || string(b[40:42]) != "b\x00" {
		t.Errorf("%q, %v", b, err)
	}
	info := &pv.Info{Units: "Kilometer", Choices: []string{long}}
	b, err = dbr.Append(nil, dbr.CtrlDouble, 1, &pv.Sample{Value: pv.Float64Value(1)}, info)
	if err != nil || string(b[8:16]) != "Kilomet\x00" {
		t.Errorf("%q, %v", b, err)
	}
	b, err = dbr.Append(nil, dbr.GrEnum, 1, &pv.Sample{Value: pv.EnumValue(0)}, info)
	if err != nil || string(b[6:31]) != long[:25] || b[31] != 0 {
		t.Errorf("%q, %v", b, err)
	}
	many := &pv.Info{Choices: make([]string, 20)}
	if b, err = dbr.Append(nil, dbr.GrEnum, 1, &pv.Sample{Value: pv.EnumValue(19)}, many); err != nil || b[5] != 16 || b[423] != 19 {
		t.Errorf("20 choices: %d told, value %d, %v", b[5], b[423], err)
	}
}

func TestAppendWithoutInfo(t *testing.T) {
	b, err := dbr.Append(nil, dbr.CtrlDouble, 1, &pv.Sample{Value: pv.Float64Value(1.5)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := dbr.Decode(dbr.CtrlDouble, 1, b)
	if err != nil || d.Info.Units != "" || !d.Info.Display.Unset() || !math.IsNaN(d.Info.Alarm.High) || !math.IsNaN(d.Info.Warning.Low) {
		t.Errorf("%+v, %v", d.Info, err)
	}
	if b, err = dbr.Append(nil, dbr.String, 1, &pv.Sample{Value: pv.Float64Value(1.5)}, nil); err != nil || string(b[:9]) != "1.500000\x00" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestAppendErrorsLeaveDst(t *testing.T) {
	s := &pv.Sample{Value: pv.StringValue("text")}
	for _, typ := range []dbr.Type{dbr.Double, dbr.CtrlDouble, dbr.TimeEnum} {
		got, err := dbr.Append([]byte("dst"), typ, 1, s, &pv.Info{})
		if _, ok := errors.AsType[*pv.ConvertError](err); !ok || string(got) != "dst" {
			t.Errorf("%v: %q, %v", typ, got, err)
		}
	}
	for typ := dbr.PutAckT; typ <= 40; typ++ {
		got, err := dbr.Append([]byte("dst"), typ, 1, s, &pv.Info{})
		if _, ok := errors.AsType[*dbr.TypeError](err); !ok || string(got) != "dst" {
			t.Errorf("%v: %q, %v", typ, got, err)
		}
	}
	if got := (&dbr.TypeError{dbr.PutAckT, "append"}).Error(); got != "cannot append DBR_PUT_ACKT" {
		t.Error(got)
	}
}

func TestAppendZero(t *testing.T) {
	dirty := bytes.Repeat([]byte{0xEE}, 64)
	if got := dbr.AppendZero(dirty[:0], dbr.TimeDouble, 2); !bytes.Equal(got, make([]byte, 32)) {
		t.Errorf("%x", got)
	}
}

func TestAcks(t *testing.T) {
	s := &pv.Sample{Value: pv.Float64Value(2), Alarm: pv.Alarm{Status: pv.StatusLow, Severity: pv.Minor}}
	want := dbr.Ack{Transient: true, Severity: pv.Major}
	b, err := dbr.AppendStsAck(nil, 1, s, &pv.Info{Precision: 1}, want)
	if err != nil {
		t.Fatal(err)
	}
	d, err := dbr.Decode(dbr.StsAckString, 1, b)
	if err != nil || d.Ack != want || d.Sample.Alarm != s.Alarm || d.Sample.Value.Str() != "2.0" {
		t.Errorf("%+v, %v", d, err)
	}
	for _, typ := range []dbr.Type{dbr.PutAckT, dbr.PutAckS} {
		if x, err := dbr.DecodeAck(typ, dbr.AppendAck(nil, 2)); err != nil || x != 2 {
			t.Errorf("%v: %d, %v", typ, x, err)
		}
		if _, err := dbr.DecodeAck(typ, []byte{1}); !isSizeError(err) {
			t.Errorf("%v: %v", typ, err)
		}
	}
	if _, err := dbr.DecodeAck(dbr.Short, []byte{0, 1}); !isTypeError(err) {
		t.Errorf("%v", err)
	}
	if d, err := dbr.Decode(dbr.PutAckS, 1, []byte{0, 2}); err != nil || d.Ack.Severity != pv.Major {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err := dbr.Decode(dbr.PutAckT, 1, []byte{0, 1}); err != nil || !d.Ack.Transient {
		t.Errorf("%+v, %v", d, err)
	}
}

func isSizeError(err error) bool { _, ok := errors.AsType[*dbr.SizeError](err); return ok }
func isTypeError(err error) bool { _, ok := errors.AsType[*dbr.TypeError](err); return ok }

func TestDecodeValue(t *testing.T) {
	for _, test := range []struct {
		typ     dbr.Type
		count   uint32
		payload string
		want    pv.Value
	}{
		{dbr.String, 1, "short\x00\x00\x00", pv.StringValue("short")}, // as libca sends it
		{dbr.String, 1, "no end", pv.StringValue("no end")},
		{dbr.String, 1, "", pv.StringValue("")},
		{dbr.String, 1, strings.Repeat("x", 48), pv.StringValue(strings.Repeat("x", 40))},
		{dbr.String, 2, "a" + strings.Repeat("\x00", 39) + "b" + strings.Repeat("\x00", 39), pv.ArrayValue([]string{"a", "b"})},
		{dbr.Short, 1, "\xff\xfe", pv.IntValue(pv.Int16, -2)},
		{dbr.Short, 2, "\xff\xfe\x00\x01", pv.ArrayValue([]int16{-2, 1})},
		{dbr.Float, 2, "\x3f\xc0\x00\x00\x00\x00\x00\x00", pv.ArrayValue([]float32{1.5, 0})},
		{dbr.Enum, 1, "\x00\x03 and padding", pv.EnumValue(3)},
		{dbr.Enum, 2, "\x00\x03\x00\x04", pv.EnumArrayValue([]uint16{3, 4})},
		{dbr.Char, 3, "hi\x00", pv.ArrayValue([]uint8{'h', 'i', 0})},
		{dbr.Long, 0, "", pv.ArrayValue([]int32{})},
		{dbr.Long, 2, "\x80\x00\x00\x00\x00\x00\x00\x01", pv.ArrayValue([]int32{math.MinInt32, 1})},
		{dbr.Double, 1, "\x3f\xf8\x00\x00\x00\x00\x00\x00", pv.Float64Value(1.5)},
	} {
		payload := []byte(test.payload)
		got, err := dbr.DecodeValue(test.typ, test.count, payload)
		if err != nil || !got.Equal(test.want) {
			t.Errorf("%v: %v, %v; want %v", test.typ, got, err, test.want)
		}
		for i := range payload {
			payload[i] = 0xEE
		}
		if !got.Equal(test.want) {
			t.Errorf("%v: the value shares memory with its payload", test.typ)
		}
	}
	for _, typ := range []dbr.Type{dbr.StsDouble, dbr.CtrlDouble, dbr.PutAckT, 39} {
		if _, err := dbr.DecodeValue(typ, 1, make([]byte, 500)); !isTypeError(err) {
			t.Errorf("%v: %v", typ, err)
		}
	}
	if _, err := dbr.DecodeValue(dbr.Double, 4, make([]byte, 31)); !isSizeError(err) ||
		err.Error() != "DBR_DOUBLE: payload of 31 bytes is too short for 4 elements: 32 needed" {
		t.Errorf("%v", err)
	}
	if _, err := dbr.DecodeValue(dbr.Double, math.MaxUint32, make([]byte, 32)); !isSizeError(err) {
		t.Errorf("%v", err)
	}
}

func TestDecodeShortPayloads(t *testing.T) {
	for typ := range dbr.LastType + 1 {
		for count := range uint32(3) {
			want := dbr.Size(typ, count)
			if count == 1 && typ.Native() == dbr.String {
				want = dbr.Size(typ, 0)
			}
			if _, err := dbr.Decode(typ, count, make([]byte, want)); err != nil {
				t.Errorf("%v, %d elements: %v", typ, count, err)
			}
			if want == 0 {
				continue
			}
			if _, err := dbr.Decode(typ, count, make([]byte, want-1)); !isSizeError(err) {
				t.Errorf("%v, %d elements in %d bytes: %v", typ, count, want-1, err)
			}
		}
	}
	if _, err := dbr.Decode(39, 1, make([]byte, 500)); !isTypeError(err) {
		t.Errorf("%v", err)
	}
}

func TestLongStrings(t *testing.T) {
	text := strings.Repeat("ü", 50)
	v := dbr.LongString(text)
	if v.Kind() != pv.Uint8 || v.Len() != 101 || v.At(100).Int64() != 0 {
		t.Errorf("%v", v)
	}
	for _, test := range []struct {
		v    pv.Value
		want string
	}{
		{v, text},
		{pv.ArrayValue([]uint8("no end")), "no end"},
		{pv.ArrayValue([]int8{'a', -1, 0, 'b'}), "a\xff"},
		{pv.StringValue("s"), "s"},
		{pv.Float64Value(1), ""},
		{pv.Value{}, ""},
	} {
		if got := dbr.Text(test.v); got != test.want {
			t.Errorf("%v: %q, want %q", test.v, got, test.want)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	info := &pv.Info{
		Units: "mbar", Precision: 3, Choices: []string{"Off", "", "On"},
		Display: pv.Limits{Low: -10, High: 10}, Control: pv.Limits{Low: -9, High: 9},
		Warning: pv.Limits{Low: -5, High: 5}, Alarm: pv.Limits{Low: -7, High: 7},
	}
	for typ := range dbr.PutAckT {
		s := pv.Sample{Value: pv.EnumValue(2)}
		if typ.Native() != dbr.Enum {
			s.Value, _ = pv.Convert(pv.Int32Value(2), typ.Kind(), nil)
		}
		want := dbr.Data{Type: typ}
		switch class := typ.Class(); {
		case class >= dbr.Gr && typ.Native() == dbr.Enum:
			want.Info = &pv.Info{Choices: info.Choices}
		case class >= dbr.Gr && typ.Native() == dbr.String:
			want.Info = &pv.Info{}
		case class >= dbr.Gr:
			only := *info
			only.Choices = nil
			if n := typ.Native(); n != dbr.Float && n != dbr.Double {
				only.Precision = 0
			}
			if class == dbr.Gr {
				only.Control = pv.Limits{}
			}
			if typ.Native() == dbr.Char { // base tells limits below 0 as bytes
				wrap := func(l pv.Limits) pv.Limits { return pv.Limits{Low: l.Low + 256, High: l.High} }
				only.Display, only.Warning, only.Alarm = wrap(only.Display), wrap(only.Warning), wrap(only.Alarm)
				if class == dbr.Ctrl {
					only.Control = wrap(only.Control)
				}
			}
			want.Info = &only
		case class == dbr.Time:
			s.Time = pv.Stamp{Sec: 5, Nsec: 7}
		}
		if typ.Class() != dbr.Plain {
			s.Alarm = pv.Alarm{Status: pv.StatusHigh, Severity: pv.Minor}
		}
		want.Sample = s
		b, err := dbr.Append(nil, typ, 1, &s, info)
		if err != nil {
			t.Errorf("%v: %v", typ, err)
			continue
		}
		got, err := dbr.Decode(typ, 1, b)
		if diff := cmp.Diff(want, got, cmp.Comparer(pv.Value.Equal)); diff != "" || err != nil {
			t.Errorf("%v: %v (-want +got)\n%s", typ, err, diff)
		}
	}
}

func TestScalarsDoNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 1024)
	info := &pv.Info{Units: "C", Precision: 2, Choices: []string{"Off", "On"}}
	for _, v := range []pv.Value{
		pv.Float64Value(1.5), pv.Float32Value(2), pv.EnumValue(1), pv.StringValue("1"),
		pv.IntValue(pv.Uint8, 1), pv.IntValue(pv.Uint32, 1), pv.Int64Value(7),
	} {
		s := &pv.Sample{Value: v}
		for typ := range dbr.PutAckT {
			allocs := testing.AllocsPerRun(10, func() {
				if _, err := dbr.Append(buf, typ, 1, s, info); err != nil {
					t.Fatal(err)
				}
			})
			if allocs != 0 {
				t.Errorf("%v as %v: %v allocations", v.Kind(), typ, allocs)
			}
		}
	}
}

func TestNativeArraysDoNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 64<<10)
	for _, v := range []pv.Value{
		pv.ArrayValue(make([]float64, 1000)), pv.ArrayValue(make([]float32, 1000)), pv.ArrayValue(make([]int32, 1000)),
		pv.ArrayValue(make([]int16, 1000)), pv.ArrayValue(make([]uint8, 1000)), pv.EnumArrayValue(make([]uint16, 1000)),
		pv.ArrayValue(make([]string, 1000)),
	} {
		s := &pv.Sample{Value: v}
		typ := dbr.Native(v.Kind()).With(dbr.Time)
		allocs := testing.AllocsPerRun(10, func() {
			if _, err := dbr.Append(buf, typ, 1001, s, nil); err != nil {
				t.Fatal(err)
			}
		})
		if allocs != 0 {
			t.Errorf("%v: %v allocations", typ, allocs)
		}
	}
}
