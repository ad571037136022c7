// Package boards knows how the pins of single-board computers are named: what a
// person calls a pin ("GPIO17", "pin 11", "P9_12"), which line of which GPIO chip of
// the kernel that is, what else the pin can be, and what speaks against using it.
//
//	"pin 11" ──Resolve──▶ Pin{GPIO17, J8 pin 11, pinctrl-bcm2711 line 17}
//
// The tables are text files in the folder data, compiled in. A further board is a
// line in boards.txt and, if its pins are unlike those of the others, a header-*.txt
// and a gpio-*.txt beside it.
//
// A machine that is not in the tables (a laptop, say) is the board "generic". There,
// pins are named by chip and offset or by the name of the line, and the names of a
// Raspberry Pi resolve too, to lines of the same names, so that a configuration for a
// Pi can be checked and simulated anywhere.
package boards
