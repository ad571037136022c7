package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// layout is the arrangement of what is printed about a PV.
type layout byte

// The layouts of base's tools.
const (
	plain layout = iota // name value
	terse               // value
	wide                // name time value status severity
	typed               // several lines with all that a DBR type tells
)

// text prints readings in the layouts of EPICS base's tools, so that scripts
// made for those carry over.
type text struct {
	layout
	numbers
	separator   byte
	counted     bool // a count was asked for: arrays of one begin with it too
	longStrings bool // arrays of characters are strings
	stamps      *stamps
}

// append writes the lines about r.
func (t *text) append(dst []byte, r *reading) []byte {
	switch t.layout {
	case terse:
		return t.appendPlain(dst, r)
	case wide:
		return t.appendWide(t.appendName(dst, r), r)
	case typed:
		return t.appendTyped(dst, r)
	}
	return t.appendPlain(t.appendName(dst, r), r)
}

// appendName pads the name of a scalar to a column, as base does unless another
// separator is wanted.
func (t *text) appendName(dst []byte, r *reading) []byte {
	if r.Sample.Value.Len() <= 1 && t.separator == ' ' {
		dst = fmt.Appendf(dst, "%-30s", r.name)
	} else {
		dst = append(dst, r.name...)
	}
	return append(dst, t.separator)
}

func (t *text) appendPlain(dst []byte, r *reading) []byte {
	if r.err != nil {
		return append(dst, complaint(r.err, "not connected")+"\n"...)
	}
	return append(t.appendWords(dst, r), '\n')
}

func (t *text) appendWide(dst []byte, r *reading) []byte {
	switch {
	case r.err == nil:
	case errors.Is(r.err, client.ErrNotFound):
		return append(dst, complaint(r.err, "")+"\n"...)
	default:
		return append(t.stamps.appendNow(dst), " "+complaint(r.err, "disconnected")+"\n"...)
	}
	dst = t.stamps.append(dst, r.name, r.Sample.Time)
	if r.Sample.Value.Len() > 0 {
		dst = t.appendWords(append(dst, t.separator), r)
	}
	dst = append(dst, t.separator)
	if r.Sample.Alarm == (pv.Alarm{}) {
		return append(dst, t.separator, '\n')
	}
	return fmt.Appendf(dst, "%v%c%v\n", r.Sample.Alarm.Status, t.separator, r.Sample.Alarm.Severity)
}

// appendWords writes the elements of a value, before those of an array their
// number.
func (t *text) appendWords(dst []byte, r *reading) []byte {
	v := r.Sample.Value
	if !t.isText(v) && (t.counted || v.Len() > 1) {
		dst = fmt.Appendf(dst, "%d%c", v.Len(), t.separator)
	}
	return t.appendValue(dst, r)
}

// isText reports whether v is an array of characters to be shown as a string.
func (t *text) isText(v pv.Value) bool {
	return t.longStrings && v.Kind() == pv.Uint8 && (t.counted || v.Len() > 1)
}

func (t *text) appendValue(dst []byte, r *reading) []byte {
	v := r.Sample.Value
	if t.isText(v) {
		if v.Len() == 1 {
			v = pv.ArrayValue([]uint8{uint8(v.At(0).Int64())})
		}
		return appendEscaped(dst, dbr.Text(v))
	}
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, t.separator)
		}
		dst = t.appendScalar(dst, v.At(i), r.choices())
	}
	return dst
}

// complaint is what stands in place of a value. gone says that the server is
// not connected any more.
func complaint(err error, gone string) string {
	var status protocol.Status
	var timeout *client.TimeoutError
	switch {
	case errors.Is(err, client.ErrNotFound):
		return "*** Not connected (PV not found)"
	case errors.Is(err, client.ErrDisconnected):
		return "*** " + gone
	case errors.As(err, &status) && status == protocol.ECANoRdAccess:
		return "*** no read access"
	case status != 0:
		return "*** CA error " + status.Error()
	case errors.As(err, &timeout):
		return "*** no data available (timeout)"
	}
	return "*** " + err.Error()
}

func (t *text) appendTyped(dst []byte, r *reading) []byte {
	dst = append(append(dst, r.name...), '\n')
	if r.err != nil {
		return append(dst, "    "+complaint(r.err, "not connected")+"\n"...)
	}
	dst = appendRow(dst, "Native data type:", strings.Replace(r.native.String(), "DBR_", "DBF_", 1))
	dst = appendRow(dst, "Request type:", r.Type.String())
	if r.Type == dbr.ClassName {
		name := ""
		if v := r.Sample.Value; v.Len() > 0 { // --callback gives that of an empty array no element
			name = v.At(0).Str()
		}
		return appendRow(dst, "Class Name:", name)
	}
	dst = appendRow(dst, "Element count:", fmt.Sprint(r.Sample.Value.Len()))
	dst = appendRow(dst, "Value:", string(t.appendValue(nil, r)))
	return appendDetails(dst, r)
}
