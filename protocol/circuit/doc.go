// Package circuit is Channel Access as a state machine without input or output:
// no goroutine, no socket, no clock, no lock. Bytes and the time come in, events
// and bytes go out, so that every rule of the protocol can be tested on bytes.
//
//	socket ─ read ──▶ Space/Advance ──▶ Next ──▶ Event ──▶ the owner decides
//	socket ◀ write ── dst ◀── senders, Tick ◀────────────────────┘
//
// A [Circuit] is one TCP connection, seen by its server or by its client. It
// knows which channels, subscriptions and requests exist on it, gives out their
// ids, and refuses what the other side may not send (an event, as its owner has
// to answer it) and what its own side may not send (an error from the sender).
// One table holds the states and what moves them, for both roles.
//
// Over UDP a [SearchServer] answers name searches, a [SearchBatch] and a
// [DatagramReader] make them, a [SearchSchedule] and a [BeaconSchedule] say when,
// and a [BeaconTracker] notices servers that have come or come back.
//
// The rules follow the C server of EPICS base (rsrv) and its client (libca) where
// the published specification is silent.
package circuit
