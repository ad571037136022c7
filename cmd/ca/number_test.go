package main

import (
	"math"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

// TestScalars: what caget, camonitor and caput of EPICS base 7.0.10 print.
func TestScalars(t *testing.T) {
	g := numbers{verb: 'g', precision: 6}
	choices := []string{"Zero", "One"}
	for _, test := range []struct {
		n       numbers
		v       pv.Value
		choices []string
		want    string
	}{
		{n: g, v: pv.Float64Value(1.5), want: "1.5"},
		{n: g, v: pv.Float64Value(0), want: "0"},
		{n: g, v: pv.Float64Value(math.Copysign(0, -1)), want: "-0"},
		{n: g, v: pv.Float64Value(100000), want: "100000"},
		{n: g, v: pv.Float64Value(1e6), want: "1e+06"},
		{n: g, v: pv.Float64Value(123456.789), want: "123457"},
		{n: g, v: pv.Float64Value(0.0001), want: "0.0001"},
		{n: g, v: pv.Float64Value(0.00001), want: "1e-05"},
		{n: g, v: pv.Float64Value(1e-300), want: "1e-300"},
		{n: g, v: pv.Float64Value(math.Inf(1)), want: "inf"},
		{n: g, v: pv.Float64Value(math.Inf(-1)), want: "-inf"},
		{n: g, v: pv.Float64Value(math.NaN()), want: "nan"},
		{n: g, v: pv.Float32Value(0.1), want: "0.1"},
		{n: numbers{verb: 'f', precision: 3}, v: pv.Float64Value(-3e9), want: "-3000000000.000"},
		{n: numbers{verb: 'e', precision: 2}, v: pv.Float64Value(1234.5), want: "1.23e+03"},
		{n: numbers{verb: 'g', precision: 10}, v: pv.Float64Value(123456.789), want: "123456.789"},
		{n: numbers{rounded: hex}, v: pv.Float64Value(1.5), want: "0x2"},
		{n: numbers{rounded: octal}, v: pv.Float64Value(-2.5), want: "0o37777777775"},
		{n: numbers{rounded: binary}, v: pv.Float64Value(5.4), want: "101"},
		{n: numbers{rounded: binary}, v: pv.Float64Value(0.2), want: "0"},
		{n: numbers{rounded: hex}, v: pv.Float64Value(1e30), want: "0x7FFFFFFF"},
		{n: numbers{rounded: hex}, v: pv.Float64Value(math.NaN()), want: "0x0"},
		{n: g, v: pv.Int32Value(-3), want: "-3"},
		{n: numbers{integers: hex}, v: pv.Int32Value(-3), want: "0xFFFFFFFD"},
		{n: numbers{integers: octal}, v: pv.Int32Value(8), want: "0o10"},
		{n: numbers{integers: binary}, v: pv.Int32Value(-3), want: "11111111111111111111111111111101"},
		{n: numbers{integers: binary}, v: pv.Int32Value(0), want: "0"},
		{n: numbers{integers: hex}, v: pv.IntValue(pv.Int16, -1), want: "0xFFFFFFFF"},
		{n: numbers{integers: hex}, v: pv.IntValue(pv.Uint8, 200), want: "-56"},
		{n: g, v: pv.EnumValue(1), want: "1"},
		{n: g, v: pv.EnumValue(1), choices: choices, want: "One"},
		{n: numbers{indices: true}, v: pv.EnumValue(1), choices: choices, want: "1"},
		{n: g, v: pv.EnumValue(2), choices: choices, want: "Enum Index Overflow (2)"},
		{n: g, v: pv.EnumValue(16), choices: choices, want: "Illegal Value (16)"},
		{n: g, v: pv.StringValue("a \"b\"\t°"), want: `a \"b\"\t\xc2\xb0`},
	} {
		if got := string(test.n.appendScalar(nil, test.v, test.choices)); got != test.want {
			t.Errorf("%+v of %v: %s, want %s", test.n, test.v, got, test.want)
		}
	}
}
