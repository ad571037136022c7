package pv

// Severity is how bad an alarm is.
type Severity uint8

// The severities, in ascending order (EPICS alarm.h).
const (
	NoAlarm Severity = iota
	Minor
	Major
	InvalidAlarm
)

var severityNames = [...]string{"NO_ALARM", "MINOR", "MAJOR", "INVALID"}

func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return "UNKNOWN"
}

// Status is the cause of an alarm.
type Status uint8

// The alarm conditions, numbered as on the wire (EPICS alarm.h).
const (
	StatusNone Status = iota
	StatusRead
	StatusWrite
	StatusHiHi
	StatusHigh
	StatusLoLo
	StatusLow
	StatusState
	StatusCOS
	StatusComm
	StatusTimeout
	StatusHwLimit
	StatusCalc
	StatusScan
	StatusLink
	StatusSoft
	StatusBadSub
	StatusUDF
	StatusDisable
	StatusSimm
	StatusReadAccess
	StatusWriteAccess
)

var statusNames = [...]string{
	"NO_ALARM", "READ", "WRITE", "HIHI", "HIGH", "LOLO", "LOW", "STATE", "COS", "COMM", "TIMEOUT",
	"HWLIMIT", "CALC", "SCAN", "LINK", "SOFT", "BAD_SUB", "UDF", "DISABLE", "SIMM", "READ_ACCESS",
	"WRITE_ACCESS",
}

func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "UNKNOWN"
}

// Alarm is a status with its severity. The zero Alarm is no alarm.
type Alarm struct {
	Status   Status
	Severity Severity
}

// Raise is the worse of a and b; of two equally bad ones a, since the first cause
// seen in one processing stands (EPICS recGblSetSevr).
func (a Alarm) Raise(b Alarm) Alarm {
	if b.Severity > a.Severity {
		return b
	}
	return a
}

func (a Alarm) String() string {
	if a.Severity == NoAlarm {
		return severityNames[NoAlarm]
	}
	return a.Severity.String() + "/" + a.Status.String()
}
