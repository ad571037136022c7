package interop_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// conversionPuts are written to every kind of value, by the type they are sent as.
var conversionPuts = []pv.Value{
	pv.StringValue("0"), pv.StringValue("1"), pv.StringValue("-1"), pv.StringValue("2.5"), pv.StringValue("-2.5"),
	pv.StringValue("1e3"), pv.StringValue("0x1F"), pv.StringValue("010"), pv.StringValue("40000"), pv.StringValue("70000"),
	pv.StringValue("3000000000"), pv.StringValue("-3000000000"), pv.StringValue("1e19"), pv.StringValue("1e300"),
	pv.StringValue("1e400"), pv.StringValue("nan"), pv.StringValue("inf"), pv.StringValue("-INF"), pv.StringValue(""),
	pv.StringValue(" "), pv.StringValue(" 12 "), pv.StringValue("12abc"), pv.StringValue("abc"), pv.StringValue("on"),
	pv.StringValue("ON"), pv.StringValue("+7"), pv.StringValue("1,5"), pv.StringValue("'a'"),
	pv.Float64Value(0), pv.Float64Value(1.5), pv.Float64Value(-1.5), pv.Float64Value(0.1), pv.Float64Value(1e-9),
	pv.Float64Value(123456.789), pv.Float64Value(1e15), pv.Float64Value(1e17), pv.Float64Value(1e40), pv.Float64Value(-1e-40),
	pv.Float64Value(200), pv.Float64Value(40000), pv.Float64Value(65535),
	pv.Float32Value(1.5), pv.Float32Value(-0.1), pv.Float32Value(1e30), pv.Float32Value(16777216),
	pv.Int32Value(0), pv.Int32Value(-1), pv.Int32Value(1), pv.Int32Value(200), pv.Int32Value(-200), pv.Int32Value(40000),
	pv.Int32Value(-70000), pv.Int32Value(math.MaxInt32), pv.Int32Value(math.MinInt32),
	pv.IntValue(pv.Int16, -1), pv.IntValue(pv.Int16, 32767), pv.IntValue(pv.Int16, 2),
	pv.IntValue(pv.Uint8, 0), pv.IntValue(pv.Uint8, 65), pv.IntValue(pv.Uint8, 200),
	pv.EnumValue(0), pv.EnumValue(1), pv.EnumValue(2), pv.EnumValue(40000),
	pv.ArrayValue([]string{"1", "2.5", "-3"}), pv.ArrayValue([]float64{1.5, -2.5, 300}), pv.ArrayValue([]int32{7, -8, 70000}),
	pv.ArrayValue([]int16{7, -8, 300}), pv.ArrayValue([]float32{1.5, -2.5, 0}), pv.ArrayValue([]uint8{72, 105, 0, 33}),
	pv.EnumArrayValue([]uint16{1, 0, 2}),
}

// conversionDifferences are those in which we do not follow softIoc.
var conversionDifferences = []struct{ pattern, why string }{
	{"ENUM DBR_STRING *", "an array of numbers of choices has no choices: softIoc takes no text, we take numbers"},
	{"ENUM * as DBR_STRING", "likewise: softIoc has no text for them, we have the number"},
	{`[A-Z]* DBR_STRING "" *`, "no text is 0 for a scalar, but softIoc refuses it for an array"},
	{`mbbo DBR_STRING "" *`, "softIoc finds the first of sixteen states without a name"},
	{`mbbo DBR_STRING "[12][.,e]*`, "softIoc passes over what follows a number, for an mbbo but not for a bo"},
	{"bo * as DBR_STRING", "softIoc has a text for states that do not exist, Illegal_Value"},
	{"ULONG DBR_STRING *", "softIoc reads a double and casts it, which C leaves open for these"},
	{"STRING * as DBR_ENUM", "softIoc reads text as ENUM by another way if it is one text than if it is several"},
	{"stringout * as DBR_ENUM", "likewise"},
	{"lso * as DBR_ENUM", "likewise"},
	{"STRING * as DBR_CHAR", "softIoc takes CHAR for signed in text, we take both"},
	{"stringout * as DBR_CHAR", "likewise"},
	{"lso * as DBR_CHAR", "likewise"},
}

