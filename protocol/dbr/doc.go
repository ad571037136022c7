// Package dbr is the data inside Channel Access messages: the DBR types 0 to 38,
// to and from the vocabulary of package pv.
//
//	pv.Sample + pv.Info ──Append──▶ payload ──Decode──▶ Data{Sample, Info}
//
// A type is one of seven plain ones, or a plain one behind status and severity
// (STS), time (TIME), metadata for a display (GR) or for an operator (CTRL), or one
// of four special ones. The layouts are those of db_access.h, big-endian, drawn in
// layout.go.
//
// The package is pure: no state, no I/O, safe from any goroutine.
package dbr
