// Package pv is the vocabulary of process variables that every other package
// speaks: a [Value] with its [Kind], the [Sample] it becomes once a record has
// given it a time [Stamp] and an [Alarm], the [Info] that a client shows beside
// it (units, precision, limits, choices), and the event [Mask] that says what
// has changed.
//
// [Convert] turns a value into another kind and [Value.AppendText] into text, both
// by the rules of EPICS base.
//
// The types are small and copied freely. A scalar Value never allocates; an
// array is immutable from the moment it is put into a Value, so that a record,
// its subscribers and their circuits can share it without copying.
//
// Nothing here knows of a protocol, a record or a device.
package pv
