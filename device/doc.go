// Package device is device support: it stands between the records of a database
// and the channels of drivers, and is the only place where the two meet.
//
//	record ── Read, Write ──▶ queue ── one worker ──▶ channel of the driver
//	record ◀──── Complete ─── value or alarm ◀────────┘
//	record ◀── Post, Fault ─── sink ◀──────────────── what comes unasked
//
// A [Port] owns one driver: it opens it, serves the records' requests one at a
// time, urgent writes first and writes before readings, and when the hardware is lost it marks the records
// concerned as INVALID, backs off and opens the driver again. Records of one port
// never wait for those of another, and the database never waits for a port.
//
// A write may begin what goes on after the command was taken ([drivers.Finisher]): the
// worker asks now and then whether it has ended, serves others in between, and completes
// the record's put when it has. A reading may take a while in the same manner
// ([drivers.Measurer]).
//
// # Faults
//
// A fault of one channel marks its record with the status that the driver names;
// the cause is what clients read from AMSG and what a put with completion is
// answered with. The log has one line when a record turns bad and one when it is good
// again; of what flaps, one a minute that says how often. If the channel's whole device is
// not well ([drivers.Fault].Device) the lines are of that, for all its records ([Options].Unit).
// A channel that could not be read is read again after a while, so that what is read only
// once does not stay INVALID because the instrument was switched on later.
//
// A device that stays silent can be switched off and on by an output ([Port.Recover]).
//
// When the whole port is lost (the driver's Run ends, an operation fails with
// [drivers.Fault].Lost, a driver panics, an operation does not return) its records
// are COMM, INVALID at once, and what waits is answered. After the driver has been
// opened again,
//
//   - what can be read is read, whatever its SCAN: inputs, and outputs with readback;
//   - an input whose values come unasked stays INVALID until the next one;
//   - an output that cannot be read back is good again if the hardware has got its
//     last value; if that could not be written it stays INVALID (WRITE) until a value
//     is. What the driver has left it at when it was closed ([Options].Exit) is its value then.
//
// A record may be removed from its database at any time: its requests are passed over
// and its channel is not heard any more, while the driver goes on.
//
// # Ports as records
//
// [Port.AddStatus] makes records that tell how a port, or a device on it, is doing
// (CONNECTED, LATENCY, the driver's counters …), and by which it is switched off, opened
// anew and traced. What a driver has to offer for them it says by implementing
// [drivers.Counted], [drivers.Traced] and [drivers.Plugged].
//
// A [Source] is device support without a driver: a Go function that makes a value.
package device
