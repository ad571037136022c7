// Benchpeers puts our server, EPICS base's C server (softIoc) and caproto's server in
// turn under one load, and prints a table of what each costs:
//
//	make bench-peers                    # docs/performance.md and standard output
//	make bench-peers ARGS='-rounds 1'   # quicker
//
// The load program speaks Channel Access as raw messages over its own sockets, so
// that its cost is small and the same for all. The servers take turns in every round
// and the tables show medians:
//
//	still     requests, arrays, 50 and more subscribers, over PVs that only clients change
//	counting  monitors of 10,000 PVs that change ten times a second
//	sized     memory, start and the cost of operations with 10 to 100,000 PVs
//	floor     what a C program costs that only makes the system calls
//	edges     from the edge of a simulated pin to its event at a client
//
// CPU time is what the kernel's clock of the server's process shows
// (clock_getcpuclockid), to the nanosecond. The C server is a ten-line C program
// linked to the libraries of PyPI's epicscorelibs; it runs without the right to lock
// its memory and without real-time priorities, as it does for people who are not root.
package main