// TestConversions writes what is hard to convert, in every type, to every kind of
// value, on softIoc and on ours, and reads it back in every type.
func TestConversions(t *testing.T) {
	t.Parallel()
	var ours, base []record.Spec
	var names []string
	add := func(s record.Spec, fields map[string]string) {
		s.Name = "C:" + s.Name
		names = append(names, s.Name)
		ours = append(ours, s)
		s.Fields = fields
		base = append(base, s)
	}
	add(record.Spec{Name: "ao", Type: record.AO, Info: pv.Info{Precision: 3}}, map[string]string{"PREC": "3"})
	add(record.Spec{Name: "longout", Type: record.Longout}, nil)
	add(record.Spec{Name: "int64out", Type: record.Int64out}, nil)
	add(record.Spec{Name: "stringout", Type: record.Stringout}, nil)
	add(record.Spec{Name: "lso", Type: record.LSO, Elements: 60}, map[string]string{"SIZV": "60"})
	add(record.Spec{Name: "bo", Type: record.BO, Info: pv.Info{Choices: []string{"off", "on"}}}, map[string]string{"ZNAM": "off", "ONAM": "on"})
	add(record.Spec{Name: "mbbo", Type: record.MBBO, Info: pv.Info{Choices: []string{"off", "on", "10"}}},
		map[string]string{"ZRST": "off", "ONST": "on", "TWST": "10"})
	kinds := []struct {
		kind pv.Kind
		name string
	}{
		{pv.String, "STRING"},
		{pv.Int8, "CHAR"},
		{pv.Uint8, "UCHAR"},
		{pv.Int16, "SHORT"},
		{pv.Uint16, "USHORT"},
		{pv.Int32, "LONG"},
		{pv.Uint32, "ULONG"},
		{pv.Int64, "INT64"},
		{pv.Uint64, "UINT64"},
		{pv.Float32, "FLOAT"},
		{pv.Float64, "DOUBLE"},
		{pv.Enum, "ENUM"},
	}
	for _, k := range kinds {
		add(record.Spec{Name: k.name, Type: record.Waveform, ElementKind: k.kind, Elements: 4, Info: pv.Info{Precision: 2}},
			map[string]string{"FTVL": k.name, "NELM": "4", "PREC": "2"})
	}
	compareServers(t, ours, base, conversionDifferences, func(t *testing.T, port int) map[string]string {
		c := dialRaw(t, port)
		lines := make(map[string]string)
		for _, name := range names {
			ch, ok := c.create(name)
			if !ok {
				c.t.Fatalf("no PV %s", name)
			}
			convert(c, ch, name[len("C:"):], lines)
		}
		return lines
	})
}

// convert writes everything to a channel and says what it holds then.
func convert(c *rawCircuit, ch rawChannel, label string, lines map[string]string) {
	for _, v := range conversionPuts {
		typ := dbr.Native(v.Kind())
		n := uint32(v.Len())
		payload, err := dbr.Append(nil, typ, n, &pv.Sample{Value: v}, nil)
		if err != nil {
			c.t.Fatal(err)
		}
		// Each begins with a 1, so that what is refused shows.
		b := protocol.AppendWrite(nil, uint16(dbr.Short), 1, ch.sid, 0, []byte{0, 1})
		put := c.id()
		b = protocol.AppendWriteNotify(b, uint16(typ), n, ch.sid, put, payload)
		var reads []uint32
		for t := dbr.String; t <= dbr.Double; t++ {
			reads = append(reads, c.id())
			b = protocol.AppendReadNotify(b, uint16(t), 0, ch.sid, reads[len(reads)-1])
		}
		c.send(b)
		key := fmt.Sprintf("%s %v %s", label, typ, strings.ReplaceAll(fmt.Sprintf("%q", fmt.Sprint(v)), "/", "|"))
		lines[key+" put"] = c.written(put).Error()
		for i, id := range reads {
			t := dbr.Type(i)
			status, count, b := c.answer(id)
			d, err := dbr.Decode(t, count, b)
			if err != nil {
				c.t.Fatal(err)
			}
			lines[fmt.Sprintf("%s as %v", key, t)] = fmt.Sprint(status, d.Sample.Value)
		}
	}
}
