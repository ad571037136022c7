// Package host is the driver of the machine itself: how warm, how loaded and how well
// fed it is, what this process takes of it, and whether its clock can be trusted.
//
//	/proc, thermal zone, rpi_volt ──▶ Driver ──▶ a channel for each Quantity
//	adjtimex, systemd-timesyncd ────▶ Synchronized
//
// What a machine has not got (a temperature, a supply that is watched) is the fault of
// its own channel only.
package host
