package protocol_test

import (
	"testing"

	"github.com/ioclet/ioclet/protocol"
)

func BenchmarkAppendHeader(b *testing.B) {
	b.ReportAllocs()
	buf := make([]byte, 0, 64)
	h := protocol.EventReply(20, 1, protocol.ECANormal, 3)
	for b.Loop() {
		buf = protocol.AppendHeader(buf[:0], h)
	}
}

func BenchmarkNext(b *testing.B) {
	b.ReportAllocs()
	buf := protocol.AppendReadNotify(nil, 20, 1, 2, 3)
	for b.Loop() {
		if _, _, err := protocol.Next(buf, protocol.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
