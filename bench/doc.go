// Benchpeers puts our server, EPICS base's C server (softIoc) and caproto's server in
// turn under one load, and prints a table of what each costs:
//
//	make bench-peers                    # docs/performance.md and standard output
//	make bench-peers ARGS='-rounds 1'   # quicker
//
// The load program speaks Channel Access as raw messages over its own sockets, so
// that its cost is small and the same for all. The servers take turns in every round and the table
// shows medians. CPU time is what the kernel charges to the server's process
// (/proc/PID/stat). The C server is a ten-line C program linked to the libraries of
// PyPI's epicscorelibs; it runs without the right to lock its memory and without
// real-time priorities, as it does for people who are not root.
package main
