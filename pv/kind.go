package pv

// Kind is the type of a value's elements: EPICS's native field types.
type Kind uint8

// The kinds. Enum is an unsigned 16-bit index into the choices of an [Info].
const (
	Invalid Kind = iota
	String
	Int8
	Uint8
	Int16
	Uint16
	Int32
	Uint32
	Int64
	Uint64
	Float32
	Float64
	Enum
)

var kindNames = [...]string{
	"invalid", "string", "int8", "uint8", "int16", "uint16", "int32", "uint32",
	"int64", "uint64", "float32", "float64", "enum",
}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "invalid"
}

// IsFloat reports whether k is Float32 or Float64.
func (k Kind) IsFloat() bool { return k == Float32 || k == Float64 }

// IsSigned reports whether k is a signed integer.
func (k Kind) IsSigned() bool { return k == Int8 || k == Int16 || k == Int32 || k == Int64 }

// IsNumber reports whether k is an integer or a float; Enum and String are not.
func (k Kind) IsNumber() bool { return k >= Int8 && k <= Float64 }
