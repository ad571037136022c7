// Command ca reads, writes and watches EPICS process variables from the command
// line: ca get, ca put, ca monitor. Its options and its output are those of
// caget, caput and camonitor of EPICS base; --json prints lines for programs.
//
//	flags, environment ─▶ options ─▶ client ─▶ reading ─▶ text or JSON ─▶ stdout
//
// Complaints go to stderr. The exit code is 0 when all was done, 1 when a PV was
// not found or failed, 2 when the command line makes no sense.
package main
