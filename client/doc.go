// Package client reads, writes and watches process variables over Channel Access.
//
//	Context ──┬── search: one UDP socket, names in batches ──▶ servers
//	          │
//	          ├── circuit per server and priority: a reader and a writer
//	          │        │
//	          ├── Channel ── Get, Put, PutNotify
//	          └── Monitor ── a bounded queue of updates of many channels
//
// A [Context] is one client. Its [Channel]s connect by themselves when they are
// first used and again when their server has come back; there is no goroutine per
// channel, so ten thousand of them cost what their names do. Of a [Monitor]'s
// updates the newest always arrives.
//
// Every blocking call takes a context and returns when that ends, with an error
// that says how far it came: not found (and where it was searched), found but not
// answering, or refused by the server with one of protocol's statuses.
//
// No repeater is needed; if one runs on the machine its beacons shorten the search
// for servers that have come back.
package client
