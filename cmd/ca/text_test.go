package main

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// moment is that of all samples here, 2026-11-22 18:15:09.166846 in local
// time once rounded.
var moment = pv.StampOf(time.Date(2026, 11, 22, 18, 15, 9, 166845678, time.Local))

// values are readings of one kind each.
var values = struct {
	double, alarmed, array, empty, text, enum, undefined, chars, lost, missing, denied, late reading
}{
	double:    sampled("H6:AO", dbr.TimeDouble, pv.Float64Value(1.5)),
	alarmed:   withAlarm(sampled("H6:AO", dbr.TimeDouble, pv.Float64Value(10)), pv.StatusHiHi, pv.Major),
	array:     sampled("H6:WF", dbr.TimeDouble, pv.ArrayValue([]float64{1, 2.5, -3e9})),
	empty:     sampled("H6:WF", dbr.TimeDouble, pv.ArrayValue([]float64{})),
	text:      sampled("H6:STR", dbr.TimeString, pv.StringValue("hello w")),
	enum:      sampled("H6:BO", dbr.TimeString, pv.StringValue("Off")),
	undefined: withAlarm(reading{name: "H6:UNDEF", Data: dbr.Data{Type: dbr.TimeDouble, Sample: pv.Sample{Value: pv.Float64Value(0)}}}, pv.StatusUDF, pv.InvalidAlarm),
	chars:     sampled("H6:WFC", dbr.TimeChar, dbr.LongString("long\ntext")),
	lost:      reading{name: "X", err: &client.Error{PV: "X", Op: "get", Err: client.ErrDisconnected}},
	missing: reading{name: "X", err: &client.Error{PV: "X", Op: "get", Err: &client.TimeoutError{
		Cause: errors.New("deadline"), Reason: client.ErrNotFound,
	}}},
	denied: reading{name: "X", err: &client.Error{PV: "X", Op: "get", Err: protocol.ECANoRdAccess}},
	late:   reading{name: "X", err: &client.Error{PV: "X", Op: "get", Err: &client.TimeoutError{Cause: errors.New("deadline")}}},
}

func sampled(name string, t dbr.Type, v pv.Value) reading {
	return reading{name: name, native: t.Native(), Data: dbr.Data{Type: t, Sample: pv.Sample{Value: v, Time: moment}}}
}

func withAlarm(r reading, s pv.Status, severity pv.Severity) reading {
	r.Sample.Alarm = pv.Alarm{Status: s, Severity: severity}
	return r
}

func newText(t *testing.T, l layout) text {
	t.Helper()
	s, err := newStamps("", func() time.Time { return moment.Time() })
	if err != nil {
		t.Fatal(err)
	}
	return text{layout: l, numbers: numbers{verb: 'g', precision: 6}, separator: ' ', stamps: s}
}

