package record

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/pv"
)

// Spec describes a record to be added. Only Name is needed: the zero values are
// those of a record in a database file that does not mention the field.
type Spec struct {
	Name    string
	Aliases []string
	Type    Type
	Desc    string

	// Info has the units, the states of a bi, bo, mbbi or mbbo, and the ranges.
	// Control is DRVL and DRVH of an output, to which whatever is written is held.
	// Warning and Alarm are LOW, HIGH, LOLO and HIHI; a limit whose severity is
	// NoAlarm has no effect.
	Info                 pv.Info
	HHSV, HSV, LSV, LLSV pv.Severity
	HYST                 float64 // how far a value must come back for its alarm to end
	MDEL, ADEL           float64 // deadbands: 0 any change, negative every processing

	// StateSeverities are ZSV, OSV or ZRSV…FFSV; UNSV is that of a value without
	// state, COSV that of any change.
	StateSeverities []pv.Severity
	UNSV, COSV      pv.Severity
	// StateValues are the raw values of the states, ZRVL…FFVL. Without them a raw
	// value is the index of the state.
	StateValues []uint32

	UDFS *pv.Severity // of a record that has never had a value; nil: INVALID
	// Initial is the value from the start, converted as a put is; Invalid: undefined.
	// A device gets it when the record first processes, see PINI.
	Initial pv.Value

	// Scan says when the record processes by itself; PINI, that it does so once
	// when the database starts.
	Scan Scan
	PINI bool

	// Elements is NELM of an array, 0 meaning 1; of a long string SIZV, its NUL
	// included, at least 16, 0 meaning 41. ElementKind is FTVL of an array; Invalid
	// means String, as in base.
	Elements    uint32
	ElementKind pv.Kind

	Device Device
	// Readback says of an output that Device.Read works: a scan reads the value
	// back instead of writing it again.
	Readback bool
	DTYP     string // name of the device support; "" is "Soft Channel"
	Link     string // INP or OUT, for display

	ASG string // access security group
	// ReadOnly keeps clients from writing the value. What they may do besides is a
	// matter of access security.
	ReadOnly bool

	// InfoTags are facts about the record by name, for other programs: info(name, value)
	// in a database file.
	InfoTags map[string]string

	// Fields has the initial text of any other field, by name.
	Fields map[string]string
}

// MaxName is the longest name of a record, in bytes (EPICS base: PVNAME_STRINGSZ
// without its NUL).
const MaxName = 60

// The largest record: as much as a client may have to take.
const (
	maxElements = 1 << 26
	maxStates   = 16
)

// SpecError says what is wrong with a Spec.
type SpecError struct {
	Record string
	Field  string // of the record, or of Spec
	Err    error
}

func (e *SpecError) Error() string {
	return fmt.Sprintf("record %q: %s: %v", e.Record, e.Field, e.Err)
}

func (e *SpecError) Unwrap() error { return e.Err }

// ErrDuplicate is wrapped by the error for a name that is taken.
var ErrDuplicate = errors.New("a record of this name exists")

func (s *Spec) check() error {
	bad := func(field, format string, args ...any) error {
		return &SpecError{Record: s.Name, Field: field, Err: fmt.Errorf(format, args...)}
	}
	for _, n := range append([]string{s.Name}, s.Aliases...) {
		switch {
		case n == "":
			return bad("NAME", "empty")
		case len(n) > MaxName:
			return bad("NAME", "%q has %d bytes, at most %d are allowed", n, len(n), MaxName)
		case strings.ContainsFunc(n, func(c rune) bool { return c <= ' ' || c == '.' || c == '"' || c == '\'' || c == '$' }):
			return bad("NAME", "%q has a blank, a quote, '.' or '$'", n)
		}
	}
	n, states := len(s.Info.Choices), s.Type.states()
	switch {
	case s.Type >= typeCount:
		return bad("Type", "unknown type %d", s.Type)
	case s.Scan.every > 0 && s.Scan.every < MinPeriod:
		return bad("SCAN", "period %v is below %v", s.Scan.every, MinPeriod)
	case s.Elements > maxElements:
		return bad("Elements", "%d is above %d", s.Elements, maxElements)
	case s.Elements > 32767 && (s.Type == LSI || s.Type == LSO):
		return bad("SIZV", "%d is above 32767", s.Elements)
	case s.Type.discrete() && (n > states || len(s.StateValues) > states || len(s.StateSeverities) > states):
		return bad("States", "at most %d states are allowed", states)
	case s.HYST < 0:
		return bad("HYST", "%v is negative", s.HYST)
	}
	return nil
}
