package dbr

import "fmt"

// TypeError says that a DBR type does not exist or cannot be used in this way.
type TypeError struct {
	Type Type
	Use  string // what was asked for: "append", "decode", "write" …
}

func (e *TypeError) Error() string { return fmt.Sprintf("cannot %s %v", e.Use, e.Type) }

// SizeError says that a payload is too short for its type and count.
type SizeError struct {
	Type  Type
	Count uint32
	Got   int    // bytes there are
	Want  uint64 // bytes there must be
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%v: payload of %d bytes is too short for %d elements: %d needed", e.Type, e.Got, e.Count, e.Want)
}