// TestLayouts: the lines of caget and camonitor of EPICS base 7.0.10 from softIoc,
// but for a PV that is missing: base has no line for it in caget.
func TestLayouts(t *testing.T) {
	const stamp = "2026-11-22 18:15:09.166846"
	for _, test := range []struct {
		name   string
		layout layout
		change func(*text)
		r      *reading
		want   string
	}{
		{name: "scalar", r: &values.double, want: "H6:AO                          1.5\n"},
		{name: "array", r: &values.array, want: "H6:WF 3 1 2.5 -3e+09\n"},
		{name: "empty array", r: &values.empty, want: "H6:WF                          \n"},
		{name: "string", r: &values.text, want: "H6:STR                         hello w\n"},
		{name: "counted", r: &values.double, change: func(t *text) { t.counted = true }, want: "H6:AO                          1 1.5\n"},
		{name: "separator", r: &values.double, change: func(t *text) { t.separator = ',' }, want: "H6:AO,1.5\n"},
		{name: "array with separator", r: &values.array, change: func(t *text) { t.separator = ';' }, want: "H6:WF;3;1;2.5;-3e+09\n"},
		{name: "long string", r: &values.chars, change: func(t *text) { t.longStrings = true }, want: "H6:WFC long\\ntext\n"},
		{name: "characters", r: &values.chars, want: "H6:WFC 10 108 111 110 103 10 116 101 120 116 0\n"},
		{name: "missing", r: &values.missing, want: "X                              *** Not connected (PV not found)\n"},
		{name: "lost", r: &values.lost, want: "X                              *** not connected\n"},
		{name: "denied", r: &values.denied, want: "X                              *** no read access\n"},
		{name: "late", r: &values.late, want: "X                              *** no data available (timeout)\n"},

		{name: "terse scalar", layout: terse, r: &values.double, want: "1.5\n"},
		{name: "terse array", layout: terse, r: &values.array, want: "3 1 2.5 -3e+09\n"},

		{name: "wide", layout: wide, r: &values.double, want: "H6:AO                          " + stamp + " 1.5  \n"},
		{name: "wide alarm", layout: wide, r: &values.alarmed, want: "H6:AO                          " + stamp + " 10 HIHI MAJOR\n"},
		{name: "wide array", layout: wide, r: &values.array, want: "H6:WF " + stamp + " 3 1 2.5 -3e+09  \n"},
		{name: "wide empty array", layout: wide, r: &values.empty, want: "H6:WF                          " + stamp + "  \n"},
		{name: "wide undefined", layout: wide, r: &values.undefined, want: "H6:UNDEF                       <undefined> 0 UDF INVALID\n"},
		{name: "wide missing", layout: wide, r: &values.missing, want: "X                              *** Not connected (PV not found)\n"},
		{name: "wide lost", layout: wide, r: &values.lost, want: "X                              " + stamp + " *** disconnected\n"},
		{name: "wide separator", layout: wide, r: &values.enum, change: func(t *text) { t.separator = ',' }, want: "H6:BO," + stamp + ",Off,,\n"},
	} {
		x := newText(t, test.layout)
		if test.change != nil {
			test.change(&x)
		}
		if got := string(x.append(nil, test.r)); got != test.want {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
	}
}

// TestTyped: caget -d of EPICS base 7.0.10 from softIoc.
func TestTyped(t *testing.T) {
	nan := math.NaN()
	ao := pv.Info{
		Units: "V", Precision: 3, Display: pv.Limits{Low: -10, High: 10}, Control: pv.Limits{Low: -10, High: 10},
		Warning: pv.Limits{Low: nan, High: 5}, Alarm: pv.Limits{Low: nan, High: 9},
	}
	udf := pv.Alarm{Status: pv.StatusUDF, Severity: pv.InvalidAlarm}
	for _, test := range []struct {
		r    reading
		want string
	}{
		{
			reading{name: "H6:AO", native: dbr.Double, Data: dbr.Data{Type: dbr.CtrlDouble, Sample: pv.Sample{Value: pv.Float64Value(1.5)}, Info: &ao}},
			`H6:AO
    Native data type: DBF_DOUBLE
    Request type:     DBR_CTRL_DOUBLE
    Element count:    1
    Value:            1.5
    Status:           NO_ALARM
    Severity:         NO_ALARM
    Units:            V
    Precision:        3
    Lo disp limit:    -10
    Hi disp limit:    10
    Lo alarm limit:   nan
    Lo warn limit:    nan
    Hi warn limit:    5
    Hi alarm limit:   9
    Lo ctrl limit:    -10
    Hi ctrl limit:    10
`,
		},
		{
			reading{name: "H6:MBBO", native: dbr.Enum, Data: dbr.Data{
				Type: dbr.GrEnum, Sample: pv.Sample{Value: pv.EnumValue(0), Alarm: udf},
				Info: &pv.Info{Choices: []string{"Zero", "One", "Two"}},
			}},
			`H6:MBBO
    Native data type: DBF_ENUM
    Request type:     DBR_GR_ENUM
    Element count:    1
    Value:            Zero
    Status:           UDF
    Severity:         INVALID
    Enums:            ( 3)
                      [ 0] Zero
                      [ 1] One
                      [ 2] Two
`,
		},
		{
			reading{name: "H6:LO", native: dbr.Long, Data: dbr.Data{
				Type: dbr.GrShort, Sample: pv.Sample{Value: pv.IntValue(pv.Int16, -3)}, Info: &pv.Info{},
			}},
			`H6:LO
    Native data type: DBF_LONG
    Request type:     DBR_GR_SHORT
    Element count:    1
    Value:            -3
    Status:           NO_ALARM
    Severity:         NO_ALARM
    Units:            ` + `
    Lo disp limit:           0
    Hi disp limit:           0
    Lo alarm limit:          0
    Lo warn limit:           0
    Hi warn limit:           0
    Hi alarm limit:          0
`,
		},
		{
			reading{name: "H6:AO", native: dbr.Double, Data: dbr.Data{Type: dbr.StsAckString, Sample: pv.Sample{Value: pv.StringValue("1.500")}, Ack: dbr.Ack{Transient: true}}},
			`H6:AO
    Native data type: DBF_DOUBLE
    Request type:     DBR_STSACK_STRING
    Element count:    1
    Value:            1.500
    Status:           NO_ALARM
    Severity:         NO_ALARM
    Ack transient?:   YES
    Ack severity:     NO_ALARM
`,
		},
		{
			reading{name: "H6:AO", native: dbr.Double, Data: dbr.Data{Type: dbr.ClassName, Sample: pv.Sample{Value: pv.StringValue("ao")}}},
			`H6:AO
    Native data type: DBF_DOUBLE
    Request type:     DBR_CLASS_NAME
    Class Name:       ao
`,
		},
		{
			reading{name: "H6:WF", native: dbr.Double, Data: dbr.Data{Type: dbr.ClassName, Sample: pv.Sample{Value: pv.ArrayValue([]string{})}}},
			`H6:WF
    Native data type: DBF_DOUBLE
    Request type:     DBR_CLASS_NAME
    Class Name:       ` + `
`,
		},
		{
			reading{name: "H6:UNDEF", native: dbr.Double, Data: dbr.Data{Type: dbr.TimeString, Sample: pv.Sample{Value: pv.StringValue("0.00"), Alarm: udf}}},
			`H6:UNDEF
    Native data type: DBF_DOUBLE
    Request type:     DBR_TIME_STRING
    Element count:    1
    Value:            0.00
    Timestamp:        <undefined>
    Status:           UDF
    Severity:         INVALID
`,
		},
		{
			values.missing,
			"X\n    *** Not connected (PV not found)\n",
		},
	} {
		x := newText(t, typed)
		if d := cmp.Diff(test.want, string(x.append(nil, &test.r))); d != "" {
			t.Errorf("%v: -want +got\n%s", test.r.Type, d)
		}
	}
}

func TestStamps(t *testing.T) {
	at := func(sec, nsec int) pv.Stamp {
		return pv.StampOf(time.Date(2026, 11, 22, 18, 15, sec, nsec, time.Local))
	}
	for _, test := range []struct{ key, want string }{
		{"", "2026-11-22 18:15:01.000000|2026-11-22 18:15:02.000000|2026-11-22 18:15:04.500000|"},
		{"s", "2026-11-22 18:15:01.000000|2026-11-22 18:15:02.000000|2026-11-22 18:15:04.500000|"},
		{"c", "(2026-11-22 18:15:11.000000)|(2026-11-22 18:15:12.000000)|(2026-11-22 18:15:14.500000)|"},
		{"n", "|||"},
		{"sr", "2026-11-22 18:15:01.000000|2026-11-22 18:15:02.000000|                 +3.500000|"},
		{"si", "2026-11-22 18:15:01.000000|2026-11-22 18:15:02.000000|                 +2.500000|"},
		{"sI", "2026-11-22 18:15:01.000000|2026-11-22 18:15:02.000000|                 +3.500000|"},
		{"cr", "(2026-11-22 18:15:11.000000)|(2026-11-22 18:15:12.000000)|              (   +4.500000)|"},
		{"r", "|||"},
	} {
		clock := at(10, 0)
		s, err := newStamps(test.key, func() time.Time { return clock.Time() })
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		for _, u := range []struct {
			name  string
			stamp pv.Stamp
		}{{"A", at(1, 0)}, {"B", at(2, 0)}, {"A", at(4, 5e8)}} {
			clock = pv.Stamp{Sec: u.stamp.Sec + 10, Nsec: u.stamp.Nsec}
			got = append(s.append(got, u.name, u.stamp), '|')
		}
		if string(got) != test.want {
			t.Errorf("-t %s:\n got %s\nwant %s", test.key, got, test.want)
		}
	}
	if _, err := newStamps("sx", time.Now); err == nil {
		t.Error("-t sx makes sense")
	}
	if got := string(appendStamp(nil, at(59, 999999999))); got != "2026-11-22 18:15:59.999999" {
		t.Errorf("rounding: %s", got)
	}
}

func TestJSON(t *testing.T) {
	local := moment.Time().Format(time.RFC3339Nano)
	enum := sampled("E", dbr.GrEnum, pv.EnumValue(1))
	enum.Info = &pv.Info{Choices: []string{"Off", "<On>"}}
	ctrl := sampled("D", dbr.CtrlFloat, pv.Float32Value(0.1))
	ctrl.Info = &pv.Info{Units: "V", Precision: 1, Alarm: pv.Limits{Low: math.NaN(), High: math.Inf(1)}}
	for _, test := range []struct {
		r    reading
		long bool
		want string
	}{
		{r: values.alarmed, want: `{"pv":"H6:AO","value":10,"time":"` + local + `","status":"HIHI","severity":"MAJOR","type":"DBR_TIME_DOUBLE"}`},
		{r: values.empty, want: `{"pv":"H6:WF","value":[],"time":"` + local + `","status":"NO_ALARM","severity":"NO_ALARM","type":"DBR_TIME_DOUBLE"}`},
		{r: values.chars, long: true, want: `{"pv":"H6:WFC","value":"long\ntext","time":"` + local + `","status":"NO_ALARM","severity":"NO_ALARM","type":"DBR_TIME_CHAR"}`},
		{r: sampled("S", dbr.Double, pv.ArrayValue([]float64{1e21, math.NaN(), math.Copysign(math.NaN(), -1), math.Inf(-1)})), want: `{"pv":"S","value":[1e+21,"nan","nan","-inf"],"type":"DBR_DOUBLE"}`},
		{r: enum, want: `{"pv":"E","value":1,"status":"NO_ALARM","severity":"NO_ALARM","choices":["Off","<On>"],"type":"DBR_GR_ENUM"}`},
		{r: ctrl, want: `{"pv":"D","value":0.1,"status":"NO_ALARM","severity":"NO_ALARM","units":"V","precision":1,"display":{"low":0,"high":0},"control":{"low":0,"high":0},"warning":{"low":0,"high":0},"alarm":{"low":"nan","high":"inf"},"type":"DBR_CTRL_FLOAT"}`},
		{r: values.denied, want: `{"pv":"X","error":"pv \"X\": get: ` + protocol.ECANoRdAccess.Error() + `"}`},
	} {
		got, err := appendJSON(nil, &test.r, test.long)
		if err != nil || string(got) != test.want+"\n" {
			t.Errorf("%s:\n got %s, %v\nwant %s", test.r.name, got, err, test.want)
		}
	}
}
