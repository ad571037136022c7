package format

import (
	"errors"
	"fmt"
)

// What a [ScanError] is, for errors.Is.
var (
	// ErrMismatch means that the input is not what the format says: a CALC alarm.
	ErrMismatch = errors.New("input does not match")
	// ErrShort means that the input ended where more was expected.
	ErrShort = errors.New("input too short")
)

// SyntaxError says why a text is not a format.
type SyntaxError struct {
	Format string // the whole text
	Column int    // where, in bytes from 1
	Reason string // what was found and what was expected
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("format %q: column %d: %s", e.Format, e.Column, e.Reason)
}

// ScanError says where an input parts from a format. It is [ErrShort] or
// [ErrMismatch].
type ScanError struct {
	Offset int    // of the first byte that does not fit; the input's length if it is short
	Want   string // what was expected there
	Short  bool   // the input ended too early
}

func (e *ScanError) Error() string {
	if e.Short {
		return fmt.Sprintf("%v: at byte %d expected %s", ErrShort, e.Offset, e.Want)
	}
	return fmt.Sprintf("%v: at byte %d expected %s", ErrMismatch, e.Offset, e.Want)
}

// Is makes e either ErrShort or ErrMismatch.
func (e *ScanError) Is(target error) bool {
	return e.Short && target == ErrShort || !e.Short && target == ErrMismatch
}

// ValueError says why a value cannot be printed by its converter.
type ValueError struct {
	Arg       int    // index of the value; of the next one where * skips it
	Converter string // as written in the format
	Value     Arg
	Reason    string
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("cannot print value %v with %s: %s", e.Value, e.Converter, e.Reason)
}

// ArgsError is returned when the number of values is not that of the format's
// converters: a fault of the caller.
type ArgsError struct{ Got, Want int }

func (e *ArgsError) Error() string {
	return fmt.Sprintf("format has %d values, %d given", e.Want, e.Got)
}
