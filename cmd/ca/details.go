package main

import (
	"fmt"
	"strconv"

	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// appendRow writes one line of the typed layout.
func appendRow(dst []byte, name, value string) []byte {
	return fmt.Appendf(dst, "    %-17s %s\n", name, value)
}

// appendDetails writes what the DBR type of r carries beside the value.
func appendDetails(dst []byte, r *reading) []byte {
	class := r.Type.Class()
	if class == dbr.Plain {
		return dst
	}
	if class == dbr.Time {
		dst = appendRow(dst, "Timestamp:", string(appendStamp(nil, r.Sample.Time)))
	}
	dst = appendRow(dst, "Status:", r.Sample.Alarm.Status.String())
	dst = appendRow(dst, "Severity:", r.Sample.Alarm.Severity.String())
	if r.Type == dbr.StsAckString {
		transient := "NO"
		if r.Ack.Transient {
			transient = "YES"
		}
		dst = appendRow(dst, "Ack transient?:", transient)
		return appendRow(dst, "Ack severity:", r.Ack.Severity.String())
	}
	if class != dbr.Gr && class != dbr.Ctrl {
		return dst
	}
	switch r.Type.Native() {
	case dbr.String:
		return dst
	case dbr.Enum:
		return appendChoices(dst, r.choices())
	}
	return appendLimits(dst, r, class == dbr.Ctrl)
}

func appendChoices(dst []byte, choices []string) []byte {
	dst = fmt.Appendf(dst, "    %-17s (%2d)\n", "Enums:", len(choices))
	for i, c := range choices {
		dst = fmt.Appendf(dst, "%22s[%2d] %s\n", "", i, c)
	}
	return dst
}

func appendLimits(dst []byte, r *reading, control bool) []byte {
	i := r.Info
	isFloat := r.Type.Native() == dbr.Float || r.Type.Native() == dbr.Double
	row := func(name string, x float64) {
		n := int64(x)
		if r.Type.Native() == dbr.Char {
			n = int64(int8(n)) // signed, as the values are
		}
		s := fmt.Sprintf("%8d", n)
		if isFloat {
			s = string(appendFloat(nil, x, 'g', 6))
		}
		dst = appendRow(dst, name, s)
	}
	dst = appendRow(dst, "Units:", i.Units)
	if isFloat {
		dst = appendRow(dst, "Precision:", strconv.Itoa(int(i.Precision)))
	}
	lowHigh := func(kind string, l pv.Limits) {
		row("Lo "+kind+" limit:", l.Low)
		row("Hi "+kind+" limit:", l.High)
	}
	lowHigh("disp", i.Display)
	row("Lo alarm limit:", i.Alarm.Low)
	row("Lo warn limit:", i.Warning.Low)
	row("Hi warn limit:", i.Warning.High)
	row("Hi alarm limit:", i.Alarm.High)
	if control {
		lowHigh("ctrl", i.Control)
	}
	return dst
}
