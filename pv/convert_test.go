package pv_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

// goldenLines are the lines of a file recorded from libCom, without comments.
func goldenLines(t testing.TB, name string, atLeast int) []string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := s.Text(); !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if len(lines) < atLeast {
		t.Fatalf("%s: only %d lines", name, len(lines))
	}
	return lines
}

func kindNamed(t testing.TB, name string) pv.Kind {
	t.Helper()
	for k := pv.String; k <= pv.Enum; k++ {
		if k.String() == name {
			return k
		}
	}
	t.Fatalf("no kind %q", name)
	return pv.Invalid
}

func TestFloatTextEqualsC(t *testing.T) {
	for _, line := range goldenLines(t, "testdata/cvtfast.txt", 1000) {
		head, text, _ := strings.Cut(line, " |")
		text = strings.TrimSuffix(text, "|")
		var function string
		var bits uint64
		var precision int16
		if _, err := fmt.Sscanf(head, "%s %x %d", &function, &bits, &precision); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		x := math.Float64frombits(bits)
		v := pv.Float64Value(x)
		if function == "f" {
			v = pv.Float32Value(float32(x))
		}
		if got := string(v.AppendText(nil, &pv.Info{Precision: precision})); got != text {
			t.Errorf("%s(%v, %d) is %q in C, here %q", function, x, precision, text, got)
		}
	}
}

// better are texts that C's library takes otherwise than they mean.
var better = map[string]bool{
	"uint8 18446744073709551615":  true, // taken for -1 and then for 255
	"uint16 18446744073709551615": true,
	"float64 1e-320":              true, // refused for being subnormal
}

// otherBase are hexadecimal and octal integers, which libCom reads if it is asked to.
var otherBase = regexp.MustCompile(`(?i)^\s*[-+]?0(x|\d)`)

