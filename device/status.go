package device

import (
	"fmt"
	"strings"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// statusScan is how often numbers about a port are brought up to date.
var statusScan = record.Every(time.Second)

// maxText is the size of the long strings about a port (SIZV).
const (
	maxText      = 256
	maxTraceText = 8 << 10
)

// Names of what UnitSpecs and PortSpecs describe, beside the counters of drivers.
const (
	statusConnected = "CONNECTED"
	statusRequests  = "REQUESTS"
	statusFaults    = "FAULTS"
	statusError     = "ERROR"
	statusLatency   = "LATENCY"
	statusWorst     = "LATENCY:WORST"
	statusEnable    = "ENABLE"
	statusReconnect = "RECONNECT"
	statusTrace     = "TRACE"
	statusRecovered = "RECOVERIES"
	statusTraceLast = "TRACE:LAST"
)

// UnitSpecs are the records about a device, or about a port as such, in a fixed order,
// for [Port.AddStatus]; their names are the ends of names.
//
//	CONNECTED      bi: the port is open, and the device has answered the last time
//	REQUESTS       operations on its channels
//	FAULTS         those that failed
//	ERROR          the last error, which stays though all is well again
//	LATENCY        what the last operation took, in ms
//	LATENCY:WORST  the longest since the port was opened
func UnitSpecs() []record.Spec {
	return []record.Spec{
		{
			Name: statusConnected, Type: record.BI, Desc: "whether it answers", Scan: record.IOIntr, PINI: true,
			Info: pv.Info{Choices: []string{"Disconnected", "Connected"}}, StateSeverities: []pv.Severity{pv.Major, pv.NoAlarm},
		},
		number(statusRequests, "operations"),
		number(statusFaults, "operations that failed"),
		{Name: statusError, Type: record.LSI, Desc: "the last error", Scan: statusScan, Elements: maxText},
		latency(statusLatency, "what the last operation took"),
		latency(statusWorst, "longest since the port was opened"),
	}
}

// RecoverySpec is the record that counts how often a device was switched off and on by a
// [Recovery], for [Port.AddStatus]: RECOVERIES.
func RecoverySpec() record.Spec {
	return number(statusRecovered, "how often it was switched off and on")
}

// PortSpecs are the records by which a port with driver d is handled and watched, for
// [Port.AddStatus].
//
//	ENABLE      bo: Disable closes the port and leaves it alone
//	RECONNECT   bo: closes it and opens it again at once
//	…           the driver's counters, if it is drivers.Counted
//	TRACE       bo: everything on the wires is logged, if it is drivers.Traced
//	TRACE:LAST  the last transfers, the same
func PortSpecs(d drivers.Driver) []record.Spec {
	specs := []record.Spec{
		{
			Name: statusEnable, Type: record.BO, Desc: "off: closed and left alone",
			Info: pv.Info{Choices: []string{"Disable", "Enable"}}, Initial: pv.EnumValue(1),
		},
		{
			Name: statusReconnect, Type: record.BO, Desc: "opens the port anew", Initial: pv.EnumValue(0),
			Info: pv.Info{Choices: []string{"Done", "Reconnect"}}, Fields: map[string]string{"HIGH": "0.5"},
		},
	}
	if counted, ok := d.(drivers.Counted); ok {
		for _, c := range counted.Counters() {
			specs = append(specs, number(c.Name, c.Desc))
		}
	}
	return append(specs, TraceSpecs(d, "")...)
}

// TraceSpecs are the records by which the subject of a driver's drivers.Trace is watched,
// for [Port.AddStatus]; none if d does not trace. The subject stands before their names,
// with a blank, if it is not "".
func TraceSpecs(d drivers.Driver, subject string) []record.Spec {
	if _, ok := d.(drivers.Traced); !ok {
		return nil
	}
	if subject != "" {
		subject += " "
	}
	return []record.Spec{
		{
			Name: subject + statusTrace, Type: record.BO, Desc: "logs what goes over the wires",
			Info: pv.Info{Choices: []string{"Off", "On"}}, Initial: pv.EnumValue(0),
		},
		{Name: subject + statusTraceLast, Type: record.LSI, Desc: "what went over the wires last", Scan: statusScan, Elements: maxTraceText},
	}
}

func number(name, desc string) record.Spec {
	return record.Spec{Name: name, Type: record.Int64in, Desc: desc, Scan: statusScan}
}

func latency(name, desc string) record.Spec {
	return record.Spec{Name: name, Type: record.AI, Desc: desc, Scan: statusScan, Info: pv.Info{Units: "ms", Precision: 3}}
}

// AddStatus makes the record that spec describes, one of [UnitSpecs], [PortSpecs] or
// [TraceSpecs] of the port's driver or [RecoverySpec], with a name of its own, and adds it to db. about is the name that it
// has there; unit is the device of [Options], or "" for the port as such. spec.Device is
// set by it.
func (p *Port) AddStatus(db *record.Database, spec record.Spec, about, unit string) (*record.Record, error) {
	d := p.statusDevice(about, unit)
	if d == nil {
		return nil, fmt.Errorf("pv %q: port %q has no %s", spec.Name, p.config.Name, about)
	}
	spec.Device = d
	r, err := db.Add(spec)
	if err == nil && about == statusConnected {
		p.mu.Lock()
		p.watchers = append(p.watchers, r)
		p.mu.Unlock()
	}
	return r, err
}

// statusDevice is the device support of a record about the port, nil if there is none of
// that name.
func (p *Port) statusDevice(about, unit string) record.Device {
	p.mu.Lock()
	h := p.unit(unit)
	p.mu.Unlock()
	whole := h == nil
	if whole {
		h = &p.health
	}
	look := func(value func() pv.Value) Source {
		return func(time.Time) pv.Value {
			p.mu.Lock()
			defer p.mu.Unlock()
			return value()
		}
	}
	count := func(n *uint64) Source { return look(func() pv.Value { return countValue(*n) }) }
	took := func(d *time.Duration) Source {
		return look(func() pv.Value { return pv.Float64Value(float64(*d) / float64(time.Millisecond)) })
	}
	switch about {
	case statusConnected:
		return look(func() pv.Value { return stateValue(p.status.Connected && (whole || !h.silent)) })
	case statusRequests:
		return count(&h.requests)
	case statusFaults:
		return count(&h.faults)
	case statusError:
		return look(func() pv.Value { return errorValue(h.err) })
	case statusRecovered:
		return count(&h.recoveries)
	case statusLatency:
		return took(&h.last)
	case statusWorst:
		return took(&h.worst)
	case statusEnable:
		return toggle(func(on bool) { p.Enable(on) })
	case statusReconnect:
		return toggle(func(on bool) {
			if on {
				p.Reconnect()
			}
		})
	}
	if traced, ok := p.driver.(drivers.Traced); ok {
		trace := traced.Trace()
		subject, name := "", about
		if i := strings.LastIndexByte(about, ' '); i >= 0 {
			subject, name = about[:i], about[i+1:]
		}
		switch name {
		case statusTrace:
			return toggle(func(on bool) {
				if !on {
					trace.Watch(subject, nil)
					return
				}
				trace.Watch(subject, p.config.Log.With("port", p.config.Name))
			})
		case statusTraceLast:
			return traceText(trace, subject)
		}
	}
	if counted, ok := p.driver.(drivers.Counted); ok {
		for _, c := range counted.Counters() {
			if c.Name == about {
				return Source(func(time.Time) pv.Value { return countValue(c.Read()) })
			}
		}
	}
	return nil
}

// traceText shows the last transfers when there are new ones. It is called with the
// record locked.
func traceText(trace *drivers.Trace, subject string) Source {
	var seen uint64
	return func(time.Time) pv.Value {
		now := trace.Total()
		if now == seen {
			return pv.Value{}
		}
		seen = now
		return pv.StringValue(trace.Text(subject, maxTraceText-1))
	}
}

func countValue(n uint64) pv.Value { return pv.IntValue(pv.Int64, int64(n)) }

func stateValue(on bool) pv.Value {
	if on {
		return pv.EnumValue(1)
	}
	return pv.EnumValue(0)
}

func errorValue(err error) pv.Value {
	if err == nil {
		return pv.StringValue("")
	}
	text := err.Error()
	return pv.StringValue(text[:min(len(text), maxText-1)])
}

// toggle is device support for an output whose value is acted on at once. It is called
// with the record locked: it must not block.
type toggle func(on bool)

// Read has nothing to read. record.Device.
func (toggle) Read(*record.Record) (record.Result, bool) { return record.Result{}, true }

// Write acts. record.Device.
func (a toggle) Write(_ *record.Record, v pv.Value) (record.Result, bool) {
	a(v.Int64() != 0)
	return record.Result{}, true
}

// tell brings up to date what shows whether the port is connected. No lock is held.
func (p *Port) tell() {
	p.mu.Lock()
	all := p.watchers
	p.mu.Unlock()
	for _, r := range all {
		r.Process()
	}
}
