// Package record is the database of an IOC: records, their fields, how they
// process, and who is told.
//
//	client: Field.Put ──┐                              ┌─▶ Subscriber.Post …
//	scan: every period ─┤   ┌─────────────────────┐    │
//	device: Record.Post ┼──▶│ value → time → alarm ├───┤
//	                    │   └──────────▲──────────┘    └─▶ Completion.PutDone
//	                    │              │ Result
//	                    └──▶ Device.Read, Device.Write ┄┄▶ Record.Complete
//
// Every process variable is a record of one of EPICS's types. Its value is the
// field VAL; its other fields (EGU, HIHI, SCAN …) are computed from what the
// record knows when a client asks for them. A record processes when it is
// scanned, written to or told to: its device reads or writes, the value gets a
// time and the alarms of its limits or state, and the subscribers whose events
// have occurred are called. The rules are those of EPICS base 7; what differs is
// said at the place.
//
// Each record has a lock. It is held while a [Device], [Subscriber] or
// [Completion] is called, and never while anything waits.
package record
