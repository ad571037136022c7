// Package prototest holds what tests of Channel Access programs share: the bytes
// that EPICS base's own programs put on the wire, the frame corpus made from them,
// and an in-memory link.
//
//	testdata/softioc-*.txt ─┐
//	testdata/libca-*.txt  ──┼─ Golden ─▶ []Case{Steps} ─▶ replay against a server or a client
//	                        │                └─ Messages ─┐
//	frames written by hand ─┴───────────────── Frames ◀───┘ ─▶ decode, encode, seeds of fuzz targets
//
// The recorded bytes are the judge: they come from the C server (softIoc) and the
// C client (libca), never from this module's own encoder.
package prototest
