package ioc

import (
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// Option adjusts a PV when it is made.
type Option func(*description)

// description is what a PV is made from.
type description struct {
	spec record.Spec
}

// Description is the record's DESC, at most 40 bytes.
func Description(text string) Option { return func(d *description) { d.spec.Desc = text } }

// Units are the engineering units that clients show; 7 bytes reach them.
func Units(egu string) Option { return func(d *description) { d.spec.Info.Units = egu } }

// Precision is the number of digits that clients show after the decimal point.
func Precision(digits int) Option {
	return func(d *description) { d.spec.Info.Precision = int16(digits) }
}

// Initial is the value that the PV has at start; without it the PV is undefined
// (alarm UDF, INVALID) until it is set. It is converted to the PV's type: a state may
// be given by its name. OnPut's function is not called with it.
func Initial[T float64 | int | string | []float64](x T) Option {
	return func(d *description) {
		switch x := any(x).(type) {
		case float64:
			d.spec.Initial = pv.Float64Value(x)
		case int:
			d.spec.Initial = pv.Int64Value(int64(x))
		case string:
			d.spec.Initial = pv.StringValue(x)
		case []float64:
			d.spec.Initial = pv.ArrayValue(x)
		}
	}
}

// Drive limits what may be written: other values are held to the range.
func Drive(low, high float64) Option {
	return func(d *description) { d.spec.Info.Control = pv.Limits{Low: low, High: high} }
}

// Display is the range of a client's display.
func Display(low, high float64) Option {
	return func(d *description) { d.spec.Info.Display = pv.Limits{Low: low, High: high} }
}

// HiHi raises an alarm of severity sev at limit and above.
func HiHi(limit float64, sev pv.Severity) Option {
	return func(d *description) { d.spec.Info.Alarm.High, d.spec.HHSV = limit, sev }
}

// High raises an alarm of severity sev at limit and above.
func High(limit float64, sev pv.Severity) Option {
	return func(d *description) { d.spec.Info.Warning.High, d.spec.HSV = limit, sev }
}

// Low raises an alarm of severity sev at limit and below.
func Low(limit float64, sev pv.Severity) Option {
	return func(d *description) { d.spec.Info.Warning.Low, d.spec.LSV = limit, sev }
}

// LoLo raises an alarm of severity sev at limit and below.
func LoLo(limit float64, sev pv.Severity) Option {
	return func(d *description) { d.spec.Info.Alarm.Low, d.spec.LLSV = limit, sev }
}

// Deadband is how far the value must move for a monitor event (MDEL) and for an
// archive event (ADEL).
func Deadband(monitor, archive float64) Option {
	return func(d *description) { d.spec.MDEL, d.spec.ADEL = monitor, archive }
}

// StateAlarms are the severities of an [Enum]'s states, in their order; states that
// are left out raise no alarm.
func StateAlarms(severities ...pv.Severity) Option {
	return func(d *description) { d.spec.StateSeverities = severities }
}

// States are the names of an [Enum]'s states, as [IOC.Enum] takes them: for
// [PV.Change].
func States(names ...string) Option {
	return func(d *description) { d.spec.Info.Choices = names }
}

// ReadOnly makes the PV an input: clients may not write its value.
func ReadOnly() Option { return func(d *description) { d.spec.ReadOnly = true } }

// Group is the PV's access security group (ASG), see [IOC.UseAccess]; without it the
// PV is in DEFAULT.
func Group(asg string) Option { return func(d *description) { d.spec.ASG = asg } }

// InfoTag is a fact about the PV for other programs, such as "archive": [IOC.RecSync]
// tells the site's ChannelFinder.
func InfoTag(name, value string) Option {
	return func(d *description) {
		if d.spec.InfoTags == nil {
			d.spec.InfoTags = make(map[string]string)
		}
		d.spec.InfoTags[name] = value
	}
}

// Scan processes the PV each period, which calls OnPut's function again with the
// value that the PV has.
func Scan(period time.Duration) Option {
	return func(d *description) { d.spec.Scan = record.Every(period) }
}

// Field sets any other field of the record by its name: Field("HYST", "0.5").
func Field(name, text string) Option {
	return func(d *description) {
		if d.spec.Fields == nil {
			d.spec.Fields = make(map[string]string)
		}
		d.spec.Fields[name] = text
	}
}

// inputOf is the record type that reads what t writes.
func inputOf(t record.Type) record.Type {
	switch t {
	case record.AO:
		return record.AI
	case record.BO:
		return record.BI
	case record.MBBO:
		return record.MBBI
	case record.Longout:
		return record.Longin
	case record.Stringout:
		return record.Stringin
	case record.LSO:
		return record.LSI
	case record.AAO:
		return record.Waveform
	}
	return t
}
