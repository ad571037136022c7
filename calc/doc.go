// Package calc evaluates EPICS CALC expressions: "A*B + MAX(C, 0)".
//
//	text ──Compile──▶ Program ──Eval(vars)──▶ number
//
// [Compile] turns a text into a program for a small stack machine; [Program.Eval]
// runs it without allocating. With zero [Options] the language is that of
// EPICS base 7.0.10 to the letter: operands A to U and VAL, all operators and
// functions, their precedence, C's and 32-bit integer semantics, the assignment
// A:=expression and several expressions separated by semicolons, and the same
// classes of error ([Code]). The last digits of **, LOG, TAN and the like are
// those of Go's math package, not of a C library.
//
// With Options.Names, Resolve or Funcs the same operators and functions work on
// names instead of letters, as simulations want it:
//
//	VOLT / 12 + noise(0.002)
//	log_ramp(1e-9, 1e3, 60s)
//	{FAN:RPM} > 100 ? 1 : 0
//
// A name is a letter followed by letters, digits, _ and dots, or any text in
// braces; literals may carry a unit of time (h m s ms us ns) and are then in
// seconds; functions come from the caller and may keep state at each place
// where they are called. Names that the caller gives win over letters and
// constants, functions over built-in ones; the words AND, OR, XOR and NOT stay
// operators.
//
// # Operators
//
// From the tightest to the loosest, all associate to the left:
//
//	! ~ NOT - (unary), functions
//	** ^ (power)
//	* / %
//	+ -
//	< <= = == >= > # !=
//	& && AND << >> >>>
//	| || OR XOR
//	?:
//	:=
package calc
