// Package reccaster announces the records of a database to a RecSync server
// (recceiver), which keeps a site's ChannelFinder up to date.
//
//	recceiver ── announcement, UDP 5049, every 15 s ──▶ Caster: the first one heard counts
//	          ◀── TCP, after a random wait ───────────
//	          ── greeting ──▶
//	          ◀── greeting, facts about the IOC, records with aliases and facts, done ──
//	          ── ping ──▶ ◀── pong ──
//	          ◀── records that come and go, done ────────── Database.Watch
//
// When the connection ends, or no ping comes, the next announcement is waited for and
// everything is told anew. The database never waits for the server: what changes is
// kept, within a bound, until it has been told.
//
// The protocol has no published specification: it is that of ChannelFinder's recsync,
// version 0, as its server and its C client speak it.
package reccaster
