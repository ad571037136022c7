package dbr_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// recordKinds are the kinds of the recorded fields where the native DBR type does
// not tell them.
var recordKinds = map[string]pv.Kind{
	"G:INT64":     pv.Int64,
	"G:WF:CHAR":   pv.Int8,
	"G:WF:USHORT": pv.Uint16,
	"G:WF:ULONG":  pv.Uint32,
	"G:LSI.VAL$":  pv.Uint8, "G:STRINGIN.VAL$": pv.Uint8,
}

// className is the record type of a recorded channel, which its name tells.
func className(name string) string {
	switch record, _, _ := strings.Cut(strings.TrimPrefix(name, "G:"), "."); record {
	case "UDF":
		return "ai"
	case "INT64":
		return "int64in"
	default:
		if strings.HasPrefix(record, "WF:") {
			return "waveform"
		}
		return strings.ToLower(record)
	}
}

// sampleOf is a recorded channel as our own record would hold it.
func sampleOf(t *testing.T, name string, r prototest.Record) pv.Sample {
	t.Helper()
	kind := dbr.Type(r.NativeType).Kind()
	if k, ok := recordKinds[name]; ok {
		kind = k
	}
	s := pv.Sample{Time: r.Time, Alarm: r.Alarm}
	switch {
	case r.Strings != nil && r.Array:
		s.Value = pv.ArrayValue(r.Strings)
	case r.Strings != nil:
		s.Value = pv.StringValue(r.Strings[0])
	default:
		numbers := slices.Clone(r.Numbers)
		if name == "G:STRINGIN.VAL$" { // the client has cut it at the NUL; the field is whole
			numbers = append(numbers, make([]float64, int(r.NativeCount)-len(numbers))...)
		}
		v := pv.ArrayValue(numbers)
		if !r.Array {
			v = pv.Float64Value(r.Numbers[0])
		}
		var err error
		if s.Value, err = pv.Convert(v, kind, nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return s
}

// differs says why our answer to a recorded exchange is not the C server's.
func differs(x exchange) string {
	switch {
	case x.pv == "G:WF:ENUM" && x.typ.Native() == dbr.String && x.typ != dbr.ClassName:
		return "a waveform of enums has no choices' texts in base, which refuses it; ours writes the numbers"
	case x.pv == "G:AI.RTYP" && x.typ.Native() == dbr.Char:
		return "base reads a record's attribute as the number 0 of one byte, where it refuses the wider types"
	}
	return ""
}

// exchange is a recorded READ_NOTIFY and its reply.
type exchange struct {
	prototest.Case
	pv    string
	typ   dbr.Type
	reply protocol.Message
}

func exchanges(t *testing.T) []exchange {
	t.Helper()
	var out []exchange
	for _, c := range prototest.Golden("softioc-dbr") {
		x := exchange{Case: c, pv: c.Attrs["pv"], typ: dbr.Type(c.Uint("type"))}
		for _, s := range c.Steps {
			if s.Dir != prototest.FromServer {
				continue
			}
			m, n, err := protocol.Next(s.Bytes, protocol.Limits{})
			if err != nil || n != len(s.Bytes) {
				t.Fatalf("%s: reply: %d of %d bytes: %v", c.Name, n, len(s.Bytes), err)
			}
			x.reply = m
		}
		if x.reply.Command == protocol.CmdRead {
			continue // deprecated, with a payload of its own
		}
		if x.reply.Command != protocol.CmdReadNotify {
			t.Fatalf("%s: no READ_NOTIFY in reply", c.Name)
		}
		out = append(out, x)
	}
	if len(out) < 1000 {
		t.Fatalf("only %d exchanges", len(out))
	}
	return out
}

// infoOf is the metadata the C server told with CTRL_DOUBLE, which unlike the
// integer types can say that there is no limit, and with CTRL_ENUM.
func infoOf(xs []exchange, name string, r prototest.Record) pv.Info {
	info := r.Info
	for _, x := range xs {
		if x.pv == name && x.typ == dbr.CtrlDouble && x.reply.Param1 == uint32(protocol.ECANormal) {
			d, err := dbr.Decode(x.typ, x.reply.Count, x.reply.Payload)
			if err == nil {
				info = *d.Info
				info.Choices = r.Info.Choices
			}
		}
	}
	return info
}

func TestAppendEqualsC(t *testing.T) {
	xs := exchanges(t)
	records := prototest.GoldenRecords()
	refused, different := 0, 0
	for _, x := range xs {
		r, ok := records[x.pv]
		if !ok {
			t.Fatalf("%s: no record %s", x.Name, x.pv)
		}
		if why := differs(x); why != "" {
			different++
			continue
		}
		s := sampleOf(t, x.pv, r)
		info := infoOf(xs, x.pv, r)
		count := x.Uint("count")
		refusal := x.reply.Param1 != uint32(protocol.ECANormal)
		if count == 0 { // as many as there are, which a refusal does not tell
			count = x.reply.Count
			if refusal {
				count = 1
			}
		}
		var got []byte
		var err error
		switch x.typ {
		case dbr.StsAckString:
			ack := dbr.Ack{Transient: true}
			if r.Alarm.Status != pv.StatusUDF { // a record that was never processed owes no acknowledgement
				ack.Severity = r.Alarm.Severity
			}
			got, err = dbr.AppendStsAck(nil, count, &s, &info, ack)
		case dbr.ClassName:
			got = dbr.AppendClassName(nil, count, className(x.pv))
		default:
			got, err = dbr.Append(nil, x.typ, count, &s, &info)
		}
		if refusal {
			refused++
			if err == nil {
				t.Errorf("%s: C answers %v, we %x", x.Name, protocol.Status(x.reply.Param1), got)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", x.Name, err)
			continue
		}
		if uint64(len(got)) != dbr.Size(x.typ, count) {
			t.Errorf("%s: %d bytes, Size says %d", x.Name, len(got), dbr.Size(x.typ, count))
		}
		want := settled(x.typ, count, x.reply.Payload)
		if !bytes.Equal(got, want) {
			at := 0
			for at < min(len(got), len(want)) && got[at] == want[at] {
				at++
			}
			t.Errorf("%s: %d and %d bytes differ from byte %d on:\n got %.40x\nwant %.40x", x.Name, len(got), len(want), at, got[at:], want[at:])
		}
	}
	if refused == 0 {
		t.Error("no refused conversion among the exchanges")
	}
	if different > 30 {
		t.Errorf("%d exchanges are left out as different by design", different)
	}
}

func TestDecodeEqualsC(t *testing.T) {
	records := prototest.GoldenRecords()
	for _, x := range exchanges(t) {
		d, err := dbr.Decode(x.typ, x.reply.Count, x.reply.Payload)
		if err != nil {
			t.Errorf("%s: %v", x.Name, err)
			continue
		}
		r := records[x.pv]
		native := dbr.Type(r.NativeType)
		if x.reply.Param1 != uint32(protocol.ECANormal) || x.typ.Native() != native || x.typ.Class() == dbr.Special {
			continue
		}
		if got := d.Sample.Value.Kind(); got != native.Kind() {
			t.Errorf("%s: kind %v", x.Name, got)
		}
		for i := range d.Sample.Value.Len() {
			switch e := d.Sample.Value.At(i); {
			case e.Kind() == pv.String:
				want := ""
				if i < len(r.Strings) {
					want = r.Strings[i]
				}
				if e.Str() != want {
					t.Errorf("%s: element %d is %q, want %q", x.Name, i, e.Str(), want)
				}
			default:
				want := 0.0
				if i < len(r.Numbers) {
					want = r.Numbers[i]
				}
				if e.Float64() != want {
					t.Errorf("%s: element %d is %v, want %v", x.Name, i, e, want)
				}
			}
		}
		class := x.typ.Class()
		if class != dbr.Plain && d.Sample.Alarm != r.Alarm {
			t.Errorf("%s: alarm %v, want %v", x.Name, d.Sample.Alarm, r.Alarm)
		}
		if class == dbr.Time && d.Sample.Time != r.Time {
			t.Errorf("%s: time %v, want %v", x.Name, d.Sample.Time, r.Time)
		}
		if class == dbr.Ctrl && native != dbr.String {
			if diff := cmp.Diff(&r.Info, d.Info, cmp.Comparer(sameFloat)); diff != "" {
				t.Errorf("%s: info (-C +ours):\n%s", x.Name, diff)
			}
		}
	}
}

func sameFloat(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }

// settled is a payload of rsrv without the bytes it does not mean: it leaves what
// was in its buffer in the pads of structures, behind the NUL of strings and in the
// padding of the message.
func settled(t dbr.Type, count uint32, payload []byte) []byte {
	b := bytes.Clone(payload[:dbr.Size(t, count)])
	for _, pad := range structPads[t] {
		clear(b[pad[0]:pad[1]])
	}
	if t == dbr.ClassName && count > 1 {
		clear(b[dbr.StringLen:])
	}
	if t.Native() == dbr.String {
		first := dbr.Size(t, 0)
		for i := range uint64(count) {
			text := b[first+i*dbr.StringLen:][:dbr.StringLen]
			if n := bytes.IndexByte(text, 0); n >= 0 {
				clear(text[n:])
			}
		}
	}
	return b
}

// structPads are the fields named RISC_pad in db_access.h: from, to.
var structPads = map[dbr.Type][][2]int{
	dbr.StsChar: {{4, 5}}, dbr.StsDouble: {{4, 8}},
	dbr.TimeShort: {{12, 14}}, dbr.TimeEnum: {{12, 14}}, dbr.TimeChar: {{12, 15}}, dbr.TimeDouble: {{12, 16}},
	dbr.GrFloat: {{6, 8}}, dbr.GrDouble: {{6, 8}}, dbr.GrChar: {{18, 19}},
	dbr.CtrlFloat: {{6, 8}}, dbr.CtrlDouble: {{6, 8}}, dbr.CtrlChar: {{20, 21}},
}

// TestWritesOfC reads what libca writes and encodes it again.
func TestWritesOfC(t *testing.T) {
	seen := map[dbr.Type]int{}
	for _, f := range prototest.Frames() {
		h := f.Header
		if f.From != prototest.FromClient || !strings.HasPrefix(f.Name, "libca-") ||
			h.Command != protocol.CmdWrite && h.Command != protocol.CmdWriteNotify {
			continue
		}
		typ := dbr.Type(h.DataType)
		v, err := dbr.DecodeValue(typ, h.Count, f.Payload)
		if err != nil || v.Kind() != typ.Kind() || v.Len() != int(h.Count) {
			t.Errorf("%s: %v, %v", f.Name, v, err)
			continue
		}
		seen[typ]++
		b, err := dbr.Append(nil, typ, h.Count, &pv.Sample{Value: v}, nil)
		n := min(len(b), len(f.Payload)) // libca leaves the end of a single string out
		if err != nil || !bytes.Equal(b[:n], f.Payload[:n]) || len(bytes.Trim(b[n:], "\x00")) > 0 {
			t.Errorf("%s:\n got %x\nwant %x, %v", f.Name, b, f.Payload, err)
		}
	}
	for _, typ := range []dbr.Type{dbr.String, dbr.Double} {
		if seen[typ] == 0 {
			t.Errorf("no write of %v among the recorded ones", typ)
		}
	}
}

// TestLargeEqualsC encodes replies around the long header as rsrv does.
func TestLargeEqualsC(t *testing.T) {
	tested := 0
	for _, f := range prototest.Frames() {
		if !strings.HasPrefix(f.Name, "softioc-large/") || f.From != prototest.FromServer {
			continue
		}
		typ := dbr.Type(f.Header.DataType)
		d, err := dbr.Decode(typ, f.Header.Count, f.Payload)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		tested++
		h := f.Header
		b := protocol.BeginMessage(nil, h)
		b, err = dbr.Append(b, typ, h.Count, &d.Sample, d.Info)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		b = protocol.FinishMessage(b, 0, h)
		m, n, err := protocol.Next(b, protocol.Limits{})
		if err != nil || n != len(b) || m.Header != h {
			t.Errorf("%s: %+v, want %+v, %v", f.Name, m.Header, h, err)
			continue
		}
		if size := dbr.Size(typ, h.Count); !bytes.Equal(m.Payload[:size], settled(typ, h.Count, f.Payload)) {
			t.Errorf("%s: differs", f.Name)
		}
	}
	if tested < 4 {
		t.Errorf("only %d large replies", tested)
	}
}
