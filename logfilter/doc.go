// Package logfilter chooses what a program logs in detail: a [log/slog] handler that
// lets the important records of everything pass, and of chosen PVs, clients and roles
// every detail, down to each message.
//
//	record ──▶ level ≥ Filter.Level? ──yes──────────────────▶ the program's handler
//	             │ no
//	             └─▶ ≥ Filter.Detail, and its pv, peer, role are chosen? ─yes─▶
//
// The packages of ioclet log with the attributes "pv" (a PV's name), "peer" (address
// and port at the other end) and "role" ("server" or "client").
package logfilter
