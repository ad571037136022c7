// Package serial speaks with instruments that are asked and answer: over a serial
// port of this machine ([Line]) or of a terminal server ([RFC2217]), over the network
// ([TCP], [UDP], [Listener]) or a socket ([Unix]). What is said is given as lines of
// package format; see [Channel].
//
//	Read / Write              one exchange at a time               Run
//	     │                                                          │
//	     ▼              ┌──────────── session ───────────┐          ▼
//	  drain stale input │ writer goroutine ──▶ Conn      │   lines nobody asked for
//	  write command ───▶│                                │   ──▶ receive channels ──▶ Sink
//	  await a line  ◀───│ input buffer  ◀── reader gor.  │
//	  scan the reply    └────────────────────────────────┘
//
// A [Port] is a drivers.Driver: one worker owns it. It carries one or more
// devices, each with its own terminators, timeouts and health, as on an RS-485
// bus. A device that does not answer is asked ever less often, so that the others
// on the port are not starved.
//
// # Where does an answer end?
//
// At its terminator; or after a number of bytes (Length); or with its datagram; or when
// nothing more comes (ReadTimeout). It may be of several lines (Replies), and the device may
// send back what it is sent before it answers (Echo).
//
// # Whose answer is it?
//
// Text protocols rarely number their answers. What keeps a late answer from being
// taken for that to the next question: before a command is written, input that is
// already there is put aside (offered to receive channels, else counted and
// logged). After a question that was given up the port stays quiet until the
// late line has come, or for as long again; the OnExit values wait for half their time at
// most. After that the first line that does not fit is skipped rather than taken for a
// wrong answer. A device later than twice its
// timeout cannot be told from a punctual one: give it a longer Timeout.
//
// # Faults
//
//	no answer                          TIMEOUT
//	answer does not fit, is too long   CALC
//	value that a format cannot print   HWLIMIT
//	connection lost, port closed       COMM, Lost
//	write not taken by the port        WRITE, Lost
package serial
