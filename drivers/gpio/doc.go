// Package gpio is the driver of GPIO lines: inputs whose edges come with the time at
// which the kernel saw them, and outputs that can be read back and end in a safe state.
//
//	edge ─▶ kernel (debounce, stamp, FIFO) ─▶ Claim.Watch ─▶ Driver.Run ─┬▶ level ────────▶ sink
//	                                                                     ├▶ count, width … ▶ sink
//	                                                                     └▶ rate … each Per ▶ sink
//	level ─▶ Claim.Levels ─▶ channel's Read
//	level ◀─ Claim.SetLevels ◀─ channel's Write
//
// A [Driver] owns one line, so that a line that is busy or missing troubles no other, or
// several that are read and set together as one number. What is told of an input's edges
// says a [Measure]. All of them go by the kernel's time stamps, and edges that were lost
// on the way are known by the gaps in their numbers.
//
// Where lines come from is a [Backend]: [Kernel] for the lines of the Linux GPIO
// character device, [Periph] for pins that only a driver of periph.io knows, or a
// simulation.
package gpio
