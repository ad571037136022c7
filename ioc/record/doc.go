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
// have occurred are called.
//
// # Differences from EPICS base
//
// The rules are those of base 7, but for these:
//   - An output without a value (UDF) is not written to its device, unless IVOA says IVOV.
//   - A put to VAL of a record with a device processes it whatever its SCAN, so
//     that a put is never left lying until the next scan.
//   - An output with readback reads when it is scanned, and writes when it is put to.
//   - A put is answered with the error of its own action.
//   - A record with an initial value is not UDF until it first processes.
//   - A float that a device of an ai reads is in engineering units: ASLO, AOFF and
//     SMOO adjust it, LINR and ROFF are for integers. There are no breakpoint tables.
//   - With OROC an ao's readback does not change VAL, which is where it goes to.
//   - A menu field takes only its choices, a refused put does not process.
//   - The alarm of a change (COSV) of an mbbi or mbbo lasts one processing, and the
//     AFTC of an mbbi has an effect. (Bugs of base up to 7.0.10, mended there for the
//     mbbi since.)
//
// All fields of base's record types are there (fields.txt), and clients may write those
// that they may write in base. Links to other records (FLNK, DOL, SDIS, SIOL, SIML,
// TSEL), what belongs to them (OMSL, OIF, OOPT, EVNT, PRIO), and what is up to device
// support (NOBT, MASK, SHFT, RARM, TSE) keep what is written to them and have no
// function.
//
// Each record has a lock. It is held while a [Device], [Subscriber] or
// [Completion] is called, and never while anything waits.
package record
