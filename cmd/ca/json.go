package main

import (
	"bytes"
	"encoding/json"
	"math"
	"time"

	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// line is one reading in JSON. Fields that the reading does not have are left
// out. Numbers that JSON does not know are the strings "nan", "inf" and "-inf".
type line struct {
	PV        string   `json:"pv"`
	Value     any      `json:"value,omitempty"`
	Time      string   `json:"time,omitempty"`
	Status    string   `json:"status,omitempty"`
	Severity  string   `json:"severity,omitempty"`
	Units     string   `json:"units,omitempty"`
	Precision *int16   `json:"precision,omitempty"`
	Choices   []string `json:"choices,omitempty"`
	Display   *limits  `json:"display,omitempty"`
	Control   *limits  `json:"control,omitempty"`
	Warning   *limits  `json:"warning,omitempty"`
	Alarm     *limits  `json:"alarm,omitempty"`
	Type      string   `json:"type,omitempty"`
	Error     string   `json:"error,omitempty"`
}

type limits struct {
	Low  any `json:"low"`
	High any `json:"high"`
}

// appendJSON writes r as one line. longStrings turns arrays of characters into
// strings.
func appendJSON(dst []byte, r *reading, longStrings bool) ([]byte, error) {
	l := line{PV: r.name}
	if r.err != nil {
		l.Error = r.err.Error()
	} else {
		l.fill(r, longStrings)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(&l); err != nil {
		return dst, err
	}
	return append(dst, b.Bytes()...), nil
}

func (l *line) fill(r *reading, longStrings bool) {
	l.Type = r.Type.String()
	l.Value = jsonValue(r.Sample.Value, longStrings)
	class := r.Type.Class()
	if class == dbr.Plain || r.Type == dbr.ClassName {
		return
	}
	l.Status = r.Sample.Alarm.Status.String()
	l.Severity = r.Sample.Alarm.Severity.String()
	if class == dbr.Time && !r.Sample.Time.IsZero() {
		l.Time = r.Sample.Time.Time().Format(time.RFC3339Nano)
	}
	if class != dbr.Gr && class != dbr.Ctrl {
		return
	}
	switch r.Type.Native() {
	case dbr.String:
	case dbr.Enum:
		l.Choices = r.choices()
	default:
		l.fillNumber(r)
	}
}

func (l *line) fillNumber(r *reading) {
	i := r.Info
	l.Units = i.Units
	if n := r.Type.Native(); n == dbr.Float || n == dbr.Double {
		l.Precision = &i.Precision
	}
	l.Display, l.Warning, l.Alarm = jsonLimits(i.Display), jsonLimits(i.Warning), jsonLimits(i.Alarm)
	if r.Type.Class() == dbr.Ctrl {
		l.Control = jsonLimits(i.Control)
	}
}

func jsonLimits(l pv.Limits) *limits {
	return &limits{Low: jsonFloat(l.Low), High: jsonFloat(l.High)}
}

func jsonValue(v pv.Value, longStrings bool) any {
	if !v.IsArray() {
		return jsonScalar(v)
	}
	if longStrings && v.Kind() == pv.Uint8 {
		return dbr.Text(v)
	}
	list := make([]any, v.Len())
	for i := range list {
		list[i] = jsonScalar(v.At(i))
	}
	return list
}

func jsonScalar(v pv.Value) any {
	switch {
	case v.Kind() == pv.String:
		return v.Str()
	case v.Kind() == pv.Float32:
		if x := v.Float64(); !math.IsNaN(x) && !math.IsInf(x, 0) {
			return float32(x) // the shortest text that gives it back
		}
		return jsonFloat(v.Float64())
	case v.Kind().IsFloat():
		return jsonFloat(v.Float64())
	}
	return v.Int64()
}

func jsonFloat(x float64) any {
	switch {
	case math.IsNaN(x):
		return "nan" // whatever its sign, which C prints
	case math.IsInf(x, 1):
		return "inf"
	case math.IsInf(x, -1):
		return "-inf"
	}
	return x
}
