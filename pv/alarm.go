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

// SeverityNames are the choices of a severity menu, in order.
func SeverityNames() []string { return append([]string(nil), severityNames[:]...) }

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

// StatusNames are the choices of a status menu, in order.
func StatusNames() []string { return append([]string(nil), statusNames[:]...) }

// Alarm is a status with its severity. The zero Alarm is no alarm.
type Alarm struct {
	Status   Status
	Severity Severity
}

// Undefined is the alarm of a value that has never been set.
var Undefined = Alarm{StatusUDF, InvalidAlarm}

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
