package dbr

import (
	"strconv"

	"github.com/ioclet/ioclet/pv"
)

// Type is a DBR type as messages carry it in their DataType.
type Type uint16

// The DBR types (db_access.h).
const (
	String Type = iota
	Short       // DBR_SHORT and DBR_INT
	Float
	Enum
	Char
	Long
	Double
	StsString
	StsShort
	StsFloat
	StsEnum
	StsChar
	StsLong
	StsDouble
	TimeString
	TimeShort
	TimeFloat
	TimeEnum
	TimeChar
	TimeLong
	TimeDouble
	GrString
	GrShort
	GrFloat
	GrEnum
	GrChar
	GrLong
	GrDouble
	CtrlString
	CtrlShort
	CtrlFloat
	CtrlEnum
	CtrlChar
	CtrlLong
	CtrlDouble
	PutAckT      // writes ACKT: whether a passing alarm must be acknowledged
	PutAckS      // writes ACKS: acknowledges alarms up to a severity
	StsAckString // status, severity, ACKT, ACKS and the value as text
	ClassName    // the record type's name
)

// LastType is the highest type there is.
const LastType = ClassName

// plainTypes is how many plain types there are, and so the distance between
// classes.
const plainTypes = 7

// Class is what comes with the value.
type Class uint8

// The classes.
const (
	Plain   Class = iota // nothing
	Sts                  // status and severity
	Time                 // and the time
	Gr                   // status, severity, units, precision, display, warning and alarm limits, or the choices
	Ctrl                 // and control limits
	Special              // PutAckT and above
)

var plainNames = [plainTypes]string{"STRING", "SHORT", "FLOAT", "ENUM", "CHAR", "LONG", "DOUBLE"}

var classPrefixes = [...]string{"DBR_", "DBR_STS_", "DBR_TIME_", "DBR_GR_", "DBR_CTRL_"}

var specialNames = [...]string{"DBR_PUT_ACKT", "DBR_PUT_ACKS", "DBR_STSACK_STRING", "DBR_CLASS_NAME"}

// String is the name in db_access.h, for example "DBR_TIME_DOUBLE", or "DBR 99" for
// a number that is no type.
func (t Type) String() string {
	switch {
	case t < PutAckT:
		return classPrefixes[t.Class()] + plainNames[t%plainTypes]
	case t <= LastType:
		return specialNames[t-PutAckT]
	}
	return "DBR " + strconv.Itoa(int(t))
}

// Valid reports whether t is one of the types above.
func (t Type) Valid() bool { return t <= LastType }

// Class is t's class; [Special] for what is no type, too.
func (t Type) Class() Class { return Class(min(t/plainTypes, Type(Special))) }

// Native is the plain type of t's value: [Double] for [TimeDouble]. It is Short for
// PutAckT and PutAckS, String for the other special ones.
func (t Type) Native() Type {
	switch {
	case t < PutAckT:
		return t % plainTypes
	case t == PutAckT || t == PutAckS:
		return Short
	}
	return String
}

// With is the type of t's native type in class c: Double.With(Time) is
// [TimeDouble]. There is none for [Special]: that gives t's native type.
func (t Type) With(c Class) Type {
	if c >= Special {
		c = Plain
	}
	return t.Native() + Type(c)*plainTypes
}

// Kind is the kind of the values that a decoder makes of t.
func (t Type) Kind() pv.Kind { return plainKinds[t.Native()] }

var plainKinds = [plainTypes]pv.Kind{
	pv.String, pv.Int16, pv.Float32, pv.Enum, pv.Uint8, pv.Int32, pv.Float64,
}

// Native is the plain type under which a server offers a field of kind k (base:
// dbChannelIO and db_convert.h). What has no equal on the wire goes as the next
// wider one: Uint16 as Long; Uint32, Int64 and Uint64 as Double. The invalid kind
// goes as Double, which an empty field can be read as.
func Native(k pv.Kind) Type {
	switch k {
	case pv.String:
		return String
	case pv.Int8, pv.Uint8:
		return Char
	case pv.Int16:
		return Short
	case pv.Uint16, pv.Int32:
		return Long
	case pv.Float32:
		return Float
	case pv.Enum:
		return Enum
	}
	return Double
}
