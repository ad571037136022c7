// Package conformance judges Channel Access servers: it plays what the C server of
// EPICS base does, row by row, against any server, and compares the bytes.
//
//	Row ──▶ raw TCP circuits and UDP datagrams ──▶ server at host:port
//	 └── what the C server does: header by header, byte by byte ◀──┘
//
// It knows nothing of the server but its address: messages are put together and split
// by package protocol, and what is in them is compared as it stands. Bytes that mean
// nothing (padding, what is behind the NUL of a text) are not compared, nor are texts
// of errors.
//
// # Your own server
//
// A server that is to be judged serves the PVs of conformance.db, the access rules of
// conformance.acf apply, and TCP and UDP have the same port. With softIoc:
//
//	softIoc -a conformance.acf -d conformance.db
//
// with rpi-ioc, for which conformance.yaml says the same:
//
//	rpi-ioc run --sim conformance.yaml
//
// Then, with -run for some rows only, such as 'TestServer/monitors':
//
//	go test ./interop/conformance -run TestServer -args -server 127.0.0.1:5064
//
// Rows write to the PVs and leave them as they were; a server that has failed rows is
// better started anew. A server written in Go can call [Run] in a test of its own.
// softIoc fails the rows of [NotFollowed].
//
// # Ours
//
// Without -server the tests judge our server; package interop judges softIoc, which
// shows that the rows are right. docs/conformance.md is made of the rows.
package conformance
