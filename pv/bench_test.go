package pv_test

import (
	"testing"

	"github.com/ioclet/ioclet/pv"
)

func BenchmarkConvertArray(b *testing.B) {
	b.ReportAllocs()
	v := pv.ArrayValue(make([]int16, 1000))
	for b.Loop() {
		if _, err := pv.Convert(v, pv.Float64, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendText(b *testing.B) {
	b.ReportAllocs()
	buf := make([]byte, 0, 64)
	v, info := pv.Float64Value(42.125), &pv.Info{Precision: 3}
	for b.Loop() {
		buf = v.AppendText(buf[:0], info)
	}
}
