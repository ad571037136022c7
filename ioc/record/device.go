package record

import "github.com/ioclet/ioclet/pv"

// Device is the device support of a record: what stands behind it. A record
// without one is soft: it is its own memory.
//
// Read and Write start one operation. They are called with the record's lock
// held: they must not block and must not call the record's methods. With done
// the operation is over and res is its outcome; otherwise the device calls
// [Record.Complete] exactly once, later and from another goroutine, and the
// record is active (PACT) until then: one operation at a time.
type Device interface {
	// Read gets a value for an input, or reads back an output.
	Read(r *Record) (res Result, done bool)
	// Write sets the hardware to v: the record's value in its own kind, or the
	// raw value (kind Uint32) if the record has StateValues. An array is v's own
	// and may be kept.
	Write(r *Record, v pv.Value) (res Result, done bool)
}

// Result is the outcome of a device's operation.
type Result struct {
	// Value is what was read, or what the hardware says it holds after a write;
	// Invalid for none. It is converted to the record's kind. For a record with
	// StateValues an integer is a raw value, an Enum or a String a state.
	Value pv.Value
	// Time is when the value was taken; zero means now.
	Time pv.Stamp
	// Alarm is the device's own, to which those of the record's limits are added.
	Alarm pv.Alarm
	// Err is what a put waiting for the operation is answered with, and what clients
	// see in AMSG. If it is set and Alarm is none, the alarm is READ or WRITE, INVALID.
	Err error
}

// Completion is told when a put has finished.
type Completion interface {
	// PutDone is called once, after the monitors of the put have been posted,
	// with the error of the action or nil. It is called with the record's lock
	// held: it must not block and must not call the record.
	PutDone(err error)
}

// Subscriber receives the events of a field.
type Subscriber interface {
	// Post hands over a new sample; m says what has changed. It is called with
	// the record's lock held: it must not block and must not call the record. s
	// is valid during the call only; what is kept must be copied (the elements
	// of an array are immutable and may be shared).
	Post(s *pv.Sample, m pv.Mask)
}
