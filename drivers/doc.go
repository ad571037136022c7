// Package drivers is the contract between hardware and device support: what a
// [Driver] is, how it lives, and how a [Channel] is read, written and listened
// to. The drivers themselves stand in the folders below, one for each kind of
// hardware; each knows its bus and no records. Package device binds their
// channels to records.
//
// # Life of a driver
//
//	     Open ──ok──▶ Run ──ctx ends──▶ Close
//	      │ ▲          │
//	error │ │ back off │ fault
//	      ▼ │          ▼
//	     Close ◀───────┘
//
// One worker goroutine owns a driver. It calls Open, then starts Run beside
// itself and calls Read and Write of the channels, one at a time, until Run or a
// channel reports that the connection is lost; then it ends Run, calls Close,
// waits and opens again. So a driver needs no lock between its channels'
// operations; only what Run's goroutine shares with them needs one. A panic in any
// of these is the loss of the connection; a driver that starts goroutines of its own
// sees to that with [Guard].
package drivers
