// Package caserver serves the records of a database over Channel Access, as the C
// server of EPICS base (rsrv) does.
//
//	UDP search ─▶ answer loop ─▶ Database.Has
//	TCP ─▶ reader ─▶ circuit.Next ─▶ Database.Lookup, Field.Get, Put, Subscribe
//	         │ replies                                   │
//	         ▼                                           ▼ Post, PutDone (record's lock held)
//	socket ◀─┴─ one Write ◀─ encode ◀── writer ◀─wake── outbox: dirty subscriptions, completions
//
// The sockets follow the machine's network: interfaces that are not there are waited
// for, and beacons go where they reach (docs/network.md).
//
// Two goroutines serve a client, one if it only reads. The reader executes its requests in order and
// writes its own replies when its input runs dry; the writer is woken, once, when
// events or late completions wait. Each subscription keeps four values, and more while
// there is room for them in what all of the client's share; when it is full, or the
// client has switched events off, the newest value replaces the last one, so that a
// slow client costs only itself and still ends with the newest value. Large arrays go
// out in pieces, from the memory that the record has them in.
//
// [Limits] bound what clients make the server keep and how long they keep it waiting;
// a sweep every few seconds drops those that are late. [Server.Report] tells who is
// connected and which limits were reached (docs/limits.md).
//
// Records may come and go: clients of one that is removed get SERVER_DISCONN, and what
// they have sent before they hear of it is passed over; new ones restart the beacons.
//
// Where rsrv's behaviour differs from the published protocol, rsrv's is followed.
// Deliberately different: server ids are valid only on their own circuit, padding is
// always zero, several put-notifies on a channel queue without blocking the circuit,
// a monitor says that read access has gone whatever its filter, and everything a client
// can make the server keep has a limit.
package caserver
