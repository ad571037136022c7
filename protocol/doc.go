// Package protocol is Channel Access as bytes: the header, every message of
// CA 4.13 in both directions, the ECA status codes and the errors made of them.
//
//	           Next                                   AppendXxx
//	bytes ───────────────▶ Message{Header, Payload}  ───────────▶ bytes
//	           Need: how much more                    BeginMessage … FinishMessage
//
// A message is a header of 16 bytes, or of 24 where the payload or the count
// does not fit, and a payload padded with zeros to a multiple of 8. Everything is
// big-endian.
//
//	 0        2        4        6        8            12           16       20       24
//	┌────────┬────────┬────────┬────────┬────────────┬────────────┐
//	│command │ size   │  type  │ count  │  param 1   │  param 2   │
//	├────────┼────────┼────────┼────────┼────────────┼────────────┼────────┬────────┐
//	│command │ 0xFFFF │  type  │   0    │  param 1   │  param 2   │  size  │ count  │
//	└────────┴────────┴────────┴────────┴────────────┴────────────┴────────┴────────┘
//
// The package holds no state and knows of no socket, clock or goroutine: its
// functions may be called from anywhere. Encoders append to a slice the caller
// owns and allocate only where that slice must grow; decoders return slices of
// their input.
//
// What a DBR payload holds is package dbr's matter, what a message means in a
// circuit's state is package circuit's.
package protocol
