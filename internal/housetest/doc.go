// Package housetest holds the module to the plan of docs/architecture.md: which
// package may import which, and what the packages of the wire may not touch. It
// has no code of its own beside its tests; the table on that page is its input,
// so that page and code cannot part.
package housetest
