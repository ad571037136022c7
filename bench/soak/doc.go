// Soak runs a server for a long time under clients of every kind, good and bad, and
// fails if anything the good ones were promised is broken or the server has grown:
//
//	make soak T=1h
//	go run ./bench/soak -t 10m -seed 7
//
//	good clients          monitors, gets, puts with completion     each holds the server to its word
//	thoughtless clients   slow readers, leavers, EVENTS_OFF for ever, 200 subscriptions and no reading
//	hostile peers         silence, garbage, trickled bytes, half-closed and reset connections, search floods
//	      │  TCP and UDP on 127.0.0.1
//	      ▼
//	one IOC in the same process, some of whose PVs are removed and made again all the time
//
// What must hold: a monitored counter never runs backwards and ends with the last
// value; a put with completion is answered once, and read back as written; a get of a
// good client is answered within the time limit; when all clients have gone the server
// has no more goroutines and channels than before they came, and no more memory than
// a stated tolerance. Server and clients share the process, so its goroutines and its
// heap are those of both.
package main
