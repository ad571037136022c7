package device

import (
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// Source is device support for an input whose value is worked out at once, with
// no hardware to wait for. It is called each time the record is processed, with the
// record's lock held: it must be quick and must not call the record. now is the time
// of processing, which becomes the value's. A value that is Invalid changes nothing.
type Source func(now time.Time) pv.Value

// Read makes the value. record.Device.
func (s Source) Read(*record.Record) (record.Result, bool) {
	now := time.Now()
	return record.Result{Value: s(now), Time: pv.StampOf(now)}, true
}

// Write does nothing: a source has no outputs. record.Device.
func (s Source) Write(*record.Record, pv.Value) (record.Result, bool) {
	return record.Result{}, true
}
