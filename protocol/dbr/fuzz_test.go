package dbr_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// FuzzDecode decodes any payload, encodes what it got and decodes that again: both
// must be the same.
func FuzzDecode(f *testing.F) {
	seeds := 0
	for _, frame := range prototest.Frames() {
		if frame.Header.Command != protocol.CmdReadNotify || len(frame.Payload) == 0 || len(frame.Payload) > 600 {
			continue
		}
		if seeds++; seeds%7 == 0 {
			f.Add(frame.Header.DataType, frame.Header.Count, frame.Payload)
		}
	}
	f.Fuzz(func(t *testing.T, number uint16, count uint32, payload []byte) {
		typ := dbr.Type(number)
		first, err := dbr.Decode(typ, count, payload)
		if err != nil {
			if !isSizeError(err) && !isTypeError(err) {
				t.Fatalf("%T", err)
			}
			return
		}
		if _, err := dbr.DecodeValue(typ, count, payload); (err == nil) != (typ <= dbr.Double) {
			t.Fatalf("%v: DecodeValue: %v", typ, err)
		}
		var again []byte
		switch {
		case typ < dbr.PutAckT:
			again, err = dbr.Append(nil, typ, count, &first.Sample, first.Info)
		case typ == dbr.StsAckString:
			again, err = dbr.AppendStsAck(nil, count, &first.Sample, first.Info, first.Ack)
		default:
			return
		}
		if err != nil {
			t.Fatalf("%v: %v", typ, err)
		}
		second, err := dbr.Decode(typ, count, again)
		if err != nil {
			t.Fatalf("%v: %v", typ, err)
		}
		// Status and severity are bytes here, words on the wire; an unterminated string
		// loses its last byte to the NUL.
		third, err := dbr.Append(nil, typ, count, &second.Sample, second.Info)
		if typ == dbr.StsAckString {
			third, err = dbr.AppendStsAck(nil, count, &second.Sample, second.Info, second.Ack)
		}
		if err != nil {
			t.Fatalf("%v: %v", typ, err)
		}
		if string(third) != string(again) {
			t.Fatalf("%v: encoded\n%x then\n%x", typ, again, third)
		}
		if typ.Native() == dbr.String || typ.Class() >= dbr.Gr {
			return // text may have been cut
		}
		if diff := cmp.Diff(first, second, cmp.Comparer(pv.Value.Equal)); diff != "" {
			t.Fatalf("%v: decoded, encoded, decoded:\n%s", typ, diff)
		}
	})
}
