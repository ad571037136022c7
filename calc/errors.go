package calc

import "fmt"

// Code is the class of an [Error], numbered as in EPICS base (postfix.h).
type Code int

// The classes of error.
const (
	TooMany        Code = iota + 1 // more than one result
	BadLiteral                     // a number that is none or does not fit
	BadAssignment                  // something else than a variable before :=
	BadSeparator                   // a comma outside parentheses
	ParenNotOpen                   // ) without (
	ParenOpen                      // ( without )
	BadConditional                 // ? without : or : without ?
	Incomplete                     // an operand is missing
	Underflow                      // an operator lacks operands
	Overflow                       // nested too deep
	BadSyntax                      // neither operand nor operator
	Empty                          // no expression
)

var codeNames = [...]string{
	TooMany:        "more than one result",
	BadLiteral:     "bad number",
	BadAssignment:  "bad target of an assignment",
	BadSeparator:   "comma outside parentheses",
	ParenNotOpen:   ") without (",
	ParenOpen:      "( without )",
	BadConditional: "? without : or : without ?",
	Incomplete:     "an operand is missing",
	Underflow:      "an operator lacks operands",
	Overflow:       "nested too deep",
	BadSyntax:      "not understood",
	Empty:          "no expression",
}

func (c Code) String() string {
	if c >= TooMany && int(c) < len(codeNames) {
		return codeNames[c]
	}
	return fmt.Sprintf("calc error %d", int(c))
}

// Error says why a text is not an expression.
type Error struct {
	Expr       string // the whole text
	Column     int    // where, in bytes from 1
	Code       Code
	Reason     string // what was found and what was expected, if Code does not say it
	Suggestion string // a known name that looks like an unknown one
}

func (e *Error) Error() string {
	s := fmt.Sprintf("expression %q: column %d: ", e.Expr, e.Column)
	if e.Reason == "" {
		s += e.Code.String()
	} else {
		s += e.Reason
	}
	if e.Suggestion != "" {
		s += fmt.Sprintf(" (did you mean %s?)", e.Suggestion)
	}
	return s
}

// VarsError is returned when a program is given fewer variables than it uses: a
// fault of the caller.
type VarsError struct{ Got, Want int }

func (e *VarsError) Error() string {
	return fmt.Sprintf("expression uses %d variables, %d given", e.Want, e.Got)
}