func TestParseEqualsC(t *testing.T) {
	for _, line := range goldenLines(t, "testdata/parse.txt", 500) {
		name, rest, _ := strings.Cut(line, " ")
		kind := kindNamed(t, name)
		quoted, result := rest[:strings.LastIndexByte(rest, '"')+1], rest[strings.LastIndexByte(rest, '"')+2:]
		var text string
		if err := json.Unmarshal([]byte(quoted), &text); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if text == "" || better[name+" "+text] || !kind.IsFloat() && otherBase.MatchString(text) {
			continue // dbPut has rules of its own; see TestConvertText
		}
		v, err := pv.Convert(pv.StringValue(text), kind, nil)
		if result == "!" {
			if err == nil {
				t.Errorf("%s %s is refused by C, here %v", name, quoted, v)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %s is %s in C, here: %v", name, quoted, result, err)
			continue
		}
		want := strings.TrimPrefix(result, "= ")
		got := strconv.FormatInt(v.Int64(), 10)
		if kind.IsFloat() {
			bits, err := strconv.ParseUint(want, 16, 64)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			if x := math.Float64frombits(bits); x != v.Float64() && !(math.IsNaN(x) && math.IsNaN(v.Float64())) {
				t.Errorf("%s %s is %v in C, here %v", name, quoted, x, v)
			}
			continue
		}
		if got != want {
			t.Errorf("%s %s is %s in C, here %s", name, quoted, want, got)
		}
	}
}

func TestFloatToIntegerEqualsC(t *testing.T) {
	kinds := []pv.Kind{pv.Int8, pv.Uint8, pv.Int16, pv.Uint16, pv.Int32, pv.Uint32, pv.Int64, pv.Uint64}
	for _, line := range goldenLines(t, "testdata/cut.txt", 40) {
		fields := strings.Fields(line)
		bits, err := strconv.ParseUint(fields[0], 16, 64)
		if err != nil || len(fields) != 1+len(kinds) {
			t.Fatalf("%q: %v", line, err)
		}
		x := math.Float64frombits(bits)
		for i, kind := range kinds {
			want := fields[1+i]
			scalar, err := pv.Convert(pv.Float64Value(x), kind, nil)
			if err != nil || scalar.Kind() != kind || scalar.String() != want {
				t.Errorf("(%v)%v is %s in C, here %v, %v", kind, x, want, scalar, err)
			}
			array, err := pv.Convert(pv.ArrayValue([]float64{1, x}), kind, nil)
			if err != nil || array.Kind() != kind || array.Len() != 2 || !array.At(1).Equal(scalar) {
				t.Errorf("(%v)%v is %v, in an array %v, %v", kind, x, scalar, array, err)
			}
		}
	}
}

var modes = &pv.Info{Precision: 2, Choices: []string{"Off", "On", "7"}}

func TestConvertText(t *testing.T) {
	str := pv.StringValue
	for _, test := range []struct {
		v    pv.Value
		kind pv.Kind
		info *pv.Info
		want pv.Value
	}{
		{str("0x10"), pv.Int32, nil, pv.Int32Value(16)},
		{str("-010 V"), pv.Int16, nil, pv.IntValue(pv.Int16, -8)},
		{str("089"), pv.Int32, nil, pv.Int32Value(0)},
		{str("010"), pv.Float64, nil, pv.Float64Value(10)},
		{str("-0x10 V"), pv.Int64, nil, pv.Int64Value(-16)},
		{str("0xFFFFFFFFFFFFFFFF"), pv.Uint64, nil, pv.IntValue(pv.Uint64, -1)},
		// What softIoc 7.0.10 answers to WRITE_NOTIFY of such text, read back.
		{str("12.5 mA"), pv.Float64, nil, pv.Float64Value(12.5)},
		{str("0x10"), pv.Float64, nil, pv.Float64Value(16)},
		{str(""), pv.Float64, nil, pv.Float64Value(0)},
		{str(""), pv.Int32, nil, pv.Int32Value(0)},
		{str("7 counts"), pv.Int32, nil, pv.Int32Value(7)},
		{str("1.5"), pv.Int32, nil, pv.Int32Value(1)},
		{str("1e3"), pv.Int32, nil, pv.Int32Value(1)},
		{str("3"), pv.Enum, &pv.Info{}, pv.EnumValue(3)},

		{pv.ArrayValue([]string{"", "2"}), pv.Int32, nil, pv.ArrayValue([]int32{0, 2})},
		{str("1.0e3"), pv.Uint32, nil, pv.IntValue(pv.Uint32, 1000)},
		{str("inf"), pv.Float32, nil, pv.Float32Value(float32(math.Inf(1)))},
		{str("On"), pv.Enum, modes, pv.EnumValue(1)},
		{str("1"), pv.Enum, modes, pv.EnumValue(1)},
		{str(" 2 "), pv.Enum, modes, pv.EnumValue(2)},
		{str("7"), pv.Enum, modes, pv.EnumValue(2)}, // text goes before number
		{str("9"), pv.Enum, nil, pv.EnumValue(9)},
		{pv.EnumValue(1), pv.String, modes, str("On")},
		{pv.EnumValue(9), pv.String, modes, str("")},
		{pv.EnumValue(16), pv.String, modes, str("Illegal Value")},
		{pv.EnumValue(9), pv.String, nil, str("9")},
		{pv.EnumValue(2), pv.Float64, modes, pv.Float64Value(2)},
		{pv.Float64Value(1.005), pv.String, modes, str("1.00")},
		{pv.Float64Value(0.1), pv.String, nil, str("0.1")},
		{pv.Float32Value(0.1), pv.String, nil, str("0.1")},
		{pv.IntValue(pv.Uint64, -1), pv.String, nil, str("18446744073709551615")},
		{pv.IntValue(pv.Int8, -1), pv.String, nil, str("-1")},
		{pv.ArrayValue([]string{"Off", "1"}), pv.Enum, modes, pv.EnumArrayValue([]uint16{0, 1})},
		{pv.ArrayValue([]string{"1.5", "2 V"}), pv.Float64, nil, pv.ArrayValue([]float64{1.5, 2})},
		{pv.ArrayValue([]string{"-1", "7"}), pv.Int8, nil, pv.ArrayValue([]int8{-1, 7})},
		{pv.ArrayValue([]float64{1.005, 2}), pv.String, modes, pv.ArrayValue([]string{"1.00", "2.00"})},
		{pv.EnumArrayValue([]uint16{1, 0}), pv.String, modes, pv.ArrayValue([]string{"On", "Off"})},
		{pv.ArrayValue([]string{}), pv.Int32, nil, pv.ArrayValue([]int32{})},
	} {
		got, err := pv.Convert(test.v, test.kind, test.info)
		if err != nil || !got.Equal(test.want) {
			t.Errorf("%v (%v) to %v: %v, %v; want %v", test.v, test.v.Kind(), test.kind, got, err, test.want)
		}
	}
}

func TestConvertRefuses(t *testing.T) {
	str := pv.StringValue
	for _, test := range []struct {
		v    pv.Value
		kind pv.Kind
		want error
		text string
	}{
		{str("volts"), pv.Float64, pv.ErrSyntax, `convert string to float64: "volts": no number`},
		{str(" "), pv.Int32, pv.ErrSyntax, `convert string to int32: " ": no number`},
		{str(""), pv.Enum, pv.ErrChoice, `convert string to enum: "": no such choice`},
		{str("300"), pv.Int8, pv.ErrRange, `convert string to int8: "300": out of range`},
		{str("5e9"), pv.Uint32, pv.ErrRange, `convert string to uint32: "5e9": out of range`},
		{str("1e-400"), pv.Float64, pv.ErrRange, `convert string to float64: "1e-400": out of range`},
		{str("Onn"), pv.Enum, pv.ErrChoice, `convert string to enum: "Onn": no such choice`},
		{str("3"), pv.Enum, pv.ErrChoice, `convert string to enum: "3": no such choice`},
		{str("1st"), pv.Enum, pv.ErrChoice, `convert string to enum: "1st": no such choice`},
		{str("-1"), pv.Enum, pv.ErrChoice, `convert string to enum: "-1": no such choice`},
		{pv.ArrayValue([]string{"1", "x"}), pv.Int32, pv.ErrSyntax, `convert string to int32: "x": element 1: no number`},
		{pv.Value{}, pv.Int32, pv.ErrNoConvert, "convert invalid to int32: no such conversion"},
		{pv.Int32Value(1), pv.Invalid, pv.ErrNoConvert, "convert int32 to invalid: no such conversion"},
		{pv.Int32Value(1), pv.Enum + 1, pv.ErrNoConvert, "convert int32 to invalid: no such conversion"},
	} {
		_, err := pv.Convert(test.v, test.kind, modes)
		if _, ok := errors.AsType[*pv.ConvertError](err); !ok || !errors.Is(err, test.want) || err.Error() != test.text {
			t.Errorf("%v to %v: %v", test.v, test.kind, err)
		}
	}
}

// TestConvertAllKinds converts a small number between every two kinds, as a scalar
// and in an array.
func TestConvertAllKinds(t *testing.T) {
	seven := pv.Int32Value(7)
	for from := pv.String; from <= pv.Enum; from++ {
		v, err := pv.Convert(seven, from, nil)
		if err != nil || v.Kind() != from {
			t.Fatalf("7 as %v: %v, %v", from, v, err)
		}
		array, err := pv.Convert(pv.ArrayValue([]int32{7, 7}), from, nil)
		if err != nil || array.Kind() != from || !array.IsArray() {
			t.Fatalf("[7 7] as %v: %v, %v", from, array, err)
		}
		for to := pv.String; to <= pv.Enum; to++ {
			got, err := pv.Convert(v, to, nil)
			if err != nil || got.Kind() != to || got.IsArray() || got.String() != "7" {
				t.Errorf("%v to %v: %v, %v", from, to, got, err)
			}
			gotArray, err := pv.Convert(array, to, nil)
			if err != nil || gotArray.Kind() != to || gotArray.Len() != 2 || !gotArray.At(1).Equal(got) {
				t.Errorf("array of %v to %v: %v, %v", from, to, gotArray, err)
			}
		}
	}
}

func TestConvertNarrowsFloats(t *testing.T) {
	for _, test := range []struct {
		x    float64
		want float32
	}{ // epicsConvert.c epicsConvertDoubleToFloat
		{1e300, math.MaxFloat32},
		{-1e300, -math.MaxFloat32},
		{1e-300, 0x1p-126},
		{-1e-300, -0x1p-126},
		{math.Inf(-1), float32(math.Inf(-1))},
		{0.1, 0.1},
	} {
		scalar, err := pv.Convert(pv.Float64Value(test.x), pv.Float32, nil)
		if err != nil || scalar.Float64() != float64(test.want) {
			t.Errorf("%v: %v, %v", test.x, scalar, err)
		}
		array, err := pv.Convert(pv.ArrayValue([]float64{test.x}), pv.Float32, nil)
		if err != nil || !array.At(0).Equal(scalar) {
			t.Errorf("[%v]: %v, %v", test.x, array, err)
		}
	}
}

func TestConvertKeepsWhatIsOfTheKind(t *testing.T) {
	v := pv.ArrayValue([]float64{1, 2})
	got, err := pv.Convert(v, pv.Float64, nil)
	a, _ := pv.Elements[float64](v)
	b, ok := pv.Elements[float64](got)
	if err != nil || !ok || &a[0] != &b[0] {
		t.Errorf("%v, %v: a copy", got, err)
	}
}

func TestText(t *testing.T) {
	for _, test := range []struct {
		v           pv.Value
		plain, full string // without and with info
	}{
		{pv.Value{}, "<none>", "<none>"},
		{pv.StringValue(`a "b"`), `a "b"`, `a "b"`},
		{pv.Float64Value(1.0 / 3), "0.3333333333333333", "0.33"},
		{pv.Float64Value(math.NaN()), "NaN", "nan"},
		{pv.Int64Value(math.MinInt64), "-9223372036854775808", "-9223372036854775808"},
		{pv.EnumValue(1), "1", "On"},
		{pv.ArrayValue([]float64{1, 2.5}), "[1 2.5]", "[1.00 2.50]"},
		{pv.ArrayValue([]string{"a b", "c"}), `["a b" "c"]`, `["a b" "c"]`},
		{pv.EnumArrayValue([]uint16{0, 1}), "[0 1]", "[Off On]"},
		{pv.ArrayValue([]uint8{}), "[]", "[]"},
	} {
		if got := test.v.String(); got != test.plain {
			t.Errorf("%q, want %q", got, test.plain)
		}
		if got := string(test.v.AppendText([]byte("="), modes)); got != "="+test.full {
			t.Errorf("%q, want %q", got, test.full)
		}
	}
}

func TestScalarsDoNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 64)
	text := pv.StringValue("12.5 mA")
	allocs := testing.AllocsPerRun(100, func() {
		v, _ := pv.Convert(text, pv.Float64, nil)
		v, _ = pv.Convert(v, pv.Float32, nil)
		buf = v.AppendText(buf[:0], modes)
		v, _ = pv.Convert(v, pv.Int16, nil)
		buf = v.AppendText(buf[:0], modes)
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// FuzzConvert reads any text as any kind: what is accepted is written as text that
// reads back the same, and refusals are of our type.
func FuzzConvert(f *testing.F) {
	for _, line := range goldenLines(f, "testdata/parse.txt", 500) {
		var text string
		quoted := line[strings.IndexByte(line, '"') : strings.LastIndexByte(line, '"')+1]
		if err := json.Unmarshal([]byte(quoted), &text); err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for kind := pv.String; kind <= pv.Enum; kind++ {
			for _, info := range []*pv.Info{nil, modes} {
				v, err := pv.Convert(pv.StringValue(text), kind, info)
				if err != nil {
					if _, ok := errors.AsType[*pv.ConvertError](err); !ok {
						t.Fatalf("%q to %v: %T", text, kind, err)
					}
					continue
				}
				if v.Kind() != kind {
					t.Fatalf("%q to %v: kind %v", text, kind, v.Kind())
				}
				again, err := pv.Convert(pv.StringValue(v.String()), kind, nil)
				if err != nil || !again.Equal(v) {
					t.Fatalf("%q to %v: %v, read again %v, %v", text, kind, v, again, err)
				}
				v.AppendText(nil, info)
			}
		}
	})
}
