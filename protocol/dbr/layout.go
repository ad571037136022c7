package dbr

// Field widths in db_access.h, in bytes.
const (
	StringLen = 40 // a string with its NUL
	UnitsLen  = 8  // engineering units with their NUL
	ChoiceLen = 26 // an enum's choice with its NUL
)

// MaxChoices is how many choices GR_ENUM and CTRL_ENUM hold.
const MaxChoices = 16

// elemLen is the length of one element of each plain type.
var elemLen = [plainTypes]uint8{StringLen, 2, 4, 2, 1, 4, 8}

// valueOffset is where the value begins in each type, which is after
//
//	STS   status u16 │ severity u16 │ pad: CHAR 1, DOUBLE 4
//
//	TIME  status u16 │ severity u16 │ seconds u32 │ nanoseconds u32 │ pad: SHORT 2, ENUM 2, CHAR 3, DOUBLE 4
//
//	GR_SHORT, GR_CHAR, GR_LONG
//	      status u16 │ severity u16 │ units 8 │ six limits │ pad: CHAR 1
//	GR_FLOAT, GR_DOUBLE
//	      status u16 │ severity u16 │ precision i16 │ pad 2 │ units 8 │ six limits
//	GR_ENUM, CTRL_ENUM
//	      status u16 │ severity u16 │ number of choices u16 │ 16 × 26 choices
//	CTRL_…
//	      as GR_… with eight limits
//	GR_STRING, CTRL_STRING
//	      as STS_STRING
//
//	limits, each of the value's type:
//	      upper, lower display │ upper alarm │ upper warning │ lower warning │ lower alarm │ upper, lower control
//
//	STSACK_STRING
//	      status u16 │ severity u16 │ ackt u16 │ acks u16 │ string 40
var valueOffset = [LastType + 1]uint16{
	// string, short, float, enum, char, long, double
	0, 0, 0, 0, 0, 0, 0, // plain
	4, 4, 4, 4, 5, 4, 8, // STS
	12, 14, 12, 14, 15, 12, 16, // TIME
	4, 24, 40, 422, 19, 36, 64, // GR
	4, 28, 48, 422, 21, 44, 80, // CTRL
	0, 0, 8, 0, // PUT_ACKT, PUT_ACKS, STSACK_STRING, CLASS_NAME
}

// valueLen is the length of one element of each type.
var valueLen = func() (lens [LastType + 1]uint8) {
	for t := range lens {
		lens[t] = elemLen[Type(t).Native()]
	}
	return lens
}()

// Size is the length of count elements of type t with all that comes before them,
// in bytes, without the padding to 8 that a message adds (db_access.h dbr_size_n).
// It is 0 if t is no type.
func Size(t Type, count uint32) uint64 {
	if !t.Valid() {
		return 0
	}
	return uint64(valueOffset[t]) + uint64(count)*uint64(valueLen[t])
}
