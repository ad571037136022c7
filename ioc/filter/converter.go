package filter

import (
	"bytes"

	"github.com/ioclet/ioclet/pv"
)

// converter is a filter that changes the value.
type converter interface {
	filter
	// bind fits the converter to what it is given, and says what it makes of it; nil
	// if it leaves that alone.
	bind(from Source) (converter, Source)
	convert(s pv.Sample) pv.Value
}

// arr takes elements start to end, both included, in steps. Negative ones count from
// the end of the present value.
type arr struct {
	start, step, end int32

	long  uint32 // elements of a text as characters, 0 of anything else
	ended bool   // … which ends with its first NUL
}

func (a arr) bind(from Source) (converter, Source) {
	if from.Count <= 1 {
		return nil, from
	}
	if a.step <= 0 {
		a.step = 1
	}
	if from.Long {
		a.long, a.ended = from.Count, from.Ended
	}
	_, from.Count = a.span(from.Count)
	return a, from
}

// span is the first element and their number, of n (base: dbExtractArray.c
// wrapArrayIndices).
func (a arr) span(n uint32) (first, count uint32) {
	size := int64(n)
	start, end := int64(a.start), int64(a.end)
	if start < 0 {
		start = max(start+size, 0)
	}
	if end < 0 {
		end = max(end+size, 0)
	}
	start, end = min(start, size), min(end, size-1)
	if end < start {
		return uint32(start), 0
	}
	return uint32(start), uint32((end-start)/int64(a.step) + 1)
}

func (a arr) convert(s pv.Sample) pv.Value {
	v := s.Value
	if a.long > 0 {
		return a.characters(v)
	}
	if !v.IsArray() {
		return v
	}
	n := uint32(v.Len())
	first, count := a.span(n)
	if a.step == 1 && count > n/2 {
		return v.Slice(int(first), int(first+count))
	}
	return v.Every(int(first), int(a.step), int(count)) // a small part does not keep a large whole
}

// characters is convert of a text. In base it has all the room of its field, whatever
// the text; a field of at most 39 bytes is then cut at its first NUL and ends with one
// if it has more than one character (dbAccess.c, dbGet of a long string).
func (a arr) characters(v pv.Value) pv.Value {
	text, _ := pv.Elements[uint8](v)
	whole := make([]uint8, a.long)
	copy(whole, text)
	first, count := a.span(a.long)
	v = pv.ArrayValue(whole).Every(int(first), int(a.step), int(count))
	if !a.ended || count == 0 {
		return v
	}
	part, _ := pv.Elements[uint8](v) // nobody else has it
	if count > 1 {
		part[count-1] = 0
	}
	if n := bytes.IndexByte(part, 0); n >= 0 {
		part = part[:n+1]
	}
	return pv.ArrayValue(part)
}

// tsNumber is ts with num: the time stamp as one or two numbers.
type tsNumber struct {
	form  string
	epoch uint32 // seconds from where they count to EPICS's epoch
}

func (t tsNumber) bind(Source) (converter, Source) {
	switch t.form {
	case "dbl":
		return t, Source{Kind: pv.Float64, Count: 1}
	case "ts":
		return t, Source{Kind: pv.Uint32, Count: 2}
	}
	return t, Source{Kind: pv.Uint32, Count: 1}
}

func (t tsNumber) convert(s pv.Sample) pv.Value {
	sec := s.Time.Sec + t.epoch
	switch t.form {
	case "dbl":
		return pv.Float64Value(float64(s.Time.Sec) + float64(t.epoch) + float64(s.Time.Nsec)*1e-9)
	case "sec":
		return pv.IntValue(pv.Uint32, int64(sec))
	case "nsec":
		return pv.IntValue(pv.Uint32, int64(s.Time.Nsec))
	}
	return pv.ArrayValue([]uint32{sec, s.Time.Nsec})
}

// tsText is ts with str: the time stamp as local time.
type tsText string

func (t tsText) bind(Source) (converter, Source) { return t, Source{Kind: pv.String, Count: 1} }

func (t tsText) convert(s pv.Sample) pv.Value {
	if s.Time.IsZero() {
		return pv.StringValue(s.Time.String())
	}
	layout := "2006-01-02 15:04:05.000000"
	if t == "iso" {
		layout = "2006-01-02T15:04:05.000000-0700"
	}
	// To the nearest microsecond, but not into the next second (base: epicsTime.cpp).
	s.Time.Nsec = min(s.Time.Nsec+500, 1e9-1)
	return pv.StringValue(s.Time.Time().Format(layout))
}
