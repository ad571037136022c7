package pv

// Sample is a value as a client sees it: with the time it was taken and the
// alarm that goes with it.
type Sample struct {
	Value Value
	Time  Stamp
	Alarm Alarm
}

// Limits is a range, both ends included. Low == High == 0 means no limits.
type Limits struct{ Low, High float64 }

// Unset reports whether l means no limits.
func (l Limits) Unset() bool { return l == Limits{} }

// Clamp is x held to l; x itself if it is NaN or if Low < High does not hold: l is
// unset, turned round or has a NaN (as base treats DRVL and DRVH).
func (l Limits) Clamp(x float64) float64 {
	if l.Low < l.High {
		return min(max(x, l.Low), l.High)
	}
	return x
}

// Info is what a client shows beside a value. An Info is immutable once it is
// shared; change a copy and publish that.
type Info struct {
	Units     string   // engineering units; 7 bytes reach a Channel Access client
	Precision int16    // digits after the decimal point
	Choices   []string // states of an enum, at most 16; 25 bytes each reach a client
	Display   Limits   // LOPR, HOPR: range of a display
	Control   Limits   // DRVL, DRVH: range that may be written
	Warning   Limits   // LOW, HIGH; NaN: that side has no limit
	Alarm     Limits   // LOLO, HIHI; NaN: that side has no limit
}

// Choice is the text of an enum's index, "" if it has none.
func (i *Info) Choice(index int) string {
	if i == nil || index < 0 || index >= len(i.Choices) {
		return ""
	}
	return i.Choices[index]
}

// Mask says what has changed in an event, and which events a subscriber wants.
type Mask uint8

// The event classes, numbered as on the wire (EPICS caeventmask.h).
const (
	EventValue    Mask = 1 << iota // the value moved by more than MDEL
	EventLog                       // the value moved by more than ADEL: for archivers
	EventAlarm                     // status or severity changed
	EventProperty                  // units, limits, precision or choices changed
)
