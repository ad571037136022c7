// Package gpio is the driver of single GPIO lines: inputs whose edges come with the
// time at which the kernel saw them, and outputs that can be read back and end in a
// safe state.
//
//	edge ─▶ kernel (debounce, stamp, FIFO) ─▶ Line.Watch ─▶ Driver.Run ─▶ sink
//	                                          Line.Value ◀─ channel's Read
//	level ◀──────────────────────────────── Line.SetValue ◀─ channel's Write
//
// A [Driver] owns one line, so that a line that is busy or missing troubles no other.
// Where the line comes from is a [Backend]: [Kernel] for the lines of the Linux GPIO
// character device, [Periph] for pins that only a driver of periph.io knows, or a
// simulation.
package gpio
