package dbr_test

import (
	"testing"

	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

func benchmarkAppend(b *testing.B, typ dbr.Type, v pv.Value) {
	b.ReportAllocs()
	buf := make([]byte, 0, 64<<10)
	s := &pv.Sample{Value: v, Time: pv.Stamp{Sec: 1}}
	info := &pv.Info{Units: "V", Precision: 3}
	for b.Loop() {
		var err error
		if buf, err = dbr.Append(buf[:0], typ, uint32(v.Len()), s, info); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkAppendTimeDouble(b *testing.B) {
	benchmarkAppend(b, dbr.TimeDouble, pv.Float64Value(1.5))
}

func BenchmarkAppendCtrlDouble(b *testing.B) {
	benchmarkAppend(b, dbr.CtrlDouble, pv.Float64Value(1.5))
}

func BenchmarkAppend1000Doubles(b *testing.B) {
	benchmarkAppend(b, dbr.TimeDouble, pv.ArrayValue(make([]float64, 1000)))
}

func BenchmarkDecode1000Doubles(b *testing.B) {
	b.ReportAllocs()
	payload := make([]byte, 8000)
	b.SetBytes(8000)
	for b.Loop() {
		if _, err := dbr.Decode(dbr.Double, 1000, payload); err != nil {
			b.Fatal(err)
		}
	}
}
