package format_test

import (
	"testing"

	"github.com/ioclet/ioclet/format"
)

func BenchmarkAppend(b *testing.B) {
	f := format.MustCompile("VOLT %.3f", format.Output)
	dst := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = f.Append(dst[:0], format.Float(12.345))
	}
}

func BenchmarkScan(b *testing.B) {
	f := format.MustCompile("@%*3dACK%e;FF", format.Input)
	src := []byte("@253ACK7.25E-9;FF")
	out := make([]format.Arg, f.Args())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Scan(src, out); err != nil {
			b.Fatal(err)
		}
	}
}
